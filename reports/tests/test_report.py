"""The command `report`: only rows on standard output, exit status 2 on wrong use."""

import hashlib
import json
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import Cast
from reports.figures import BY_NAME
from vouchers.models import Export
from vouchers.tests.factories import make_period

SOME = ["key", "label", "requested", "granted", "handed_out", "activated", "activation_rate"]


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("report", *arguments, stdout=out)
    return out.getvalue()


def rows(*arguments: str) -> Any:
    return json.loads(said(*arguments))


@pytest.mark.usefixtures("one_active_of_four")
@pytest.mark.parametrize(
    ("dimension", "key", "label"),
    [
        ("school", "000018", "Vrije Basisschool (000018, Aalst)"),
        ("education_type", "PRIMARY", "gewoon basisonderwijs"),
        ("province", "BE-VOV", "Oost-Vlaanderen"),
        ("period", "golf-1", "Golf 1"),
        ("provider", "telenet", "Telenet"),
    ],
)
def test_rows_of_a_cohort(dimension: str, key: str, label: str) -> None:
    (row,) = rows("--by", dimension, "--period", "golf-1", "--as-of", "2020-12-31")
    assert list(row) == ["key", "label", *BY_NAME]
    assert [row[name] for name in SOME] == [key, label, 4, 4, 4, 1, 0.25]


@pytest.mark.usefixtures("one_active_of_four")
def test_an_activity_has_no_rate() -> None:
    (row,) = rows("--by", "province", "--period", "golf-1", "--reading", "activity")
    assert [row[name] for name in SOME] == ["BE-VOV", "Oost-Vlaanderen", 4, 4, 4, 1, None]
    assert row["waiting"] is None


@pytest.mark.usefixtures("one_active_of_four")
def test_without_a_period_all_of_them_and_without_a_day_today() -> None:
    (row,) = rows("--by", "school")
    assert row["activated"] == 1
    make_period(slug="golf-2", prefix="G2", start=date(2020, 9, 1), end=date(2020, 12, 31))
    assert rows("--by", "school", "--period", "golf-2") == []


@pytest.mark.usefixtures("one_active_of_four")
def test_as_of_an_earlier_day() -> None:
    (row,) = rows("--by", "school", "--as-of", "2020-03-19")
    assert (row["handed_out"], row["activated"], row["activation_rate"]) == (4, 0, 0.0)
    assert rows("--by", "school", "--as-of", "2020-03-10") == []


@pytest.mark.usefixtures("one_active_of_four")
def test_rows_with_nothing_on_request() -> None:
    assert len(rows("--by", "province", "--with-empty")) == 8


@pytest.mark.usefixtures("one_active_of_four")
def test_csv_opens_in_belgian_excel() -> None:
    wave = ("--period", "golf-1", "--as-of", "2020-12-31")
    header, row, together, end = said("--by", "province", *wave, "--format", "csv").split("\r\n")
    assert header.startswith("\ufeffcode;provincie;aangevraagd;via gemeente of OCMW;toegekend;")
    cells = "4;0;4;0;0;4;0;0;0;1;0;1;0;0;25,00%;cohort;Golf 1;;31/12/2020"
    assert [row, together, end] == [f"BE-VOV;Oost-Vlaanderen;{cells}", f";Totaal;{cells}", ""]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--period", "golf-9"], "Er is geen golf golf-9. Deze zijn er wel: golf-1."),
        (["--as-of", "2999-01-01"], "2999-01-01 is nog niet voorbij. Vraag vandaag of vroeger."),
        (["--format", "xlsx"], "Zeg met --output waar het bestand komt."),
        (
            ["--format", "csv", "--output", "/dev/null/cijfers.csv"],
            "/dev/null/cijfers.csv kan niet geschreven worden: Not a directory.",
        ),
    ],
)
@pytest.mark.usefixtures("cast")
def test_wrong_use_is_a_sentence_and_status_2(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("report", "--by", "school", *arguments)
    assert (str(refusal.value), refusal.value.returncode) == (sentence, 2)
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["--by", "land"], ["--by", "school", "--as-of", "31-12-2020"], ["--by", "school", "--x"]],
)
def test_what_cannot_be_read_is_status_2(arguments: list[str]) -> None:
    answer = subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", "report", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr


@pytest.mark.usefixtures("one_active_of_four")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_leaves_a_trace(cast: Cast, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"cijfers.{kind}"
    assert said("--by", "province", "--format", kind, "--output", str(path)) == ""
    (export,) = Export.objects.all()
    assert (export.made_by, export.format, export.rows) == (cast.administrator, kind, 2)
    assert export.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.usefixtures("one_active_of_four")
def test_who_is_not_of_the_ministry_takes_no_file(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "cijfers.csv"
    with pytest.raises(CommandError) as refusal:
        said(
            "--by",
            "province",
            "--format",
            "csv",
            "--output",
            str(path),
            "--user",
            cast.coordinator.email,
        )
    assert refusal.value.returncode == 1
    assert not path.exists()
    assert not Export.objects.exists()


@pytest.mark.usefixtures("one_active_of_four")
def test_json_in_a_file_is_what_the_screen_says(tmp_path: Path) -> None:
    path = tmp_path / "cijfers.json"
    said("--by", "province", "--output", str(path))
    assert path.read_text() == said("--by", "province")


@pytest.mark.usefixtures("one_active_of_four")
def test_the_json_costs_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        said("--by", "school")
    assert len(queries) == 1
