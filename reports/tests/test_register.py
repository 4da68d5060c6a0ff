"""When the register changes, the figures of a past day do not (failures 19 and 31)."""

from datetime import date

import pytest

from conftest import Cast
from reports.figures import Dimension, Reading
from reports.tables import Question, Row, table, total
from schools import register
from schools.models import Organisation, Province, Succession
from schools.tests.factories import make_school
from schools.tests.official_files import school, school_file
from vouchers.tests.factories import at, handed_out, load_codes, report_activations

pytestmark = pytest.mark.django_db
LAST_DAY, LATER = date(2020, 6, 30), date(2020, 9, 14)
OWN = school(naam="Vrije Basisschool")
OTHER = OWN | {"schoolnummer": "26", "gemeente": "Brussel", "niscode": "21004"}
NOW = at(LATER)


@pytest.fixture
def two_schools(cast: Cast) -> Cast:
    """Two pupils of each school have a code, one code of each school is in use."""
    load_codes(cast.pool, by=cast.officer, codes=4, now=at(date(2020, 3, 2)))
    for asker, person in (
        (cast.school, cast.coordinator),
        (cast.other_school, cast.other_coordinator),
    ):
        given = handed_out(
            asker,
            cast.period,
            by=person,
            officer=cast.officer,
            now=at(date(2020, 4, 3)),
            references=2,
        )
        report_activations(given[:1], on=date(2020, 4, 10), by=cast.provider_user)
    return cast


def shown(cast: Cast, as_of: date = LAST_DAY) -> tuple[dict[Dimension, list[Row]], Row]:
    """All tables and the total as of a day."""
    question = Question(Reading.COHORT, as_of, cast.period)
    tables = {dimension: table(question, dimension) for dimension in Dimension}
    return tables, total(question).row


def import_rows(*rows: dict[str, str]) -> None:
    register.import_schools(content=school_file(*rows), name="scholen.csv", by=None, now=NOW)


def test_imported_again_with_a_school_that_moved_and_one_that_closed(two_schools: Cast) -> None:
    before, later = shown(two_schools), shown(two_schools, LATER)
    import_rows(OWN, OTHER)
    assert shown(two_schools) == before
    moved = {"gemeente": "Antwerpen", "niscode": "11002", "ingerichte hoofdstructuren": "311"}
    import_rows(OWN | moved, OTHER | {"einddatum": "30/06/2020"})
    assert Organisation.objects.get(number="000018").province == Province.ANTWERPEN
    assert Organisation.objects.get(number="000026").closed_on == date(2020, 7, 1)
    assert shown(two_schools) == before
    assert shown(two_schools, LATER) == later


def test_schools_that_merge(two_schools: Cast) -> None:
    before, (later, _all) = shown(two_schools), shown(two_schools, LATER)
    register.merge_schools(
        old=[two_schools.school],
        into=two_schools.other_school,
        on=date(2020, 9, 1),
        by=None,
        now=NOW,
    )
    assert Succession.objects.count() == 1
    assert shown(two_schools) == before
    merged, _all = shown(two_schools, LATER)
    assert {each: [row.numbers for row in rows] for each, rows in merged.items()} == {
        each: [row.numbers for row in rows] for each, rows in later.items()
    }
    assert [row.label for row in merged[Dimension.SCHOOL]] == [
        "Vrije Basisschool (000018, Aalst), sinds 01/09/2020 opgegaan in "
        "Vrije Basisschool (000026, Brussel)",
        "Vrije Basisschool (000026, Brussel)",
    ]


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_school_that_splits_keeps_its_own_row(two_schools: Cast, goes_on: bool) -> None:
    """No line can be in two successors: totals stay, past days stay, and the label says so."""
    before, (later, _all) = shown(two_schools), shown(two_schools, LATER)
    third = make_school(number="000034", municipality="Gent")
    into = [third] if goes_on else [two_schools.other_school, third]
    register.split_school(
        old=two_schools.school, into=into, on=date(2020, 9, 1), goes_on=goes_on, by=None, now=NOW
    )
    assert shown(two_schools) == before
    after, _all = shown(two_schools, LATER)
    assert {each: [row.numbers for row in rows] for each, rows in after.items()} == {
        each: [row.numbers for row in rows] for each, rows in later.items()
    }
    first = (
        "Vrije Basisschool (000018, Aalst)" if goes_on else "Vrije Basisschool (000026, Brussel)"
    )
    assert after[Dimension.SCHOOL][0].label == (
        f"Vrije Basisschool (000018, Aalst), sinds 01/09/2020 gesplitst in {first} en "
        "Vrije Basisschool (000034, Gent)"
    )


def test_a_merger_is_told_from_the_day_it_was_entered_to_the_day_it_was_undone(
    two_schools: Cast,
) -> None:
    """Since 1 September, entered on the 14th, undone on the 20th: each day as it was shown."""
    school, learned, undone = two_schools.school, date(2020, 9, 14), date(2020, 9, 20)
    register.merge_schools(
        old=[school], into=two_schools.other_school, on=date(2020, 9, 1), by=None, now=at(learned)
    )
    register.undo_succession(old=school, by=None, now=at(undone))
    days = (date(2020, 9, 13), learned, date(2020, 9, 19), undone)
    labels = [shown(two_schools, day)[0][Dimension.SCHOOL][0].label for day in days]
    assert ["opgegaan in" in label for label in labels] == [False, True, True, False]
