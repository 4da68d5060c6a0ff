"""The commands of the register, as an operator runs them."""

from pathlib import Path

import pytest

from accounts.tests.factories import make_ministry_user
from common.tests.commands import Answer, run
from conftest import Cast
from history.models import HistoryEvent
from schools.models import Organisation, PupilCount, Succession
from schools.register_rows import SCHOOL_HEADINGS
from schools.tests.factories import make_school
from schools.tests.official_files import count_file, local_file, municipality, school, school_file

pytestmark = pytest.mark.django_db
NOTHING = {"created": 0, "changed": 0, "closed": 0, "unchanged": 0, "refused": 0}
AFTER = {"dry_run": False, "refusal": "", "refusals": [], "warnings": []}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One school, as the ministry publishes it."""
    path = tmp_path / "scholen.csv"
    path.write_bytes(school_file(school()))
    return path


def test_the_last_line_is_one_object_with_the_counts(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = run(capsys, "import_schools", path, "--json")
    assert answer.status == 0
    assert answer.object == NOTHING | AFTER | {"created": 1, "rows": 1}
    assert answer.lines[:-1] == [
        "1 nieuw",
        "0 gewijzigd",
        "0 gesloten",
        "0 ongewijzigd",
        "0 geweigerd",
    ]
    again = run(capsys, "import_schools", path, "--json")
    assert (again.status, again.object) == (0, NOTHING | AFTER | {"unchanged": 1, "rows": 1})


def test_a_refused_row_is_named_and_the_status_says_so(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(
        school_file(school(), school(schoolnummer="26", niscode=""), school(schoolnummer="35"))
    )
    answer = run(capsys, "import_schools", path, "--json")
    reason = "De NIS-code heeft geen 5 cijfers. Kijk de kolom na."
    warning = "Kijk nummer 000035 na: het laatste cijfer klopt niet."
    assert answer.status == 1
    assert answer.object == NOTHING | AFTER | {
        "created": 2,
        "refused": 1,
        "rows": 3,
        "refusals": [{"line": 3, "text": reason}],
        "warnings": [{"line": 4, "text": warning}],
    }
    assert answer.lines[:2] == [f"Regel 3: {reason}", f"Let op: regel 4: {warning}"]


def test_a_warning_refuses_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(school_file(school(schoolnummer="19")))
    answer = run(capsys, "import_schools", path, "--json")
    assert (answer.status, answer.object["refused"], len(answer.object["warnings"])) == (0, 0, 1)


def test_only_the_first_remarks_are_printed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(school_file(school(), *(school(naam="") for _ in range(52))))
    answer = run(capsys, "import_schools", path)
    assert len([line for line in answer.lines if line.startswith("Regel")]) == 50
    assert "… en nog 2 regels." in answer.lines


def test_a_dry_run_writes_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(capsys, "import_schools", path, "--dry-run", "--json")
    assert (answer.status, answer.object["created"], answer.object["dry_run"]) == (0, 1, True)
    assert answer.lines[-2] == "Er is niets gewijzigd: dit was een proef."
    assert not Organisation.objects.exists()


def test_a_file_without_a_needed_column_is_refused(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    headings = [heading for heading in SCHOOL_HEADINGS if heading != "niscode"]
    path.write_bytes(school_file(school(), headings=headings))
    answer = run(capsys, "import_schools", path, "--json")
    assert (answer.status, answer.object["created"], answer.object["rows"]) == (1, 0, 0)
    assert answer.object["refusal"] == answer.lines[0]
    assert answer.lines[0].startswith("We vinden kolom 'niscode' niet in dit bestand. Deze ")


def test_who_and_where_are_in_the_history(
    cast: Cast, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(school_file(school(schoolnummer="34")))
    run(capsys, "import_schools", path)
    event = HistoryEvent.objects.filter(table="schools_organisation").latest("id")
    assert (event.origin, event.actor) == ("command:import_schools", cast.administrator.pk)
    make_ministry_user(email="tweede@example.org", role="administrator")
    path.write_bytes(school_file(school(schoolnummer="42")))
    run(capsys, "import_schools", path)
    assert HistoryEvent.objects.filter(table="schools_organisation").latest("id").actor is None
    refused = run(capsys, "import_schools", path, "--user", cast.coordinator.email)
    assert refused == Answer(1, ["Alleen het ministerie kan het register bijwerken."])


def test_municipalities_and_pupils(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "import_schools", path)
    places, pupils = tmp_path / "gemeenten.csv", tmp_path / "aantallen.csv"
    places.write_bytes(local_file(municipality()))
    pupils.write_bytes(count_file(("000018", "502")))
    answer = run(capsys, "import_organisations", places, "--json")
    assert (answer.status, answer.object["created"], answer.object["rows"]) == (0, 2, 1)
    year = ("--school-year", "2021-2022")
    answer = run(capsys, "import_pupil_counts", pupils, *year, "--json")
    assert (answer.status, answer.object) == (0, NOTHING | AFTER | {"created": 1, "rows": 1})
    assert PupilCount.objects.get().school_year == "2021-2022"


def test_schools_merge(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    merge = ("merge_schools", "18", "--into", "26", "--on", "2022-09-01", "--json")
    answer = run(capsys, *merge)
    assert (answer.status, answer.object) == (0, {"merged": 1, "refusal": ""})
    succession = Succession.objects.get()
    assert (succession.predecessor, succession.successor) == (cast.school, cast.other_school)
    event = HistoryEvent.objects.filter(table="schools_succession").get()
    assert (event.origin, event.actor) == ("command:merge_schools", cast.administrator.pk)
    again = run(capsys, *merge)
    assert (again.status, again.object["merged"]) == (1, 0)
    assert again.object["refusal"] == again.lines[0]
    undone = run(capsys, "undo_succession", "18", "--json")
    assert (undone.status, undone.object) == (0, {"undone": 1, "refusal": ""})
    assert run(capsys, "undo_succession", "18").status == 1
    assert run(capsys, *merge).object["merged"] == 1


def test_a_school_splits(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    make_school(number="000034")
    split = ("split_school", "18", "--into", "26", "34", "--on", "2022-09-01", "--json")
    answer = run(capsys, *split)
    assert (answer.status, answer.object) == (0, {"successors": 2, "refusal": ""})
    event = HistoryEvent.objects.filter(table="schools_succession").latest("id")
    assert (event.origin, event.actor, event.reason) == (
        "command:split_school",
        cast.administrator.pk,
        "school gesplitst",
    )
    assert run(capsys, *split).status == 1
    into_one = ("split_school", "26", "--into", "34", "--on", "2022-09-01")
    assert run(capsys, *into_one).status == 1
    assert run(capsys, *into_one, "--goes-on").status == 0
    assert Succession.objects.count() == 3


@pytest.mark.parametrize("year", ["2021", "2021-2023", "2022-2021", "21-22"])
def test_a_school_year_is_two_years_that_follow(
    year: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = run(capsys, "import_pupil_counts", path, "--school-year", year)
    assert answer == Answer(2, ["Schrijf het schooljaar als 2021-2022."])


def test_wrong_use(cast: Cast, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = path.with_name("weg.csv")
    assert run(capsys, "import_schools", gone).status == 2
    assert run(capsys, "import_schools", path, "--user", "x@example.org").status == 2
    assert run(capsys, "merge_schools", "18", "--into", "99", "--on", "2022-09-01") == Answer(
        2, ["Er is geen school met nummer 99."]
    )
    assert run(capsys, "merge_schools", "18", "--into", "26", "--on", "ooit").status == 2
