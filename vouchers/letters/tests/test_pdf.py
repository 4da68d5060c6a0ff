"""Letters, read back from the PDF as a family, a secretary or a screen reader would."""

import io
import resource
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from vouchers.letters import Letter, LettersFailed, letters_pdf

LETTER = Letter(
    organisation_name="Vrije Basisschool De Regenboog",
    reference="LL-014",
    provider_name="Telenet",
    start_url="https://start.telenet.example/",
    fields=[("Gebruikersnaam", "TLN-7Q4M-0O1L"), ("Wachtwoord", "x1lI0O")],
    valid_until=date(2020, 9, 14),
    instructions="Kies het netwerk.\n\n  Open je browser.",
    support_contact="het secretariaat, 053 12 34 56",
    request_number="G3-00421",
)


def read(*letters: Letter) -> PdfReader:
    return PdfReader(io.BytesIO(letters_pdf(letters)))


def lines(letter: Letter) -> list[str]:
    """The lines of a letter; fails when it takes more than one page."""
    pages = read(letter).pages
    assert len(pages) == 1
    return pages[0].extract_text().splitlines()


def with_code(value: str) -> Letter:
    return replace(LETTER, fields=[("Code", value)])


def test_a_letter_says_what_it_is_what_to_do_until_when_and_whom_to_ask() -> None:
    text = " ".join(lines(LETTER))
    for words in [
        "Vrije Basisschool De Regenboog",
        "Referentie LL-014 Aanvraag G3-00421",
        "Je code voor gratis internet",
        "gratis op het internet van Telenet",
        "Wat heb je nodig?",
        "Tot en met 14 september 2020.",
        "Gebruikersnaam TLN-7Q4M-0O1L Wachtwoord x1lI0O",
        "Deze code is alleen voor jou.",
        "start.telenet.example",
        "Uitleg van Telenet • Kies het netwerk. • Open je browser.",
        "Vraag hulp aan: het secretariaat, 053 12 34 56. Zeg erbij: G3-00421, LL-014.",
        "Typ je code en wat er nog in het kader staat.",
        "maximaal €\u00a019 per maand",
    ]:
        assert words in text
    assert [step for step in ("1", "2", "3") if f" {step} " in text] == ["1", "2", "3"]


def test_each_letter_has_its_own_page_in_the_order_given() -> None:
    letters = [
        replace(LETTER, reference=f"LL-{n}", fields=[("Code", f"CODE-{n}")]) for n in range(10, 35)
    ]
    pages = [page.extract_text() for page in read(*letters).pages]
    assert len(pages) == len(letters)
    for n, text in enumerate(pages, start=10):
        assert (f"LL-{n}" in text, f"CODE-{n}" in text) == (True, True)
        assert text.count("CODE-") == 1


def test_the_pdf_is_tagged_titled_and_in_dutch() -> None:
    pdf = read(LETTER)
    assert part(pdf, "/MarkInfo")["/Marked"]
    assert part(pdf, "/StructTreeRoot")["/K"]
    assert part(pdf, "/ViewerPreferences")["/DisplayDocTitle"]
    assert str(pdf.root_object["/Lang"]) == "nl-BE"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Brieven met een code voor gratis internet"
    assert promises_accessibility(pdf)


def part(pdf: PdfReader, name: str) -> DictionaryObject:
    """A part of the catalogue of a PDF."""
    found = pdf.root_object[name]
    assert isinstance(found, DictionaryObject)
    return found


def promises_accessibility(pdf: PdfReader) -> bool:
    """Whether the PDF claims to be PDF/UA, which typst writes only after its checks."""
    metadata = part(pdf, "/Metadata")
    assert isinstance(metadata, StreamObject)
    return b"pdfuaid:part" in metadata.get_data()


@pytest.mark.parametrize(
    "value",
    [
        '#$*_@"',
        "'--\"...~",
        "#sys.inputs",
        "\\u{41}[x]<b>&amp;",
        "= kop",
        "`x`/*y*///z",
        "https://x.example/",
        "a  b",
        "fi-ffl",
        "A1B2C3D4E5" * 6,
    ],
)
def test_a_code_is_printed_on_one_line_exactly_as_delivered(value: str) -> None:
    assert value in lines(with_code(value))


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
def test_any_code_is_printed_exactly_as_delivered(value: str) -> None:
    assert value in lines(with_code(value))


def test_a_code_too_long_for_a_line_is_broken_and_nothing_is_lost() -> None:
    value = "".join(f"{n:02}" for n in range(75))
    assert value in "".join(lines(with_code(value)))


@pytest.mark.parametrize("text", ["*Vet* #let x = 1 $y$", "Школа №5", "Größe œ 'test' -- ..."])
def test_names_and_explanation_are_text_and_never_markup(text: str) -> None:
    found = lines(replace(LETTER, organisation_name=text, instructions=text, provider_name=text))
    assert text in found
    assert f"• {text}" in found


def test_an_arabic_name_is_printed_and_the_pdf_stays_accessible() -> None:
    pdf = read(replace(LETTER, organisation_name="مدرسة النور"))
    assert set("مدرسةالنور") <= set(pdf.pages[0].extract_text())
    assert promises_accessibility(pdf)


@pytest.mark.parametrize("name", ["School 🙂", "学校", "\x07bel", "\u200b"])
def test_signs_that_no_font_has_do_not_stop_the_letters(name: str) -> None:
    assert "TLN-7Q4M-0O1L" in lines(replace(LETTER, organisation_name=name))


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, organisation_name="Gemeentelijke Basisschool " * 7),
        replace(LETTER, instructions="Een lange uitleg van de provider over wifi. " * 60),
        replace(LETTER, instructions="Een lange uitleg van de provider over wifi.\n" * 25),
        replace(LETTER, fields=[(f"Veld {n}", "A1B2-C3D4") for n in range(5)]),
        replace(LETTER, support_contact="het secretariaat van de school, " * 8),
        replace(LETTER, reference="3A-07 leerlingnummer 2020/1234567890 abc"),
        replace(LETTER, start_url="https://start.telenet.example/" + "pad/" * 40),
    ],
)
def test_much_text_makes_the_type_smaller_and_not_the_letter_longer(letter: Letter) -> None:
    assert len(lines(letter)) > 20


def test_what_is_not_measured_fits_all_the_same() -> None:
    letter = replace(
        LETTER,
        organisation_name="Gemeentelijke Basisschool De Wilde Wingerd aan de Schelde 12",
        support_contact="het secretariaat van de gemeente, 053 12 34 56, hulp@gem.be",
        start_url="https://start.telenet.example/onderwijs/internet/voor/gezin/",
        fields=[("Gebruikersnaam van je kind", "W" * 60), ("Wachtwoord van je kind", "M" * 60)],
        instructions="\n".join(
            ["Kies in de lijst met netwerken het netwerk met de naam Wi-Free"] * 4
        ),
    )
    assert len(lines(letter)) > 20


def test_the_qr_code_is_that_of_the_start_page_whatever_the_code() -> None:
    other_code = replace(LETTER, fields=[("Gebruikersnaam", "ANDERS"), ("Wachtwoord", "ook")])
    other_page = replace(LETTER, start_url="https://start.telenet.invalid/")
    first, second, other = map(drawn, read(LETTER, other_code, other_page).pages)
    assert first == second != other
    assert len(first) > 400


def drawn(page: PageObject) -> list[str]:
    """The lines and curves on a page, without the text."""
    contents = page.get_contents()
    assert contents is not None
    paths = (b"m", b"l", b"c", b"h", b"re", b"f", b"S")
    return [str(step) for step in contents.operations if step[1] in paths]


@contextmanager
def no_file_can_grow() -> Iterator[None]:
    """The kernel refuses every byte written to a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_letters_are_made_without_writing_a_file() -> None:
    with no_file_can_grow():
        pdf = letters_pdf([LETTER])
    assert pdf.startswith(b"%PDF")


def test_control_a_file_would_have_been_noticed() -> None:
    with (
        tempfile.TemporaryFile(buffering=0) as file,
        no_file_can_grow(),
        pytest.raises(OSError, match="too large"),
    ):
        file.write(b"code")


def test_letters_that_were_made_are_not_kept_in_memory() -> None:
    def print_thirty(batch: int) -> int:
        letters_pdf([with_code(f"CODE-{batch}-{n}") for n in range(30)])
        return psutil.Process().memory_info().rss // 1024**2

    for batch in range(2):
        before = print_thirty(batch)
    for batch in range(2, 8):
        after = print_thirty(batch)
    assert after - before < 30  # MiB; with what typst keeps it would be 70


def test_letters_can_be_made_in_several_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: lines(with_code(f"CODE-{n}")), range(8)))
    assert [f"CODE-{n}" in text for n, text in enumerate(made)] == [True] * 8


def test_no_letters_are_no_pdf() -> None:
    with pytest.raises(LettersFailed):
        letters_pdf([])


def test_a_failure_tells_nothing_about_the_letters() -> None:
    with pytest.raises(LettersFailed) as caught:
        letters_pdf([replace(LETTER, language="no-such-language")])
    assert str(caught.value) == "Typst cannot set these letters."
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert "TLN-7Q4M" not in repr(LETTER)
