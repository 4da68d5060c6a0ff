"""The register after a file, after the same file again, and after a different one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.refused import Refused
from common.tables import csv_reading, reading
from common.tables.tests import xlsx_reader
from common.tables.tests.xlsx_reader import as_xlsx
from conftest import Cast
from history.models import HistoryEvent
from schools import register
from schools.models import Organisation, Province, PupilCount, RegisterImport, Succession
from schools.register import ImportResult
from schools.register_changes import Effect
from schools.tests.factories import make_ocmw, make_school
from schools.tests.official_files import count_file, local_file, municipality, school, school_file

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 6, 15, 9, tzinfo=UTC)
MERGER = date(2022, 9, 1)
LEARNED = datetime(2022, 10, 3, 9, tzinfo=UTC)
FIRST, SECOND, THIRD = school(), school(schoolnummer="26"), school(schoolnummer="34")


def schools(*rows: dict[str, str], dry_run: bool = False) -> ImportResult:
    return register.import_schools(
        content=school_file(*rows), name="scholen.csv", by=None, now=NOW, dry_run=dry_run
    )


def local(*rows: dict[str, str]) -> ImportResult:
    return register.import_organisations(
        content=local_file(*rows), name="gemeenten.csv", by=None, now=NOW
    )


def counts(*rows: tuple[str, str], year: str = "2021-2022", dry_run: bool = False) -> ImportResult:
    return register.import_pupil_counts(
        content=count_file(*rows),
        name="aantallen.csv",
        school_year=year,
        by=None,
        now=NOW,
        dry_run=dry_run,
    )


def the(number: str) -> Organisation:
    return Organisation.objects.get(number=number)


def everything() -> list[object]:
    """Everything in the register."""
    tables = (Organisation.objects, PupilCount.objects, Succession.objects)
    return [row for table in tables for row in table.order_by("pk").values()]


def texts(result: ImportResult) -> list[str]:
    return [remark.text for remark in result.warnings]


def test_schools_come_in_with_their_trace() -> None:
    result = schools(FIRST, SECOND)
    assert result.counts == {"created": 2}
    assert (the("000018").name, the("000018").structures) == (
        "Vrije Basisschool Élan",
        ["111", "211"],
    )
    events = HistoryEvent.objects.filter(table="schools_organisation", operation="I")
    assert (
        list(events.values_list("actor", "reason")) == [(None, "lijst van scholen ingelezen")] * 2
    )
    note = RegisterImport.objects.get()
    assert (note.what, note.file_name, note.imported_at, note.rows, note.created) == (
        RegisterImport.What.SCHOOLS,
        "scholen.csv",
        NOW,
        2,
        2,
    )


def test_the_same_file_again_changes_nothing() -> None:
    schools(FIRST, SECOND)
    before, events = everything(), HistoryEvent.objects.count()
    result = schools(FIRST, SECOND)
    assert (result.counts, result.refused, result.warnings) == ({"unchanged": 2}, [], [])
    assert (everything(), HistoryEvent.objects.count()) == (before, events)
    assert RegisterImport.objects.count() == 2


def test_one_changed_one_closed_one_new() -> None:
    schools(FIRST, SECOND)
    result = schools(FIRST | {"naam": "De Stap"}, SECOND | {"einddatum": "31/08/2022"}, THIRD)
    assert result.counts == {"changed": 1, "closed": 1, "created": 1}
    assert (the("000018").name, the("000026").closed_on) == ("De Stap", date(2022, 9, 1))
    updates = HistoryEvent.objects.filter(table="schools_organisation", operation="U")
    assert {event.row for event in updates} == {the("000018").pk, the("000026").pk}


def test_a_dry_run_says_the_same_counts_and_writes_nothing() -> None:
    schools(FIRST, SECOND)
    before = everything()
    rows = (FIRST | {"naam": "x"}, SECOND | {"einddatum": "31/08/2022"}, THIRD, school(naam=""))
    tried = schools(*rows, dry_run=True)
    assert (everything(), RegisterImport.objects.count()) == (before, 1)
    assert schools(*rows) == tried


def test_a_school_that_is_not_in_the_file_stays_and_is_counted() -> None:
    schools(FIRST, SECOND, THIRD | {"einddatum": "31/08/2021"})
    result = schools(FIRST)
    assert texts(result) == [
        "1 organisatie staat wel in het register, maar niet in dit bestand. Ze blijft zoals ze is."
    ]
    assert the("000026").closed_on is None


def test_a_school_that_reopens_is_changed() -> None:
    schools(FIRST | {"einddatum": "31/08/2022"})
    assert schools(FIRST).counts == {"changed": 1}
    assert the("000018").closed_on is None


def test_an_end_before_the_beginning_is_refused() -> None:
    result = schools(FIRST, SECOND | {"begindatum": "01/09/2022", "einddatum": "31/08/2020"})
    assert [(remark.line, remark.text) for remark in result.refused] == [
        (3, "De einddatum valt voor de begindatum. Kijk beide na.")
    ]
    assert result.counts == {"created": 1}


def test_the_ministry_or_an_operator_and_nobody_else(cast: Cast) -> None:
    register.import_schools(content=school_file(THIRD), name="x", by=cast.officer, now=NOW)
    event = HistoryEvent.objects.filter(table="schools_organisation").latest("id")
    assert event.actor == cast.officer.pk
    with pytest.raises(Refused):
        register.import_schools(content=school_file(THIRD), name="x", by=cast.coordinator, now=NOW)


@pytest.mark.as_owner
def test_a_row_about_an_import_is_never_changed() -> None:
    schools(FIRST)
    with pytest.raises(IntegrityError, match="update is refused"):
        RegisterImport.objects.update(created=0)


def statements(act: Callable[[], object]) -> int:
    """How many statements this takes."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def statements_of_imports(numbers: range) -> list[int]:
    """For creating these schools, changing all of them, changing nothing, and counting pupils."""

    def named(name: str) -> int:
        rows = [school(schoolnummer=str(number), naam=name) for number in numbers]
        return statements(lambda: schools(*rows))

    pupils = [(str(number), "100") for number in numbers]
    return [named("Een"), named("Twee"), named("Twee"), statements(lambda: counts(*pupils))]


def test_the_statements_do_not_grow_with_the_rows() -> None:
    assert statements_of_imports(range(50)) == statements_of_imports(range(100, 1100))


# Municipalities


BORSBEEK = municipality(
    provincie="Antwerpen",
    nis="11007", gemeente="Borsbeek", hoofdpostcode="2150", nis_2025="11002",
    kbo_gemeente="0400000086", kbo_ocmw="0400000185",
)  # fmt: skip
ANTWERP = municipality(
    provincie="Antwerpen",
    nis="11002", gemeente="Antwerpen", hoofdpostcode="2000", nis_2025="11002",
    kbo_gemeente="0400000284", kbo_ocmw="0400000383",
)  # fmt: skip
ZWIJNDRECHT = BORSBEEK | {"nis": "11056", "gemeente": "Zwijndrecht", "nis_2025": "46030"}
BEVEREN = ANTWERP | {"nis": "46030", "gemeente": "Beveren-Kruibeke-Zwijndrecht",
                     "nis_2025": "46030", "provincie": ""}  # fmt: skip


def links() -> set[tuple[str, str, date]]:
    """Which organisation merged into which."""
    found = Succession.objects.values_list("predecessor__name", "successor__name", "on")
    return set(found)


def test_a_municipality_that_went_into_another_is_closed_with_its_successor() -> None:
    assert local(BORSBEEK, ANTWERP).counts == {"created": 4}
    assert the("0400000086").closed_on == date(2025, 1, 1)
    assert the("0400000284").closed_on is None
    assert links() == {
        ("Gemeente Borsbeek", "Gemeente Antwerpen", date(2025, 1, 1)),
        ("OCMW Borsbeek", "OCMW Antwerpen", date(2025, 1, 1)),
    }
    assert local(BORSBEEK, ANTWERP).counts == {"unchanged": 4}


def test_a_successor_that_is_not_known_yet_is_asked_and_linked_when_it_comes() -> None:
    result = local(ZWIJNDRECHT)
    assert texts(result) == [
        "Gemeenten die in 2025 samengingen, zijn gesloten, maar we kennen de nieuwe niet met "
        "NIS-code 46030. Voeg ze met hun KBO-nummers toe aan het bestand en lees het opnieuw in."
    ]
    assert (the("0400000086").closed_on, links()) == (date(2025, 1, 1), set())
    again = local(ZWIJNDRECHT, BEVEREN)
    assert (again.counts, again.warnings) == ({"changed": 2, "created": 2}, [])
    assert len(links()) == 2
    assert [the(number).province for number in ("0400000086", "0400000284")] == [
        Province.ANTWERPEN,
        Province.OOST_VLAANDEREN,
    ]


def test_a_municipality_that_the_file_says_nothing_about_keeps_its_postcode() -> None:
    local(BORSBEEK)
    headings = ["nis", "gemeente", "kbo_gemeente", "kbo_ocmw"]
    result = register.import_organisations(
        content=local_file(BORSBEEK, headings=headings), name="x", by=None, now=NOW
    )
    assert result.counts == {"unchanged": 2}
    assert (the("0400000086").postcode, the("0400000086").closed_on) == ("2150", date(2025, 1, 1))


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_wait_for_each_other() -> None:
    results: list[ImportResult] = []

    def import_here() -> None:
        results.append(local(BORSBEEK, ANTWERP))
        connection.close()

    threads = [threading.Thread(target=import_here) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(dict, (result.counts for result in results)), key=str) == [
        {"created": 4},
        {"unchanged": 4},
    ]
    assert len(links()) == 2


# Pupils


def test_pupils_of_a_school_year_come_in_once() -> None:
    schools(FIRST, SECOND)
    result = counts(("18", "502"), ("999999", "3"))
    assert result.counts == {"created": 1}
    assert [(remark.line, remark.text) for remark in result.refused] == [
        (
            3,
            "School 999999 staat niet in het register. Kijk het nummer na, of lees eerst de lijst "
            "van scholen in.",
        )
    ]
    before = everything()
    assert counts(("18", "502")).counts == {"unchanged": 1}
    assert counts(("18", "503"), ("26", "10"), dry_run=True).counts == {"changed": 1, "created": 1}
    assert everything() == before
    assert counts(("18", "503"), ("26", "10")).counts == {"changed": 1, "created": 1}
    assert counts(("18", "490"), year="2022-2023").counts == {"created": 1}
    assert list(
        PupilCount.objects.order_by("school_year", "organisation__number").values_list(
            "organisation__number", "school_year", "pupils"
        )
    ) == [("000018", "2021-2022", 503), ("000026", "2021-2022", 10), ("000018", "2022-2023", 490)]


def test_a_school_without_a_number_in_the_file_keeps_the_one_it_had() -> None:
    schools(FIRST, SECOND)
    counts(("18", "502"), ("26", "10"))
    assert texts(counts(("18", "502"))) == [
        "1 organisatie staat wel in het register, maar niet in dit bestand. Ze blijft zoals ze is."
    ]


# Mergers


def test_merged_schools_are_closed_and_have_a_successor(cast: Cast) -> None:
    third = make_school(number="000034", closed_on=date(2022, 7, 1))
    old = [cast.school, third]
    register.merge_schools(old=old, into=cast.other_school, on=MERGER, by=cast.officer, now=LEARNED)
    assert set(Succession.objects.values_list("predecessor", "successor", "on")) == {
        (each.pk, cast.other_school.pk, MERGER) for each in old
    }
    assert [the(number).closed_on for number in ("000018", "000034", "000026")] == [
        MERGER,
        date(2022, 7, 1),
        None,
    ]
    event = HistoryEvent.objects.filter(table="schools_succession").latest("id")
    assert (event.actor, event.reason) == (cast.officer.pk, "scholen samengevoegd")


def test_a_file_that_does_not_know_a_merger_yet_does_not_undo_it() -> None:
    schools(FIRST, SECOND)
    register.merge_schools(old=[the("000018")], into=the("000026"), on=MERGER, by=None, now=LEARNED)
    before = everything()
    result = schools(FIRST, SECOND)
    assert result.counts == {"unchanged": 2}
    assert texts(result) == [
        "Vrije Basisschool Élan (000018, Aalst) staat hier nog open, maar ging al op in een "
        "andere. Ze blijft gesloten."
    ]
    assert everything() == before
    assert schools(FIRST | {"naam": "De Stap"}, SECOND).counts == {"changed": 1, "unchanged": 1}
    assert (the("000018").name, the("000018").closed_on) == ("De Stap", MERGER)


def test_a_file_that_knows_the_merger_changes_nothing_more() -> None:
    schools(FIRST, SECOND)
    register.merge_schools(old=[the("000018")], into=the("000026"), on=MERGER, by=None, now=LEARNED)
    result = schools(FIRST | {"einddatum": "31/08/2022"}, SECOND)
    assert (result.counts, result.warnings) == ({"unchanged": 2}, [])


def merge(cast: Cast, *old: Organisation, into: Organisation | None = None) -> str:
    """The sentence with which a merger is refused."""
    with pytest.raises(Refused) as refused:
        register.merge_schools(
            old=old, into=into or cast.other_school, on=MERGER, by=cast.officer, now=LEARNED
        )
    assert not Succession.objects.filter(on=MERGER).exists()
    return refused.value.message


def test_what_cannot_merge(cast: Cast) -> None:
    own, ocmw = cast.school, make_ocmw()
    assert (
        merge(cast, cast.other_school)
        == merge(cast, own, own)
        == ("Noem elke school één keer: een school gaat op in een andere.")
    )
    assert merge(cast, ocmw) == "Alleen scholen kan je zo samenvoegen."
    gone = make_school(number="000034", closed_on=date(2022, 8, 1))
    assert merge(cast, own, into=gone) == (
        "Vrije Basisschool (000034, Aalst) bestaat niet op 01/09/2022. Kies een andere school of "
        "een andere dag."
    )
    later = make_school(number="000042", closed_on=date(2023, 7, 1))
    assert merge(cast, later) == (
        "Vrije Basisschool (000042, Aalst) sluit volgens het register pas op 01/07/2023. Kies die "
        "dag."
    )
    young = make_school(number="000059")
    Organisation.objects.filter(pk=young.pk).update(opened_on=date(2023, 9, 1))
    assert merge(cast, young) == (
        "Vrije Basisschool (000059, Aalst) bestaat nog niet op 01/09/2022. Kies een latere dag."
    )
    Succession.objects.create(predecessor=gone, successor=own, on=date(2022, 8, 1))
    assert merge(cast, gone) == (
        "Vrije Basisschool (000034, Aalst) is al opgegaan in Vrije Basisschool (000018, Aalst), "
        "op 01/08/2022."
    )


def test_a_coordinator_merges_nothing(cast: Cast) -> None:
    with pytest.raises(Refused):
        register.merge_schools(
            old=[cast.school], into=cast.other_school, on=MERGER, by=cast.coordinator, now=LEARNED
        )


def test_an_undone_merger_opens_the_school_again_and_may_be_entered_anew(cast: Cast) -> None:
    for _time in range(2):
        register.merge_schools(
            old=[cast.school], into=cast.other_school, on=MERGER, by=cast.officer, now=LEARNED
        )
        (undone,) = register.undo_succession(old=cast.school, by=cast.officer, now=LEARNED)
        undone.refresh_from_db()
        assert (undone.withdrawn_at, the("000018").closed_on) == (LEARNED, None)
    assert Succession.objects.count() == 2
    with pytest.raises(Refused, match="niet samengevoegd en niet gesplitst"):
        register.undo_succession(old=cast.school, by=cast.officer, now=LEARNED)
    with pytest.raises(Refused):
        register.undo_succession(old=cast.school, by=cast.coordinator, now=LEARNED)


def test_undoing_leaves_the_day_on_which_the_register_closed_it(cast: Cast) -> None:
    third = make_school(number="000034", closed_on=date(2022, 7, 1))
    register.merge_schools(
        old=[third], into=cast.other_school, on=MERGER, by=cast.officer, now=LEARNED
    )
    register.undo_succession(old=third, by=cast.officer, now=LEARNED)
    assert the("000034").closed_on == date(2022, 7, 1)


def test_the_database_keeps_what_was_known_of_a_merger(cast: Cast) -> None:
    register.merge_schools(
        old=[cast.school], into=cast.other_school, on=MERGER, by=cast.officer, now=LEARNED
    )
    register.undo_succession(old=cast.school, by=cast.officer, now=LEARNED)
    for column in ("withdrawn_at", "recorded_at", "on"):
        value = MERGER.replace(day=2) if column == "on" else None
        with pytest.raises(IntegrityError), transaction.atomic():
            Succession.objects.update(**{column: value})


# Splits


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_school_that_splits_closes_or_goes_on(cast: Cast, goes_on: bool) -> None:
    third = make_school(number="000034")
    parts = [cast.other_school, third]
    register.split_school(
        old=cast.school, into=parts, on=MERGER, goes_on=goes_on, by=cast.officer, now=LEARNED
    )
    assert set(Succession.objects.values_list("predecessor", "successor", "on")) == {
        (cast.school.pk, each.pk, MERGER) for each in parts
    }
    closed = [the(number).closed_on for number in ("000018", "000026", "000034")]
    assert closed == [None if goes_on else MERGER, None, None]


def split(cast: Cast, *into: Organisation, goes_on: bool = False) -> str:
    """The sentence with which a split of the own school is refused."""
    with pytest.raises(Refused) as refused:
        register.split_school(
            old=cast.school, into=into, on=MERGER, goes_on=goes_on, by=cast.officer, now=LEARNED
        )
    assert (Succession.objects.count(), the("000018").closed_on) == (0, None)
    return refused.value.message


def test_what_cannot_split(cast: Cast) -> None:
    other = cast.other_school
    assert split(cast, other).startswith("Een school splitst in minstens twee.")
    assert split(cast, goes_on=True).startswith("Een school splitst in minstens twee.")
    assert (
        split(cast, other, other)
        == split(cast, other, cast.school)
        == "Noem elke school één keer: een school splitst in andere."
    )
    assert split(cast, other, make_ocmw()) == "Alleen scholen kan je zo splitsen."
    gone = make_school(number="000034", closed_on=date(2022, 8, 1))
    assert split(cast, other, gone) == (
        "Vrije Basisschool (000034, Aalst) bestaat niet op 01/09/2022. Kies een andere school of "
        "een andere dag."
    )
    with pytest.raises(Refused):
        register.split_school(
            old=cast.school, into=[other], on=MERGER, goes_on=True, by=cast.coordinator, now=LEARNED
        )


# Any file


# No null character, which refuses the whole file, and no site: other tests cover those.
any_cell = st.one_of(
    st.sampled_from(["", "18", "26", "999999", "41002", "01/09/2022", "31/08/2020", "111-999"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
)
any_row = st.dictionaries(st.sampled_from(sorted(school().keys() - {"hoofdzetel"})), any_cell)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(any_row, max_size=6))
def test_any_rows_are_counted_or_refused(cells: list[dict[str, str]]) -> None:
    rows = [school(), *(school() | row for row in cells)]
    result = schools(*rows)
    assert result.counts.total() + len(result.refused) == len(rows)
    again = schools(*rows)
    assert again.counts == {"unchanged": result.counts.total()}


def test_another_format_of_an_official_file_goes_the_same_road(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def imported(content: bytes, *, dry_run: bool = False) -> ImportResult:
        return register.import_schools(
            content=content, name="scholen", by=None, now=NOW, dry_run=dry_run
        )

    content = school_file(FIRST, school(schoolnummer="26", niscode="1"), SECOND)
    with pytest.raises(Refused, match="Dit lijkt een Excel-bestand"):
        imported(as_xlsx(content))

    monkeypatch.setattr(reading, "READERS", [csv_reading, xlsx_reader])
    from_csv = imported(content, dry_run=True)
    assert imported(as_xlsx(content)) == from_csv
    assert Organisation.objects.schools().count() == 2
    assert imported(content).counts == {Effect.UNCHANGED: 2}
