"""The report on screen: who sees it, what it says, what the address asks."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import Cast, SignIn
from schools.models import Organisation
from schools.tests.factories import make_school
from vouchers.tests.factories import (
    handed_out,
    load_codes,
    report_activations,
    submitted_request,
)

PAGES = [
    "/rapporten/",
    *(f"/rapporten/{dimension}/" for dimension in ("school", "type-onderwijs", "provincie")),
    *(f"/rapporten/{dimension}/csv/" for dimension in ("school", "type-onderwijs", "provincie")),
]
TABLES = PAGES[1:4]
OF_WAVE = "?golf=golf-1&dag=31/12/2020"


@pytest.fixture
def officer(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


@pytest.fixture
def figures(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=4)
    hand_outs = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=4
    )
    report_activations(hand_outs[:1], on=date(2020, 3, 20), by=cast.provider_user)
    submitted_request(cast.other_school, cast.period, by=cast.other_coordinator, references=2)


def texts(html: str, pattern: str) -> list[str]:
    found = re.findall(pattern, html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in found]


def body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def table_rows(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)[1:]
    return [texts(row, r"<(?:th|td)[^>]*>(.*?)</(?:th|td)>") for row in rows]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("officer", 200), ("administrator", 200), ("coordinator", 403), ("other_coordinator", 403),
        ("provider_user", 403), ("other_provider_user", 403),
    ],
)  # fmt: skip
def test_only_the_ministry_sees_reports(
    cast: Cast, as_user: SignIn, page: str, who: str, status: int
) -> None:
    assert as_user(getattr(cast, who)).get(page).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_signs_in_first(client: Client, page: str) -> None:
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_reports_only_read(officer: Client, page: str) -> None:
    assert officer.post(page).status_code == 405


@pytest.mark.usefixtures("cast")
def test_another_dimension_does_not_exist(officer: Client) -> None:
    assert officer.get("/rapporten/gemeente/").status_code == 404


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize("page", TABLES)
def test_the_report_asks_three_queries_however_many_rows(
    cast: Cast, officer: Client, page: str
) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            officer.get(page + OF_WAVE)
        return [
            query["sql"]
            for query in queries
            if "django_session" not in query["sql"] and '"schools_user"' not in query["sql"]
        ]

    assert len(asked()) == 3
    for number in ("000034", "000042", "000059"):
        school = make_school(number=number, nis_code="71016", education_types=("ARTS",))
        cast.coordinator.organisations.add(school)
        submitted_request(school, cast.period, by=cast.coordinator)
    assert len(asked()) == 3


@pytest.mark.usefixtures("figures")
def test_the_table_of_schools(officer: Client) -> None:
    assert table_rows(body(officer, f"/rapporten/school/{OF_WAVE}")) == [
        ["Vrije Basisschool (000018, Aalst)", "4", "0", "4", "0", "4", "0", "1", "25,0 %"],
        ["Vrije Basisschool (000026, Brussel)", "2", "0", "0", "0", "0", "0", "0", "–"],
        ["Totaal", "6", "0", "4", "0", "4", "0", "1", "25,0 %"],
    ]


@pytest.mark.usefixtures("figures")
def test_sorted_by_a_figure(officer: Client) -> None:
    def first(sort: str) -> str:
        return table_rows(body(officer, f"/rapporten/school/{OF_WAVE}&sort={sort}"))[0][0]

    assert first("requested") == "Vrije Basisschool (000026, Brussel)"
    assert first("-requested") == "Vrije Basisschool (000018, Aalst)"
    assert first("-naam") == "Vrije Basisschool (000026, Brussel)"
    assert first("onzin") == "Vrije Basisschool (000018, Aalst)"


@pytest.mark.usefixtures("figures")
def test_both_readings_say_what_they_are(officer: Client) -> None:
    cohort = body(officer, f"/rapporten/provincie/{OF_WAVE}")
    activity = body(officer, f"/rapporten/provincie/{OF_WAVE}&lezing=activiteit")
    assert "Cohort van Golf 1: de leerlingen in de aanvragen van deze golf" in cohort
    assert "Activiteit van 1 maart 2020 tot en met 31 juli 2020 (Golf 1)" in activity
    assert texts(cohort, r'figure-label">(.*?)</p>')[-1] == "activatiegraad"
    assert texts(activity, r'figure-label">(.*?)</p>') == [
        "aangevraagd", "toegekend", "uitgereikt", "meegegeven", "geactiveerd",
    ]  # fmt: skip


@pytest.mark.usefixtures("figures")
def test_the_page_says_how_far_each_provider_told(officer: Client) -> None:
    assert (
        "De providers meldden hun activaties: Proximus nog niets, Telenet tot en met 20 maart 2020."
        in body(officer, f"/rapporten/provincie/{OF_WAVE}")
    )


@pytest.mark.usefixtures("figures")
def test_the_chart_is_told_in_words(officer: Client) -> None:
    html = body(officer, f"/rapporten/provincie/{OF_WAVE}")
    assert texts(html, r'<desc id="chart-description">(.*?)</desc>') == [
        "Oost-Vlaanderen: aangevraagd 4, uitgereikt 4, geactiveerd 1; "
        "Brussel: aangevraagd 2, uitgereikt 0, geactiveerd 0"
    ]
    assert texts(html, r'class="report-bar-number">(.*?)</text>') == ["4", "4", "1", "2", "0", "0"]


@pytest.mark.usefixtures("figures")
def test_the_filters_are_chips_that_can_be_taken_off(officer: Client) -> None:
    html = body(officer, f"/rapporten/school/{OF_WAVE}&lezing=activiteit&leeg=on")
    assert texts(html, r'class="chip" href="[^"]*">(.*?)<svg') == [
        "Golf: Golf 1", "Hoe tellen we? wat in deze dagen gebeurde", "Zoals bekend op 31/12/2020",
        "Toon ook scholen zonder aanvraag",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("dag=31/02/2020", "Dit is geen dag. Schrijf ze als dd/mm/jjjj, zoals 31/12/2026."),
        (
            "dag=01/01/2999",
            "Deze dag is nog niet voorbij. Kies vandaag of een vroegere dag.",
        ),
    ],
)
@pytest.mark.usefixtures("figures")
def test_a_wrong_day_is_said_beside_the_field(officer: Client, address: str, sentence: str) -> None:
    html = body(officer, f"/rapporten/provincie/?{address}")
    assert sentence in html
    assert "<table" not in html
    assert officer.get(f"/rapporten/provincie/csv/?{address}").status_code == 302


@pytest.mark.usefixtures("cast")
def test_nothing_to_count_says_why(officer: Client) -> None:
    assert "Hier valt nog niets te tellen." in body(officer, "/rapporten/provincie/")


@pytest.mark.usefixtures("figures")
def test_the_download_is_the_screen_with_every_figure(officer: Client) -> None:
    response = officer.get(f"/rapporten/school/csv/{OF_WAVE}&cijfers=alle")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        response["Content-Disposition"]
        == 'attachment; filename="rapport-school-cohort-golf-1-2020-12-31.csv"'
    )
    text = response.getvalue().decode()
    lines = [line.split(";") for line in text.removeprefix("\ufeff").split("\r\n")[:-1]]
    assert [(line[1], line[2], line[7]) for line in lines[1:]] == [
        ("Vrije Basisschool (000018, Aalst)", "4", "4"),
        ("Vrije Basisschool (000026, Brussel)", "2", "0"),
        ("Totaal", "6", "4"),
    ]


@pytest.mark.usefixtures("figures")
def test_a_name_that_is_a_formula_does_not_run(cast: Cast, officer: Client) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(name="=cmd|' /C calc'!A0<b>")
    response = officer.get(f"/rapporten/school/csv/{OF_WAVE}")
    text = response.getvalue().decode()
    assert "000018;'=cmd|' /C calc'!A0<b> (000018, Aalst);" in text
    assert "<b> (000018" not in body(officer, f"/rapporten/school/{OF_WAVE}")


@pytest.mark.usefixtures("figures")
def test_a_school_leads_to_what_it_asked(officer: Client) -> None:
    html = body(officer, f"/rapporten/school/{OF_WAVE}")
    (link,) = re.findall(r'<th scope="row"[^>]*><a href="([^"]*zoek=000018[^"]*)"', html)
    assert officer.get(link.replace("&amp;", "&")).status_code == 200
