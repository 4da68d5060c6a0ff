import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import search
from pages.coordinator.school_names import MOST_NAMES, find_schools, names_a_school
from schools.models import Organisation
from schools.tests.factories import make_ocmw, make_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def linde() -> Organisation:
    return make_school(number="000018", name="Vrije Basisschool De Linde", municipality="Aalst")


@pytest.fixture
def beuk() -> Organisation:
    return make_school(number="000026", name="Vrije Basisschool De Beuk", municipality="Gent")


def test_numbers_and_names_find_their_schools(linde: Organisation, beuk: Organisation) -> None:
    make_ocmw()
    found = find_schools(["18", "000026", str(beuk), "linde", "vrije gent", "", "Vrije", "000034"])
    assert found == {
        "18": linde,
        "000026": beuk,
        str(beuk): beuk,
        "linde": linde,
        "vrije gent": beuk,
        "Vrije": found["Vrije"],
        "000034": "We vinden geen school met '000034'. Zoek op naam of gemeente, of kijk het "
        "nummer na.",
    }
    assert str(found["Vrije"]).startswith("Meer dan één school past bij 'Vrije', zoals Vrije")


@pytest.mark.parametrize("names", [1, 5, MOST_NAMES])
def test_names_are_looked_up_in_one_query_and_numbers_in_another(
    linde: Organisation, names: int
) -> None:
    texts = [f"linde {at}" for at in range(names - 1)] + ["linde", "18", "26"]
    with CaptureQueriesContext(connection) as asked:
        found = find_schools(texts)
    assert len(asked) == 2
    assert (found["linde"], found["18"]) == (linde, linde)


def test_no_more_names_are_looked_up_than_that_and_the_sentence_says_so(
    linde: Organisation,
) -> None:
    texts = [f"x{at}" for at in range(MOST_NAMES - 1)] + ["linde", "aalst", "linde aalst"]
    found = find_schools(texts)
    assert found["linde"] == linde
    assert {found["aalst"], found["linde aalst"]} == {
        "Vul het nummer van deze school in: in één aanvraag zoeken we ten hoogste 50 namen op."
    }


def test_a_name_that_a_search_would_cut_off_finds_no_other_school(linde: Organisation) -> None:
    cut_off = "vrije basisschool de linde aalst vrije de basisschool gent"
    assert Organisation.objects.matching(search.cut(cut_off)).count() == 1
    assert find_schools([cut_off]) == {
        cut_off: "Deze naam is te lang om op te zoeken: ten hoogste 8 woorden en 100 tekens. "
        "Vul het nummer van de school in."
    }


def test_a_school_is_recognised_by_its_six_digits_among_other_text(linde: Organisation) -> None:
    assert names_a_school(["3A", "school 000018 (Aalst)"])
    assert not names_a_school(["3A", "0000181", "000034"])
    assert not names_a_school([])
