from datetime import date

import pytest
from django.conf import LazySettings

from common.tables import csv_reading, reading
from common.tables.dates import parse_date
from common.tables.table import Row
from common.tables.tests import xlsx_reader
from common.tables.tests.read import read, refusal
from common.tables.xlsx_out import Column, Kind, Sheet, workbook


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "een afbeelding"),
        (b"\xff\xd8\xff\xe0", "een afbeelding"),
        (b"%PDF-1.7\n", "een PDF"),
        (b"PK\x03\x04 letters.txt", "een zip-bestand"),
        (b"{\\rtf1 code;datum}", "een tekstdocument"),
    ],
)
def test_another_kind_of_file_is_named(content: bytes, what: str) -> None:
    assert refusal(content) == (
        f"Dit is geen CSV maar {what}. Bewaar de lijst als CSV en kies dat bestand."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04\x14\x00[Content_Types].xml",
        b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel",
    ],
)
def test_a_spreadsheet_is_refused_with_the_way_out(content: bytes) -> None:
    assert refusal(content).startswith("Dit lijkt een Excel-bestand, geen CSV. Open het en bewaar")


def test_a_file_is_read_up_to_the_limit_of_uploads(settings: LazySettings) -> None:
    assert refusal(b"x" * (20 * 1024 * 1024 + 1)) == (
        "Dit bestand is groter dan 20 MB. Splits het in kleinere bestanden."
    )
    settings.UPLOAD_MAX_BYTES = 3 * 1024 * 1024
    assert refusal(b"x" * (3 * 1024 * 1024 + 1)).startswith("Dit bestand is groter dan 3 MB.")
    assert refusal(b"x" * (3 * 1024 * 1024)).startswith("Regel 1 is te lang")


SHEET = workbook(
    Sheet(
        "Codes",
        [Column("Voucher-code"), Column("naam"), Column("Datum", Kind.DAY), Column("opmerking")],
        [("A1", "Jan", date(2020, 9, 14), ""), (), ("A;2", "", date(2020, 9, 15), "ok")],
    )
)


def test_a_format_more_is_a_reader_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(SHEET).startswith("Dit lijkt een Excel-bestand, geen CSV.")
    monkeypatch.setattr(reading, "READERS", [csv_reading, xlsx_reader])

    table = read(SHEET)
    assert [(row.line, parse_date(row.values.pop("on")), row.values) for row in table.rows] == [
        (2, date(2020, 9, 14), {"code": "A1", "note": ""}),
        (4, date(2020, 9, 15), {"code": "A;2", "note": "ok"}),
    ]
    assert len(table) == 2
    assert table.columns == ("code", "on", "note")
    assert list(read("code;datum\nA1;x\n").rows) == [Row(2, {"code": "A1", "on": "x"})]


def test_what_a_reader_reads_is_refused_as_any_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READERS", [csv_reading, xlsx_reader])
    named = workbook(Sheet("Namen", [Column("naam"), Column("GEHEIM")], [("Jan", "x")]))
    assert refusal(named) == (
        "We vinden de kolommen 'code', 'datum' niet in dit bestand. "
        "Begint het bestand met een regel met de namen van de kolommen? "
        "Deze kolommen staan er wel in: 'naam', en nog 1 kolom die we niet tonen: misschien is het "
        "een code."
    )
    assert refusal(SHEET, max_rows=1).startswith("Dit bestand telt meer dan 1 rijen.")
