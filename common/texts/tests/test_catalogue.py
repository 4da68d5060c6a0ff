"""English beside Dutch, both complete: nothing missing, doubtful, or the same without a reason."""

import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.core.management import call_command
from django.utils import translation

from common.texts import catalogue
from common.texts.found_in_code import Text, texts_of_code
from voucherportal.checks import english_is_compiled


@pytest.fixture(scope="module")
def code() -> dict[Text, set[str]]:
    """The texts of the code, read once."""
    return texts_of_code()


# The catalogue of this version.


def test_the_file_holds_the_texts_of_the_code_and_no_other(code: dict[Text, set[str]]) -> None:
    old = catalogue.read()
    assert catalogue.as_po(catalogue.refreshed(old, code)) == catalogue.PO.read_bytes(), (
        "run `manage.py translations`, then write the English that it asks for"
    )
    assert dict(old.obsolete) == {}


def test_every_text_has_its_own_english() -> None:
    assert list(catalogue.flaws(catalogue.read(), catalogue.allowed_the_same())) == []


def test_every_exception_is_one_and_says_why() -> None:
    allowed = catalogue.allowed_the_same()
    english = {
        dutch: text
        for message in catalogue.read()
        for dutch, text in zip(
            catalogue.forms(message.id), catalogue.forms(message.string), strict=True
        )
    }
    assert {text for text in allowed if not allowed[text]} == set()
    assert {text for text in allowed if english.get(text) != text} == set()


def test_what_is_compiled_is_what_stands_in_the_file() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.read()), "run `make env`"


def test_no_library_has_another_dutch_for_our_words(code: dict[Text, set[str]]) -> None:
    """Our Dutch is shown as it is: a library's own Dutch for the same msgid would replace it."""
    with translation.override("nl"):
        shown = {text.singular: translation.gettext(text.singular) for text in code}
    assert {text: other for text, other in shown.items() if text != other} == {}


# Refreshing and judging.


def a_catalogue(**english: str) -> Catalog:
    made = Catalog(locale="en")
    for text, translated in english.items():
        made.add(text, translated)
    return made


def test_refreshing_keeps_adds_and_drops() -> None:
    old = a_catalogue(blijft="stays", weg="gone")
    new = catalogue.refreshed(old, {Text("nieuw"): {"b.py"}, Text("blijft"): {"a.py"}})
    assert {each.id: each.string for each in new if each.id} == {"blijft": "stays", "nieuw": ""}
    assert list(catalogue.dropped(old, new)) == [("weg", "gone")]


def test_a_file_has_no_line_numbers() -> None:
    written = catalogue.as_po(catalogue.refreshed(a_catalogue(), {Text("een"): {"b.py", "a.py"}}))
    assert "#: a.py b.py\n" in written.decode()


@pytest.mark.parametrize(
    ("dutch", "english", "said"),
    [
        ("Codes", "", ["no English: 'Codes'"]),
        ("Codes", "Codes", ["the same in English, and not listed: 'Codes'"]),
        ("{n} rijen", "rows", ["other placeholders: '{n} rijen'"]),
        ("%(n)s rijen", "%(m)s rows", ["other placeholders: '%(n)s rijen'"]),
        ("Rijen", "Rows", []),
    ],
)
def test_what_is_wrong_is_said(dutch: str, english: str, said: list[str]) -> None:
    assert list(catalogue.flaws(a_catalogue(**{dutch: english}), {})) == said


def test_a_plural_needs_both_forms() -> None:
    made = Catalog(locale="en")
    made.add(("{n} rij", "{n} rijen"), ("{n} row", ""))
    made.add("regel", "line", flags={"fuzzy"})
    assert list(catalogue.flaws(made, {})) == [
        "no English: ('{n} rij', '{n} rijen')",
        "fuzzy: 'regel'",
    ]


def test_an_older_compiled_file_stops_the_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert english_is_compiled(None) == []
    stale = tmp_path / "django.mo"
    monkeypatch.setattr(catalogue, "MO", stale)
    assert [each.id for each in english_is_compiled(None)] == ["voucherportal.E002"]
    catalogue.compile_texts()
    assert english_is_compiled(None) == []
    before = catalogue.PO.stat().st_mtime - 1
    os.utime(stale, (before, before))
    assert [each.id for each in english_is_compiled(None)] == ["voucherportal.E002"]


def test_the_command_says_what_is_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "PO", tmp_path / "django.po")
    monkeypatch.setattr(catalogue, "MO", tmp_path / "django.mo")
    with pytest.raises(SystemExit) as end:
        call_command("translations")
    assert end.value.code == 1
    *todo, last = capsys.readouterr().out.splitlines()
    assert {line.partition(":")[0] for line in todo} == {"no English"}
    assert last == f"{len(todo)} texts, {len(todo)} to do."
