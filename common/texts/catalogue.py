"""The English of the texts in the code: `locale/en`.

Pure Python, because a newcomer's machine may lack GNU gettext. `manage.py translations` brings the
file up to date with the code; `make env` compiles it (`python -m common.texts.catalogue`).
"""

import os
import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from common.texts.found_in_code import Text

BASE_DIR = Path(__file__).resolve().parents[2]
FOLDER = BASE_DIR / "locale/en"
PO = FOLDER / "LC_MESSAGES/django.po"
MO = PO.with_suffix(".mo")
SAME = FOLDER / "the_same.toml"
MADE_BY = {
    "project": "internetvouchers",
    "version": "0",
    "msgid_bugs_address": "",
    "last_translator": "",
    "language_team": "",
}
HEADER = "# English of the portal. The Dutch text is the msgid; words: docs/glossary.md."
PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)[sd]")


def read() -> Catalog:
    """The translations in the file; an empty catalogue when there is none."""
    if not PO.exists():
        return Catalog(locale="en")
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def refreshed(old: Catalog, texts: dict[Text, set[str]]) -> Catalog:
    """The texts of the code with the translations that `old` has of them; new ones are empty."""
    new = Catalog(
        locale="en",
        header_comment=HEADER,
        creation_date=old.creation_date,
        revision_date=old.creation_date,
        fuzzy=False,
        **MADE_BY,
    )
    for text, files in sorted(texts.items(), key=lambda each: (min(each[1]), each[0].order)):
        known = old.get(text.id, context=text.context)
        kept = known.string if known and known.id == text.id else ""
        flags = known.flags & {"fuzzy"} if known else set()
        locations = [(name, 0) for name in sorted(files)]
        new.add(text.id, kept, locations, flags, context=text.context)
    return new


def dropped(old: Catalog, new: Catalog) -> Iterator[tuple[Any, Any]]:
    """Texts, and their English, that are no longer in the code: useful to whoever rewrote one."""
    for message in old:
        if message.id and new.get(message.id, context=message.context) is None:
            yield message.id, message.string


def as_po(catalog: Catalog) -> bytes:
    """A catalogue as its file: sorted by source file and then by text, without line numbers, so
    that code moving within a file changes nothing."""
    written = BytesIO()
    write_po(written, catalog, width=100, sort_by_file=True, include_lineno=False)
    return written.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """A catalogue in the form that Django loads."""
    written = BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def compile_texts() -> None:
    """Write the compiled file, whole or not at all, also when two processes do so at once."""
    draft = MO.with_name(f"{MO.name}.{os.getpid()}")
    draft.write_bytes(compiled(read()))
    draft.replace(MO)


def is_stale() -> bool:
    """Whether the compiled file is missing, or older than the translations."""
    return not MO.exists() or MO.stat().st_mtime < PO.stat().st_mtime


# Flaws.


def allowed_the_same() -> dict[str, str]:
    """Texts that may be the same in English, each with the reason."""
    return tomllib.loads(SAME.read_text(encoding="utf-8"))


def flaws(catalog: Catalog, same: dict[str, str]) -> Iterator[str]:
    """A sentence for each translation that is missing, doubtful, or does not match its Dutch."""
    for message in catalog:
        if message.id:
            for flaw in _flaws_of(message, same):
                yield f"{flaw}: {message.id!r}"


def _flaws_of(message: Message, same: dict[str, str]) -> Iterator[str]:
    dutch, english = forms(message.id), forms(message.string)
    if not all(english) or len(english) != len(dutch):
        yield "no English"
        return
    if message.fuzzy:
        yield "fuzzy"
    if any(one == other and one not in same for one, other in zip(dutch, english, strict=True)):
        yield "the same in English, and not listed"
    for one, other in zip(dutch, english, strict=True):
        if placeholders(one) != placeholders(other):
            yield "other placeholders"


def forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def placeholders(text: str) -> set[str]:
    """The placeholders in a text."""
    return set(PLACEHOLDER.findall(text))


if __name__ == "__main__":
    compile_texts()
