"""The report on screen: who sees it, what it says, what the address asks for."""

import re
from datetime import date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import make_coordinator
from conftest import Cast, SignIn
from schools.models import Organisation
from schools.tests.factories import make_ocmw, make_school
from vouchers.actions.requests import requests
from vouchers.tests.factories import at, make_period, submitted_request

DIMENSIONS = ("school", "type-onderwijs", "provincie", "golf", "provider")
TABLES = [f"/rapporten/{dimension}/" for dimension in DIMENSIONS]
FILES = [f"{table}{kind}/" for table in TABLES for kind in ("csv", "xlsx")]
PAGES = ["/rapporten/", "/rapporten/exports/", *TABLES, *FILES]
OF_WAVE = "?golf=golf-1&dag=31/12/2020"
FILTERS = "&provincie=BE-VOV&type=PRIMARY"


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
        ("officer", 200),
        ("administrator", 200),
        ("coordinator", 403),
        ("other_coordinator", 403),
        ("provider_user", 403),
        ("other_provider_user", 403),
    ],
)
def test_only_the_ministry_sees_reports(
    cast: Cast, as_user: SignIn, page: str, who: str, status: int
) -> None:
    client = as_user(getattr(cast, who))
    ask = client.post if page in FILES else client.get
    assert ask(page).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_signs_in_first(client: Client, page: str) -> None:
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_reports_only_read_and_a_file_is_only_posted(officer: Client, page: str) -> None:
    other = officer.get if page in FILES else officer.post
    assert other(page).status_code == 405


@pytest.mark.usefixtures("cast")
def test_another_dimension_does_not_exist(officer: Client) -> None:
    assert officer.get("/rapporten/gemeente/").status_code == 404


def ask_for(cast: Cast, schools: int, *, now: datetime) -> None:
    """An OCMW asks for one pupil in each of this many new schools."""
    made = Organisation.objects.bulk_create(
        Organisation(
            kind="SCHOOL",
            number=f"{900000 + n}",
            name="Vrije Basisschool",
            municipality="Gent",
            nis_code="44021",
            province="BE-VOV",
            education_types=["PRIMARY"],
        )
        for n in range(schools)
    )
    ocmw = make_ocmw()
    asker = make_coordinator(ocmw, email="ocmw@example.org")
    asked = requests.create_draft(organisation=ocmw, period=cast.period, by=asker, now=now)
    requests.save_draft(
        request=asked,
        defaults=requests.Defaults(education_type="PRIMARY"),
        by=asker,
        now=now,
        lines=[
            requests.LineInput(reference=f"LL-{n}", school=school) for n, school in enumerate(made)
        ],
    )
    requests.submit(request=asked, by=asker, now=now)


@pytest.mark.usefixtures("figures")
def test_a_report_asks_as_many_queries_for_3_rows_as_for_300(cast: Cast, officer: Client) -> None:
    """The periods, the total, the table; a filter adds none. Session and user come on top."""

    def asked(page: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            body(officer, page)
        outside = ("accounts_session", '"accounts_user"')
        return sum(not any(name in each["sql"] for name in outside) for each in queries)

    pages = [
        *(f"{page}{OF_WAVE}{more}" for page in ("/rapporten/", *TABLES) for more in ("", FILTERS)),
        f"/rapporten/school/{OF_WAVE}&zoek=vrije+basis&leeg=on&cijfers=alle",
    ]
    before = {page: asked(page) for page in pages}
    assert set(before.values()) == {3}
    ask_for(cast, 300, now=at(date(2020, 3, 9)))
    assert {page: asked(page) for page in pages} == before
    assert "302 scholen" in body(officer, f"/rapporten/school/{OF_WAVE}")


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
def test_ties_stand_in_order_of_their_label_and_a_dash_below_nought(
    cast: Cast, officer: Client
) -> None:
    names = {"000034": "Atheneum", "000042": "Zavelenberg", "000059": "Middenschool"}
    for number, name in names.items():
        school = make_school(number=number, name=name)
        cast.coordinator.organisations.add(school)
        submitted_request(school, cast.period, by=cast.coordinator, references=2)

    def order(sort: str) -> list[str]:
        rows = table_rows(body(officer, f"/rapporten/school/{OF_WAVE}&sort={sort}"))
        return [re.sub(r".*\((\d+).*", r"\1", row[0]) for row in rows[:-1]]

    ties = ["000034", "000059", "000026", "000042"]
    assert order("requested") == [*ties, "000018"]
    assert order("-requested") == ["000018", *ties]
    assert order("activation_rate") == [*ties, "000018"]
    assert order("-naam") == ["000042", "000026", "000018", "000059", "000034"]


@pytest.mark.usefixtures("figures")
def test_a_filter_counts_a_part_and_says_what_all_of_it_is(officer: Client) -> None:
    html = body(officer, f"/rapporten/school/{OF_WAVE}&provincie=BE-BRU&zoek=basis+0026")
    assert table_rows(html) == [
        ["Vrije Basisschool (000026, Brussel)", "2", "0", "0", "0", "0", "0", "0", "–"],
        ["Samen, met deze filters", "2", "0", "0", "0", "0", "0", "0", "–"],
        ["Totaal, zonder deze filters", "6", "0", "4", "0", "4", "0", "1", "25,0 %"],
    ]
    assert "1 van 2 scholen" in " ".join(html.split())
    assert "Filter: Brussel, scholen met “basis 0026”." in html
    assert texts(html, r'class="figure-number">(.*?)</p>')[0] == "2"
    assert texts(html, r'class="chip" href="[^"]*">(.*?)<svg')[2:] == [
        "Provincie: Brussel",
        "Nummer, naam of gemeente: basis 0026",
    ]


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize(
    ("page", "chosen", "matching"),
    [
        ("provincie", "type=PRIMARY", "6"),
        ("provincie", "type=ARTS", ""),
        ("type-onderwijs", "provincie=BE-BRU", "2"),
        ("golf", "provincie=BE-BRU", "2"),
        ("provider", "provincie=BE-VOV&type=PRIMARY", "4"),
    ],
)
def test_a_filter_on_another_dimension(
    officer: Client, page: str, chosen: str, matching: str
) -> None:
    rows = table_rows(body(officer, f"/rapporten/{page}/{OF_WAVE}&{chosen}"))
    assert [row[1] for row in rows[-2:]] == ([matching, "6"] if matching else [])


@pytest.mark.usefixtures("figures")
def test_a_filter_that_finds_nothing_says_so(officer: Client) -> None:
    html = body(officer, f"/rapporten/school/{OF_WAVE}&zoek=onvindbaar")
    assert "Bij deze filters valt niets te tellen." in html
    assert "<table" not in html


@pytest.mark.usefixtures("figures")
def test_a_search_finds_schools_by_their_names_of_today_and_says_so(
    cast: Cast, officer: Client
) -> None:
    """Also as of a day on which the school had another name: that is how its row is labelled."""
    Organisation.objects.filter(pk=cast.school.pk).update(name="De Regenboog")
    of_then = "?golf=golf-1&dag=19/03/2020"
    said = "Zoeken kijkt naar de nummers en namen van nu, ook voor een vroegere dag."
    found = body(officer, f"/rapporten/school/{of_then}&zoek=regenboog")
    assert table_rows(found)[0][:2] == ["De Regenboog (000018, Aalst)", "4"]
    assert said in found
    assert said not in body(officer, f"/rapporten/school/{of_then}")


@pytest.mark.usefixtures("figures")
def test_the_waves_stand_side_by_side(officer: Client) -> None:
    start = {"slug": "golf-2", "name": "Golf 2", "prefix": "G2"}
    make_period(**start, start=date(2020, 9, 1), end=date(2020, 12, 31))
    rows = table_rows(body(officer, "/rapporten/golf/?dag=31/12/2020&leeg=on"))
    assert [row[:2] for row in rows] == [["Golf 1", "6"], ["Golf 2", "0"], ["Totaal", "6"]]
    overview = body(officer, "/rapporten/?dag=31/12/2020")
    assert texts(overview, r'<desc id="chart-description">(.*?)</desc>') == [
        "Golf 1: aangevraagd 6, uitgereikt 4, geactiveerd 1"
    ]


@pytest.mark.usefixtures("figures")
def test_by_provider_a_pupil_without_a_code_has_a_row(officer: Client) -> None:
    rows = table_rows(body(officer, f"/rapporten/provider/{OF_WAVE}"))
    assert [row[:2] for row in rows] == [["Telenet", "4"], ["geen code", "2"], ["Totaal", "6"]]


@pytest.mark.usefixtures("figures")
def test_both_readings_say_what_they_are(officer: Client) -> None:
    cohort = body(officer, f"/rapporten/provincie/{OF_WAVE}")
    activity = body(officer, f"/rapporten/provincie/{OF_WAVE}&lezing=activiteit")
    assert "Cohort van Golf 1: de leerlingen in de aanvragen van deze golf" in cohort
    assert "Activiteit van 1 maart 2020 tot en met 31 juli 2020 (Golf 1)" in activity
    assert texts(cohort, r'figure-label">(.*?)</p>')[-1] == "activatiegraad"
    assert texts(activity, r'figure-label">(.*?)</p>') == [
        "aangevraagd",
        "toegekend",
        "uitgereikt",
        "meegegeven",
        "geactiveerd",
    ]


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
        "Golf: Golf 1",
        "Hoe tellen we? wat in deze dagen gebeurde",
        "Zoals bekend op 31/12/2020",
        "Toon ook scholen zonder aanvraag",
    ]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("dag=31/02/2020", "Dit is geen dag. Schrijf ze als dd/mm/jjjj, zoals 31/12/2026."),
        (
            "dag=01/01/2199",
            "Deze dag is nog niet voorbij. Kies vandaag of een vroegere dag.",
        ),
    ],
)
@pytest.mark.usefixtures("figures")
def test_a_wrong_day_is_said_beside_the_field(officer: Client, address: str, sentence: str) -> None:
    html = body(officer, f"/rapporten/provincie/?{address}")
    assert sentence in html
    assert "<table" not in html
    assert officer.post(f"/rapporten/provincie/csv/?{address}").status_code == 302


@pytest.mark.usefixtures("cast")
def test_nothing_to_count_says_why(officer: Client) -> None:
    assert "Hier valt nog niets te tellen." in body(officer, "/rapporten/provincie/")


@pytest.mark.usefixtures("figures")
def test_a_school_leads_to_what_it_asked(officer: Client) -> None:
    html = body(officer, f"/rapporten/school/{OF_WAVE}")
    (link,) = re.findall(r'<th scope="row"[^>]*><a href="([^"]*zoek=000018[^"]*)"', html)
    assert officer.get(link.replace("&amp;", "&")).status_code == 200


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize(
    ("page", "row", "behind"),
    [
        ("provincie", "Brussel", "Vrije Basisschool (000026, Brussel)"),
        ("type-onderwijs", "gewoon basisonderwijs", "Vrije Basisschool (000018, Aalst)"),
        ("golf", "Golf 1", "G1-00001"),
    ],
)
def test_a_row_leads_to_what_is_behind_it(
    officer: Client, page: str, row: str, behind: str
) -> None:
    html = body(officer, f"/rapporten/{page}/{OF_WAVE}")
    (link,) = re.findall(rf'<th scope="row"[^>]*><a href="([^"]*)">{row}</a>', html)
    assert behind in body(officer, link.replace("&amp;", "&"))
