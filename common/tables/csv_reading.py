"""CSV of any encoding, delimiter and line ending: bytes → records."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from django.utils.translation import gettext as _

from common.refused import Refused
from common.tables.headings import Wanted
from common.tables.signatures import kind_of
from common.tables.table import MAX_COLUMNS, Record, Unreadable

MAX_LINE_CHARACTERS = 1_000_000
MAX_LINES = 2_000_000
DELIMITERS = ";,\t|"
SAMPLE_RECORDS = 20
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class CsvRecords:
    """The records of a text. Parsed again at each walk: stored, they take many times the memory.

    declared: the first line states the delimiter (`sep=;`), and is not a record.
    """

    encoding: str
    delimiter: str
    declared: bool
    _text: str = field(repr=False)

    def __iter__(self) -> Iterator[Record]:
        records = iter(_Walk(self._text, self.delimiter))
        if self.declared:
            next(records)
        return records


def recognises(content: bytes) -> bool:
    """Any content that is not of another kind may be CSV."""
    return not kind_of(content)


def read(content: bytes, wanted: Wanted) -> CsvRecords:
    """The records of a file; raises Refused."""
    text, encoding = _decode(content)
    declared = _declared_delimiter(text)
    delimiter = declared or _find_delimiter(text, wanted)
    records = CsvRecords(encoding, delimiter, declared is not None, text)
    _check_heading(records)
    return records


def _check_heading(records: CsvRecords) -> None:
    for line, cells in records:
        if isinstance(cells, Unreadable):
            raise Refused(
                _("In de kopregel staat een aanhalingsteken verkeerd. Verbeter regel %(line)s.")
                % {"line": line},
                code="quote-misplaced",
            )
        if "".join(cells).strip():
            return


# Bytes → text


def _decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding it was in: byte-order mark, then UTF-8, then Windows-1252."""
    marked = next((found for found in _BYTE_ORDER_MARKS if content.startswith(found[0])), None)
    if marked:
        text, encoding = _strictly(content.removeprefix(marked[0]), marked[1:])
    else:
        text, encoding = _strictly(content, ("utf-8", "cp1252"))
    text = text.removesuffix("\x1a")  # end-of-file mark of mainframes and DOS
    if "\0" in text:
        raise Refused(_unreadable(), code="characters-unreadable")
    if not text.strip():
        raise Refused(_("Dit bestand is leeg. Kies het bestand met de lijst."), code="file-empty")
    return text, encoding


def _strictly(content: bytes, encodings: Sequence[str]) -> tuple[str, str]:
    """Decode with the first encoding that fits without a single error."""
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Refused(_unreadable(), code="characters-unreadable")


def _unreadable() -> str:
    return _(
        "We kunnen de tekens in dit bestand niet lezen. Open het in Excel of LibreOffice en "
        "bewaar het als 'CSV UTF-8'."
    )


# Text → records


class _Lines:
    """Physical lines, ended by LF, CRLF or CR, with their numbers; can go back."""

    def __init__(self, text: str) -> None:
        self._text = io.StringIO(text, newline="")
        self.number = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.number += 1
            if len(line) >= MAX_LINE_CHARACTERS:
                raise Refused(
                    _("Regel %(line)s is te lang voor een CSV-bestand. Kijk na of dit de lijst is.")
                    % {"line": self.number},
                    code="line-too-long",
                )
            if self.number > MAX_LINES:
                raise Refused(
                    _("Dit bestand heeft te veel regels. Splits het in kleinere bestanden."),
                    code="too-many-rows",
                )
            yield line
        self.ended = True

    def position(self) -> int:
        """The offset of the character where the next line begins."""
        return self._text.tell()

    def back_to(self, position: int, number: int) -> None:
        """Continue after line `number`, which ends at `position`."""
        self._text.seek(position)
        self.number = number


class _Walk:
    """The records of a text: (first physical line, cells), Unreadable when its quotes are wrong.

    A line without quotes is a record; for the others the standard library's reader splits the
    cells. A quote that should not have opened swallows the lines below; then only the line where it
    opened is given up, and reading resumes right after it. How much is read twice that way is
    bounded by the length of the text, so every file takes linear time. A quote that never closes
    refuses the file.
    """

    def __init__(self, text: str, delimiter: str) -> None:
        self._lines = _Lines(text)
        self._delimiter = delimiter
        self._patience = len(text)

    def __iter__(self) -> Iterator[Record]:
        lines, delimiter = self._lines, self._delimiter
        for line in lines:
            start = lines.number
            if '"' in line:
                yield start, self._quoted(line)
            else:
                yield start, line.rstrip("\r\n").split(delimiter)

    def _quoted(self, line: str) -> list[str] | Unreadable:
        """The cells of the record that begins with this line and may continue below it."""
        start, position = self._lines.number, self._lines.position()
        reader = csv.reader(
            chain((line,), self._lines),
            delimiter=self._delimiter,
            strict=True,
            skipinitialspace=True,
        )
        try:
            return next(reader)
        except csv.Error:
            self._give_up(start, position, len(line))
            return Unreadable(_("Op deze regel staat een aanhalingsteken verkeerd."))

    def _give_up(self, start: int, position: int, length: int) -> None:
        """Go back to right after line `start`, or refuse when its quote never closes.

        position: where that line ends; length: its length.
        """
        below = self._lines.position() - position
        self._patience -= below
        if self._lines.ended or length + below > csv.field_size_limit() or self._patience < 0:
            raise Refused(
                _(
                    'Op regel %(line)s begint een aanhalingsteken (") dat nergens sluit. '
                    "Verbeter die regel en kies het bestand opnieuw."
                )
                % {"line": start},
                code="quote-not-closed",
            )
        self._lines.back_to(position, start)


def _declared_delimiter(text: str) -> str | None:
    """The delimiter stated by a first line `sep=;`, which Excel writes and reads."""
    found = re.match(r'"?sep=([;,\t|:^~])"?[ \t]*[\r\n]', text, re.IGNORECASE)
    return found[1] if found else None


def _find_delimiter(text: str, wanted: Wanted) -> str:
    """The delimiter that makes most sense of the first lines, with quotes respected.

    First the one that finds most of the wanted columns, then the one with most rows as wide as the
    header, then the one with the widest header.
    """

    def sense(delimiter: str) -> tuple[int, int, int]:
        sample = _sample(text, delimiter)
        if not sample:
            return (0, 0, 0)
        width = len(sample[0])
        known = len({wanted.column(cell) for cell in sample[0][:MAX_COLUMNS]} - {None})
        alike = sum(len(cells) == width for cells in sample[1:]) if width > 1 else 0
        return known, alike, width

    return max(DELIMITERS, key=sense)


def _sample(text: str, delimiter: str) -> list[list[str]]:
    """The first records with this delimiter, as far as they can be read."""
    sample = []
    try:
        for _line, cells in islice(_Walk(text, delimiter), SAMPLE_RECORDS):
            if isinstance(cells, list) and cells:
                sample.append(cells)
    except Refused:
        pass  # another delimiter, or the real reading, will tell
    return sample
