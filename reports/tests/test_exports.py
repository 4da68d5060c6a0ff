"""A report as a file: what is in it, that nothing in it runs, and the record it leaves."""

import csv
import hashlib
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from common.refused import Refused
from common.tables.csv_out import undefused
from common.tables.reading import read_table
from conftest import Cast, SignIn
from reports.figures import FIGURES
from schools.models import Organisation
from vouchers.actions.upkeep import exports
from vouchers.models import Export
from vouchers.tests.factories import at

OF_WAVE = "?golf=golf-1&dag=31/12/2020"
EVIL = "=cmd|' /C calc'!A0<script>;\"x\""
ASKED = ["lezing", "golf", "filter", "zoals bekend op"]


def taken(client: Client, kind: str, asked: str = OF_WAVE, *, by: str = "school") -> Any:
    response = client.post(f"/rapporten/{by}/{kind}/{asked}")
    assert response.status_code == 200
    return response


def csv_rows(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), delimiter=";"))


def xlsx_rows(content: bytes, sheet: str = "Cijfers") -> list[list[Any]]:
    rows = load_workbook(BytesIO(content))[sheet].values
    return [[cell.date() if isinstance(cell, datetime) else cell for cell in row] for row in rows]


@pytest.mark.usefixtures("figures")
def test_csv_is_the_screen_with_every_figure(officer: Client) -> None:
    response = taken(officer, "csv", f"{OF_WAVE}&cijfers=alle&sort=-requested")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert (
        response["Content-Disposition"]
        == 'attachment; filename="rapport-school-cohort-golf-1-2020-12-31.csv"'
    )
    assert response.content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv_rows(response.content)
    assert header == ["instellingsnummer", "school", *(str(f.label) for f in FIGURES), *ASKED]
    assert [row[:3] for row in rows] == [
        ["000018", "Vrije Basisschool (000018, Aalst)", "4"],
        ["000026", "Vrije Basisschool (000026, Brussel)", "2"],
        ["", "Totaal", "6"],
    ]
    assert [row[-5:] for row in rows] == [
        [rate, "cohort", "Golf 1", "", "31/12/2020"] for rate in ("25,00%", "", "25,00%")
    ]


@pytest.mark.usefixtures("figures")
def test_xlsx_holds_the_same_as_numbers_and_says_what_they_are(officer: Client) -> None:
    response = taken(officer, "xlsx")
    assert response["Content-Type"] == (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    assert response["Content-Disposition"].endswith('golf-1-2020-12-31.xlsx"')
    header, first, second, together = xlsx_rows(response.content)
    assert header == csv_rows(taken(officer, "csv").content)[0]
    numbers = [4, 0, 4, 0, 0, 4, 0, 0, 0, 1, 0, 1, 0, 0]
    asked = ["cohort", "Golf 1", None, date(2020, 12, 31)]
    school = ["000018", "Vrije Basisschool (000018, Aalst)"]
    assert first == [*school, *numbers, 0.25, *asked]
    assert second[2:4] == [2, 0]
    assert second[16] is None
    assert together[:3] == [None, "Totaal", 6]
    explained = dict(xlsx_rows(response.content, "Toelichting")[1:])
    assert explained["Zoals bekend op"] == "31 december 2020"
    assert explained["Bekend tot"] == (
        "De providers meldden hun activaties: Proximus nog niets, Telenet tot en met 20 maart 2020."
    )
    assert explained["Lezing"].startswith("Cohort van Golf 1: de leerlingen in de aanvragen")
    assert explained["wachtend"].startswith("van de toegekende leerlingen: zonder code")
    assert set(explained) >= {str(figure.label) for figure in FIGURES}
    assert "Zoeken" not in explained
    searched = xlsx_rows(taken(officer, "xlsx", f"{OF_WAVE}&zoek=vrije").content, "Toelichting")
    assert dict(searched[1:])["Zoeken"].startswith("Zoeken kijkt naar de nummers en namen van nu")


@pytest.mark.usefixtures("figures")
def test_a_file_as_of_an_earlier_day_holds_what_was_known_then(officer: Client) -> None:
    asked = "?golf=golf-1&dag=19/03/2020"
    (_header, first, *_rest) = xlsx_rows(taken(officer, "xlsx", asked).content)
    assert first[11] == 0  # the activation was reported on the 20th
    assert first[-1] == date(2020, 3, 19)


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_follows_the_filters_and_says_them(officer: Client, kind: str) -> None:
    response = taken(officer, kind, f"{OF_WAVE}&provincie=BE-BRU&zoek=vrije")
    assert f'golf-1-be-bru-vrije-2020-12-31.{kind}"' in response["Content-Disposition"]
    rows = (csv_rows if kind == "csv" else xlsx_rows)(response.content)[1:]
    assert [[str(row[1]), int(row[2]), row[-2] or ""] for row in rows] == [
        ["Vrije Basisschool (000026, Brussel)", 2, "Brussel, scholen met “vrije”"],
        ["Samen, met deze filters", 2, "Brussel, scholen met “vrije”"],
        ["Totaal, zonder deze filters", 6, ""],
    ]


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize("by", ["type-onderwijs", "provincie", "golf", "provider"])
def test_every_table_ends_with_the_same_total(officer: Client, by: str) -> None:
    *rows, together = csv_rows(taken(officer, "csv", by=by).content)[1:]
    assert together[1:3] == ["Totaal", "6"]
    assert sum(int(row[2]) for row in rows) == 6


@pytest.mark.usefixtures("figures")
def test_an_activity_has_no_rate_and_says_why(officer: Client) -> None:
    content = taken(officer, "xlsx", f"{OF_WAVE}&lezing=activiteit").content
    assert "activatiegraad" not in xlsx_rows(content)[0]
    explained = dict(xlsx_rows(content, "Toelichting")[1:])
    assert explained["activatiegraad"] == (
        "Een activatiegraad bestaat alleen voor de leerlingen van een golf."
    )


@pytest.mark.usefixtures("figures")
def test_a_name_that_is_a_formula_runs_nowhere(cast: Cast, officer: Client) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(name=EVIL)
    label = f"{EVIL} (000018, Aalst)"
    # Sorted by name, the formula comes before "Vrije".
    assert csv_rows(taken(officer, "csv").content)[1][1] == f"'{label}"
    book = load_workbook(BytesIO(taken(officer, "xlsx").content))
    cell = book["Cijfers"]["B2"]
    assert (cell.value, cell.data_type) == (label, "s")
    page = officer.get(f"/rapporten/school/{OF_WAVE}&zoek=000018").content.decode()
    assert "<script>;" not in page
    assert "&lt;script&gt;;" in page


@pytest.mark.usefixtures("figures")
def test_a_search_that_is_a_formula_runs_nowhere(officer: Client) -> None:
    asked = f"{OF_WAVE}&zoek=%3Dcmd%7C%3Cb%3E"
    *_rows, together, _total = csv_rows(taken(officer, "csv", asked).content)
    assert together[-2] == "scholen met “=cmd|<b>”"
    assert officer.get("/rapporten/exports/").content.decode().count("<b>") == 0


@pytest.mark.usefixtures("figures")
def test_what_was_exported_can_be_read_back(cast: Cast, officer: Client) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(name=EVIL)
    read = read_table(taken(officer, "csv").content, needed={"instellingsnummer": [], "school": []})
    shown = [tuple(undefused(value) for value in row.values.values()) for row in read.rows]
    assert shown == [
        ("000018", f"{EVIL} (000018, Aalst)"),
        ("000026", "Vrije Basisschool (000026, Brussel)"),
        ("", "Totaal"),
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.usefixtures("figures")
def test_each_file_leaves_a_trace(cast: Cast, officer: Client, kind: str) -> None:
    content = taken(officer, kind, f"{OF_WAVE}&provincie=BE-BRU").content
    (export,) = Export.objects.all()
    assert (export.made_by, export.format, export.rows) == (cast.officer, kind, 3)
    assert export.sha256 == hashlib.sha256(content).hexdigest()
    assert export.asked == (
        "Rapport per school. Cohort van Golf 1: de leerlingen in de aanvragen van deze golf, en "
        "hoe het met hen staat zoals bekend op 31 december 2020, ook als iets pas na de golf "
        "gebeurde. Filter: Brussel."
    )
    asked_again = officer.get(export.address)
    assert asked_again.status_code == 200
    assert asked_again.context["form"].question.province == "BE-BRU"
    assert asked_again.context["form"].question.as_of == date(2020, 12, 31)


@pytest.mark.usefixtures("figures")
def test_what_is_not_given_leaves_no_trace(officer: Client, cast: Cast, as_user: SignIn) -> None:
    for ask in (officer.get, officer.head):  # a link or an image on another page
        assert ask(f"/rapporten/school/csv/{OF_WAVE}").status_code == 405
    assert officer.post("/rapporten/school/xlsx/?dag=31/02/2020").status_code == 302
    assert as_user(cast.coordinator).post("/rapporten/school/csv/").status_code == 403
    assert not Export.objects.exists()


def trace(cast: Cast, n: int) -> Export:
    return exports.record(
        name=f"rapport-{n}.csv",
        content=b"x" * n,
        file_format=Export.Format.CSV,
        asked="Rapport per school.",
        address="/rapporten/school/",
        rows=n,
        by=cast.officer,
        now=at(date(2020, 9, 14)),
    )


def test_only_the_ministry_records_and_sees_exports(cast: Cast) -> None:
    made = trace(cast, 1)
    assert list(Export.objects.visible_to(cast.administrator)) == [made]
    for other in (cast.coordinator, cast.provider_user):
        assert list(Export.objects.visible_to(other)) == []
        with pytest.raises(Refused):
            exports.record(
                name="x.csv",
                content=b"",
                file_format="csv",
                asked="",
                address="",
                rows=0,
                by=other,
                now=at(date(2020, 9, 14)),
            )


@pytest.mark.as_owner
@pytest.mark.parametrize("act", ["UPDATE {} SET rows = 0", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.django_db
def test_a_trace_is_never_rewritten(act: str) -> None:
    with (
        pytest.raises(IntegrityError, match="is refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(Export._meta.db_table))


def test_the_list_of_exports(cast: Cast, officer: Client) -> None:
    def page(number: int = 1) -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            html = officer.get(f"/rapporten/exports/?page={number}").content.decode()
        return html, len(queries)

    assert "Nog niemand nam cijfers mee." in page()[0]
    first = trace(cast, 1)
    html, asked = page()
    assert first.sha256 in html
    assert "Olga Officier" in html
    assert "14/09/2020 om 10.00 uur" in html
    for n in range(2, 61):
        trace(cast, n)
    html, asked_for_many = page()
    assert asked_for_many == asked
    assert html.index("rapport-60.csv") < html.index("rapport-59.csv")
    assert "rapport-10.csv" not in html
    assert "rapport-10.csv" in page(2)[0]
