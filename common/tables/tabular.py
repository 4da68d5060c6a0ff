"""Any CSV a Belgian office produces → rows, pasted columns → lines, written dates → dates.

Bytes go in, rows with canonical column names come out; nothing is kept and nothing is stored here.
A file that cannot be understood as a whole is refused with a sentence for the user; a row that
cannot be understood is handed over with its line and its problem, and the others go on
(rule 7). No sentence repeats the content of a cell, since that may be a code (rule 4): of the
first line only the headings we know are named, spelled our way.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import chain, islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.days import BRUSSELS
from common.templatetags.portal import getal

MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_LINE_CHARACTERS = 1_000_000
MAX_LINES = 2_000_000
DELIMITERS = ";,\t|"
SAMPLE_RECORDS = 20
SHOWN_HEADINGS = 40
# What a file may well have besides what we ask; words that give nothing away when we repeat them.
USUAL_HEADINGS = (
    "naam", "name", "voornaam", "familienaam", "achternaam", "school", "schoolnummer", "klas",
    "leerling", "email", "mail", "e-mailadres", "telefoon", "adres", "postcode", "gemeente",
    "nummer", "nr", "volgnummer", "id", "status", "staat", "voorraad", "pool", "provider",
    "periode", "wachtwoord", "password", "paswoord", "pin", "pincode", "gebruikersnaam",
    "gebruiker", "username", "login", "datum", "dag", "date", "activatiedatum", "geldig tot",
    "geldig vanaf", "vervaldatum", "code", "voucher", "vouchercode", "serienummer", "opmerking",
    "opmerkingen", "commentaar", "aantal", "type", "omschrijving",
)  # fmt: skip

Headings = Mapping[str, Sequence[str]]


class TableRefused(Exception):
    """The file as a whole cannot be read; `message` says what was found and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(slots=True)
class Row:
    """A record: the physical line where it begins, its values by canonical column, its problem.

    A row with a problem has no values, so that nobody can use shifted ones by mistake.
    """

    line: int
    values: dict[str, str] = field(repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that could be read. `rows` can be walked again and again; `len()` counts them."""

    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    count: int
    _text: str = field(repr=False)
    _layout: "_Layout" = field(repr=False)

    def __len__(self) -> int:
        return self.count

    @property
    def rows(self) -> Iterator[Row]:
        """The rows in the order of the file, blank ones left out."""
        records = _Records(self._text, self.delimiter)
        filled = _filled(records, below=self._layout.header_line)
        return (self._layout.row(line, cells) for line, cells in filled)


def read_table(
    content: bytes,
    *,
    needed: Headings,
    optional: Headings | None = None,
    usual: Sequence[str] = USUAL_HEADINGS,
    max_rows: int = 200_000,
) -> Table:
    """Read a CSV file whatever its encoding, delimiter and line ends.

    `needed` and `optional` give canonical column name → accepted headings, compared without case,
    accents, spaces, underscores and dashes; the canonical name itself is accepted too. Columns in
    neither are dropped unread; a refusal may name those that are `usual` in such a file. Raises
    `TableRefused`; after that, walking the rows raises nothing.
    """
    _check_content(content)
    text, encoding = _decode(content)
    wanted = _Wanted(needed, optional or {}, usual)
    delimiter = _declared_delimiter(text) or _find_delimiter(text, wanted)
    layout = _read_header(text, delimiter, wanted)
    count = _count_rows(_Records(text, delimiter), layout, max_rows)
    return Table(tuple(layout.positions), encoding, delimiter, count, text, layout)


# Bytes → text


_SIGNATURES = (
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "zip"),
    (b"{\\rtf", "text"),
)
_SPREADSHEET_MARKS = (b"xl/", b"[Content_Types].xml", b"opendocument.spreadsheet")
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def _check_content(content: bytes) -> None:
    """Refuse what is certainly no CSV, by its first bytes."""
    if len(content) > MAX_UPLOAD_BYTES:
        raise TableRefused(_("Dit bestand is groter dan 20 MB. Splits het in kleinere bestanden."))
    kind = next((kind for mark, kind in _SIGNATURES if content.startswith(mark)), None)
    if kind == "zip" and any(mark in content[:4096] for mark in _SPREADSHEET_MARKS):
        kind = "excel"
    if kind == "excel":
        raise TableRefused(
            _(
                "Dit lijkt een Excel-bestand, geen CSV. Open het en bewaar het als CSV "
                "(Opslaan als, 'CSV UTF-8')."
            )
        )
    if kind:
        raise TableRefused(
            _("Dit is geen CSV maar %(kind)s. Bewaar de lijst als CSV en kies dat bestand.")
            % {"kind": _kind_name(kind)}
        )


def _kind_name(kind: str) -> str:
    """How a kind of file is called on screen."""
    names = {
        "picture": _("een afbeelding"),
        "pdf": _("een PDF"),
        "zip": _("een zip-bestand"),
        "text": _("een tekstdocument"),
    }
    return names[kind]


def _decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding it was in: byte-order mark, then UTF-8, then Windows-1252."""
    marked = next((found for found in _BYTE_ORDER_MARKS if content.startswith(found[0])), None)
    if marked:
        text, encoding = _strictly(content.removeprefix(marked[0]), marked[1:])
    else:
        text, encoding = _strictly(content, ("utf-8", "cp1252"))
    text = text.removesuffix("\x1a")  # end-of-file mark of mainframes and DOS
    if "\0" in text:
        raise TableRefused(_unreadable())
    if not text.strip():
        raise TableRefused(_("Dit bestand is leeg. Kies het bestand met de lijst."))
    return text, encoding


def _strictly(content: bytes, encodings: Sequence[str]) -> tuple[str, str]:
    """Decode by the first encoding that fits without a single error."""
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise TableRefused(_unreadable())


def _unreadable() -> str:
    return _(
        "We kunnen de tekens in dit bestand niet lezen. Open het in Excel of LibreOffice en "
        "bewaar het als 'CSV UTF-8'."
    )


# Text → records


class _Lines:
    """Physical lines, ended by LF, CRLF or CR, with their number and a way back."""

    def __init__(self, text: str) -> None:
        self._text = io.StringIO(text, newline="")
        self.number = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.number += 1
            if len(line) >= MAX_LINE_CHARACTERS:
                raise TableRefused(
                    _("Regel %(line)s is te lang voor een CSV-bestand. Kijk na of dit de lijst is.")
                    % {"line": self.number}
                )
            if self.number > MAX_LINES:
                raise TableRefused(
                    _("Dit bestand heeft te veel regels. Splits het in kleinere bestanden.")
                )
            yield line
        self.ended = True

    def position(self) -> int:
        """The character where the next line begins."""
        return self._text.tell()

    def back_to(self, position: int, number: int) -> None:
        """Go on after line `number`, which ends at `position`."""
        self._text.seek(position)
        self.number = number


class _Records:
    """The records of a text: (first physical line, cells), cells None when its quotes are wrong.

    A line without quotes is a record; for the others the standard library's reader does the cells.
    When a quote opens that should not, it runs on into the lines below; then only the line where it
    opened is given up and reading goes on right after it. What is read twice that way is bounded by
    the length of the text, so that no file takes more than linear time. A quote that never closes
    refuses the file.
    """

    def __init__(self, text: str, delimiter: str) -> None:
        self._lines = _Lines(text)
        self._delimiter = delimiter
        self._patience = len(text)

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        lines, delimiter = self._lines, self._delimiter
        for line in lines:
            start = lines.number
            if '"' in line:
                yield start, self._quoted(line)
            else:
                yield start, line.rstrip("\r\n").split(delimiter)

    def _quoted(self, line: str) -> list[str] | None:
        """The cells of the record that begins with this line and may run on below it."""
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
            return None

    def _give_up(self, start: int, position: int, length: int) -> None:
        """Go back to right after line `start`, or refuse when its quote never closes.

        `position` is where that line ends, `length` how long it is.
        """
        below = self._lines.position() - position
        self._patience -= below
        if self._lines.ended or length + below > csv.field_size_limit() or self._patience < 0:
            raise TableRefused(
                _(
                    'Op regel %(line)s begint een aanhalingsteken (") dat nergens sluit. '
                    "Verbeter die regel en kies het bestand opnieuw."
                )
                % {"line": start}
            )
        self._lines.back_to(position, start)


def _declared_delimiter(text: str) -> str | None:
    """The delimiter of a first line `sep=;`, as Excel writes and reads it."""
    found = re.match(r'"?sep=([;,\t|:^~])"?[ \t]*[\r\n]', text, re.IGNORECASE)
    return found[1] if found else None


# Records → rows


def _same(heading: str) -> str:
    """A heading as it is compared: no case, accents, spaces, underscores, dashes."""
    letters = unicodedata.normalize("NFKD", heading)
    kept = (c for c in letters if not unicodedata.combining(c) and c not in "_-\ufeff\u200b")
    return "".join("".join(kept).split()).casefold()


class _Wanted:
    """The columns asked for, found by their accepted headings."""

    def __init__(self, needed: Headings, optional: Headings, usual: Sequence[str]) -> None:
        self.needed = tuple(needed)
        self._by_heading = {
            _same(heading): column
            for column, headings in {**optional, **needed}.items()
            for heading in (column, *headings)
        }
        self._spelled = {
            _same(heading): heading
            for column, headings in [("", usual), *optional.items(), *needed.items()]
            for heading in (*headings, column)
            if heading
        }
        self._shown = {
            column: next(iter(headings), column)
            for column, headings in {**optional, **needed}.items()
        }

    def column(self, heading: str) -> str | None:
        """The canonical name of the column with this heading, when it is asked for."""
        return self._by_heading.get(_same(heading))

    def known(self, heading: str) -> str | None:
        """This heading in our own spelling, when it is asked for or a usual one."""
        return self._spelled.get(_same(heading))

    def shown(self, column: str) -> str:
        """How a column is called to the user: the first of its accepted headings."""
        return self._shown[column]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where each canonical column stands, on which line the header, how wide a full row is."""

    header_line: int
    width: int
    least: int
    positions: dict[str, int]

    def row(self, line: int, cells: list[str] | None) -> Row:
        """A record as a row; with a problem when its cells cannot be told apart for certain."""
        if cells is None:
            return Row(line, {}, _("Op deze regel staat een aanhalingsteken verkeerd."))
        missing = self.width - len(cells)
        if missing == 0:
            return Row(line, {name: cells[at].strip() for name, at in self.positions.items()})
        if missing < 0 and any(cell.strip() for cell in cells[self.width :]):
            return Row(line, {}, self._wrong_width(_("te veel"), len(cells)))
        # Excel leaves out empty cells at the end of a row, unless a needed column is among them.
        if len(cells) < self.least:
            return Row(line, {}, self._wrong_width(_("te weinig"), len(cells)))
        full = cells + [""] * missing
        return Row(line, {name: full[at].strip() for name, at in self.positions.items()})

    def _wrong_width(self, what: str, found: int) -> str:
        return _(
            "Deze regel heeft %(what)s cellen: %(found)s in plaats van %(width)s. Er is niets van "
            "overgenomen."
        ) % {"what": what, "found": found, "width": self.width}


def _find_delimiter(text: str, wanted: _Wanted) -> str:
    """The delimiter by which the first lines make most sense, quotes respected.

    First the one that shows most columns asked for, then the one that gives most rows as wide as
    the header, then the one that gives the widest header.
    """

    def sense(delimiter: str) -> tuple[int, int, int]:
        sample = _sample(text, delimiter)
        if not sample:
            return (0, 0, 0)
        known = len({wanted.column(cell) for cell in sample[0]} - {None})
        width = len(sample[0])
        alike = sum(len(cells) == width for cells in sample[1:]) if width > 1 else 0
        return known, alike, width

    return max(DELIMITERS, key=sense)


def _sample(text: str, delimiter: str) -> list[list[str]]:
    """The first records by this delimiter, as far as they can be read."""
    sample = []
    try:
        for _line, cells in islice(_Records(text, delimiter), SAMPLE_RECORDS):
            if cells:
                sample.append(cells)
    except TableRefused:
        pass  # by another delimiter, or when the file is read for good
    return sample


def _read_header(text: str, delimiter: str, wanted: _Wanted) -> _Layout:
    """Find each column asked for in the first line that is not blank."""
    records = _filled(_Records(text, delimiter))
    if _declared_delimiter(text):
        next(records)
    line, cells = next(records, (1, []))
    if cells is None:
        raise TableRefused(
            _("In de kopregel staat een aanhalingsteken verkeerd. Verbeter regel %(line)s.")
            % {"line": line}
        )
    positions: dict[str, int] = {}
    for at, cell in enumerate(cells):
        column = wanted.column(cell)
        if column in positions:
            raise TableRefused(
                _("Kolom '%(column)s' staat meer dan één keer in dit bestand. Laat er één staan.")
                % {"column": wanted.shown(column)}
            )
        if column:
            positions[column] = at
    missing = [column for column in wanted.needed if column not in positions]
    if missing:
        raise TableRefused(_missing_columns([wanted.shown(c) for c in missing], cells, wanted))
    least = 1 + max((positions[column] for column in wanted.needed), default=0)
    return _Layout(line, len(cells), least, positions)


def _missing_columns(missing: list[str], header: list[str], wanted: _Wanted) -> str:
    """The sentence for columns that are not there, with those that are.

    Without a header the first line is data, perhaps codes: nothing of it is repeated (rule 4).
    """
    filled = [wanted.known(cell) for cell in header if cell.strip()]
    shown = list(dict.fromkeys(heading for heading in filled if heading))
    words = {"columns": ", ".join(f"'{column}'" for column in missing)}
    if len(missing) == 1:
        sentence = _("We vinden kolom %(columns)s niet in dit bestand.") % words
    else:
        sentence = _("We vinden de kolommen %(columns)s niet in dit bestand.") % words
    hidden = filled.count(None)
    if hidden:
        advice = _("Begint het bestand met een regel met de namen van de kolommen?")
        sentence = f"{sentence} {advice}"
    if not shown:
        return sentence
    there = ", ".join(f"'{heading}'" for heading in shown[:SHOWN_HEADINGS])
    if not hidden:
        return f"{sentence} " + _("Deze kolommen staan er wel in: %(there)s.") % {"there": there}
    return f"{sentence} " + ngettext(
        "Deze kolommen staan er wel in: %(there)s, en nog %(n)s kolom die we niet tonen: misschien "
        "is het een code.",
        "Deze kolommen staan er wel in: %(there)s, en nog %(n)s kolommen die we niet tonen: "
        "misschien zijn het codes.",
        hidden,
    ) % {"there": there, "n": hidden}


def _filled(records: _Records, *, below: int = 0) -> Iterator[tuple[int, list[str] | None]]:
    """The records that hold anything, below this line."""
    for line, cells in records:
        if line > below and (cells is None or "".join(cells).strip()):
            yield line, cells


def _count_rows(records: _Records, layout: _Layout, max_rows: int) -> int:
    """How many rows there are; reads all, so that no refusal can come halfway later."""
    count = sum(1 for _row in islice(_filled(records, below=layout.header_line), max_rows + 1))
    if count > max_rows:
        raise TableRefused(
            _(
                "Dit bestand telt meer dan %(rows)s rijen. Splits het in kleinere bestanden en "
                "laad ze na elkaar."
            )
            % {"rows": getal(max_rows)}
        )
    if not count:
        raise TableRefused(
            _("In dit bestand staat alleen een kopregel, zonder rijen eronder. Vul het aan.")
        )
    return count


# Pasted columns


def read_column(text: str) -> list[str]:
    """The cells of a column pasted from a spreadsheet, blank ones left out, order and doubles kept.

    Of several columns the first that holds anything.
    """
    return [first for first, _second in read_two_columns(text)]


def read_two_columns(text: str) -> list[tuple[str, str]]:
    """As `read_column`, each cell with the one that stands right of it ("" without one)."""
    rows = [[_pasted(cell) for cell in line.split("\t")] for line in re.split(r"\r\n|\r|\n", text)]
    width = max(map(len, rows))
    for at in range(width):
        pairs = [(*row, "")[at : at + 2] for row in rows if at < len(row) and row[at]]
        if pairs:
            return [(first, second) for first, second in pairs]
    return []


def _pasted(cell: str) -> str:
    """A cell without the quotes that a spreadsheet puts around it on the clipboard."""
    text = cell.strip().strip("\ufeff\u200b").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"').strip()
    return text


# Dates


_TIME = r"(?:[T ] *(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_ZONE = r" ?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
_DATES = (
    re.compile(rf"(?P<y>\d{{4}})([-/.])(?P<m>\d{{1,2}})\2(?P<d>\d{{1,2}}){_TIME}{_ZONE}", re.ASCII),
    re.compile(rf"(?P<d>\d{{1,2}})([-/.])(?P<m>\d{{1,2}})\2(?P<y>\d{{4}}){_TIME}{_ZONE}", re.ASCII),
)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}(?: .*)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)


def parse_date(text: str) -> date:
    """A day as Belgian files write it: dd/mm/jjjj (also with - or .) or jjjj-mm-dd, time allowed.

    Day before month, always. A time with a zone is a moment: its day is the day in Brussels. Raises
    ValueError with a sentence for the user; it does not repeat the text, which may be a code that
    stands in the wrong column.
    """
    text = text.strip()
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found:
        return _day_of(found)
    if _SHORT_YEAR.fullmatch(text):
        raise ValueError(_("Schrijf het jaar met vier cijfers: dd/mm/jjjj, zoals 14/09/2020."))
    if _SERIAL.fullmatch(text):
        raise ValueError(
            _(
                "Hier staat een getal waarmee Excel een datum bewaart. Geef de kolom in Excel de "
                "opmaak Datum en bewaar het bestand opnieuw."
            )
        )
    raise ValueError(
        _("Hier staat geen datum die we kennen. Schrijf dd/mm/jjjj, zoals 14/09/2020.")
    )


def _day_of(found: re.Match[str]) -> date:
    """The day in the parts of a date; raises ValueError when the calendar has no such day."""
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    try:
        day = date(int(found["y"]), int(found["m"]), int(found["d"]))
        moment = datetime.combine(day, time(hour, minute, second), BRUSSELS)
        if not found["zone"]:
            return day
        there = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{found['zone']}")
        return there.astimezone(BRUSSELS).date()
    except (ValueError, OverflowError):
        raise ValueError(
            _("Deze dag of dit uur bestaat niet. Schrijf dd/mm/jjjj, zoals 14/09/2020.")
        ) from None
