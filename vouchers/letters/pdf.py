"""Letters to families: one PDF, one A4 page per pupil, made in memory.

The PDF is tagged (PDF/UA-1) and uses the fonts that come with typst, so that it looks the same
everywhere. Codes pass through memory only: no file, and no code in an exception (rule 4). What a
letter says is in `content`.
"""

import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import segno
import typst

from vouchers.letters.content import Letter, content_of

TEMPLATE = Path(__file__).with_name("letters.typ")
QR_MASK = 4  # any mask can be read; a fixed one saves trying all eight

KEPT_COMPILATIONS = 10  # how long typst-py keeps what it made


class LettersFailed(Exception):
    """The PDF could not be made. Says nothing about the letters, since they contain codes."""


def letters_pdf(letters: Sequence[Letter]) -> bytes:
    """The letters in this order, one page each, as one tagged PDF in the language of the first.

    Raises `LettersFailed` when there is no letter or typst cannot set them.
    """
    if not letters:
        raise LettersFailed("No letters to print.")
    start_urls = {letter.start_url for letter in letters}
    data = content_of(letters) | {"codes": {url: qr(url) for url in start_urls}}
    return _compile(json.dumps(data))


@cache
def qr(url: str) -> str:
    """The QR code of a start page as SVG. It never contains a pupil's code."""
    picture = io.BytesIO()
    segno.make_qr(url, error="m", mask=QR_MASK).save(
        picture, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None
    )
    return picture.getvalue().decode()


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@cache
def _fonts(system: bool) -> typst.Fonts:
    """The fonts inside typst, and those of the machine for characters that they lack."""
    return typst.Fonts(include_system_fonts=system)


def _compile(data: str) -> bytes:
    """The PDF: PDF/UA-1, or merely tagged when the fonts inside typst lack a character."""
    attempts: tuple[tuple[bool, Literal["ua-1"] | None], ...] = ((False, "ua-1"), (True, None))
    for system, standard in attempts:
        try:
            return typst.compile(
                _template(),
                font_paths=_fonts(system),
                sys_inputs={"data": data},
                pdf_standards=standard,
            )
        except typst.TypstError:
            continue  # its message quotes the letter
        finally:
            forget()
    raise LettersFailed("Typst cannot set these letters.")


def forget() -> None:
    """Make typst let go of the letters.

    It caches what it made, codes included, for the next ten compilations: half a megabyte per
    letter.
    """
    for _turn in range(KEPT_COMPILATIONS + 1):
        typst.compile(b"", font_paths=_fonts(False))
