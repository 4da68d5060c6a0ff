"""load_codes and import_activations, as an operator runs them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.tests.factories import make_ministry_user
from common.tests.commands import Answer, run
from conftest import Cast
from history.models import HistoryEvent
from vouchers.models import Activation, ProviderFile, Voucher
from vouchers.tests.factories import at, code_csv, code_of, handed_out, load_codes

YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def codes_file(tmp_path: Path) -> Path:
    path = tmp_path / "codes.csv"
    path.write_bytes(code_csv(["AB-1", "AB-2"]))
    return path


def test_codes_are_loaded(cast: Cast, codes_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(capsys, "load_codes", codes_file, "--pool", cast.pool.pk, "--json")
    file = ProviderFile.objects.get()
    assert (answer.status, answer.object) == (
        0,
        {
            "file": file.pk, "state": "APPLIED", "is_new": True, "dry_run": False, "rows": 2,
            "counts": {"NEW": 2}, "refusal": "",
        },
    )  # fmt: skip
    assert answer.lines[:-1] == ["2 nieuw"]
    assert (Voucher.objects.count(), file.uploaded_by) == (2, cast.administrator)
    event = HistoryEvent.objects.filter(table="vouchers_voucher").latest("id")
    assert (event.origin, event.actor) == ("command:load_codes", cast.administrator.pk)


def test_the_same_file_again_changes_nothing_and_says_so(
    cast: Cast, codes_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "load_codes", codes_file, "--pool", cast.pool.pk)
    answer = run(capsys, "load_codes", codes_file, "--pool", cast.pool.pk, "--json")
    assert answer.status == 0
    assert answer.lines[0] == "Dit bestand kennen we al. Er verandert niets."
    assert (answer.object["is_new"], answer.object["counts"]) == (False, {"NEW": 2})
    assert Voucher.objects.count() == 2


def test_refused_rows_are_named_and_the_status_says_so(
    cast: Cast, codes_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes_file.write_bytes(code_csv(["AB-1", "AB 1", "AB-2"]) + b"\n;x")
    answer = run(capsys, "load_codes", codes_file, "--pool", cast.pool.pk, "--json")
    assert (answer.status, answer.object["counts"]) == (
        1, {"NEW": 2, "DOUBLE_IN_FILE": 1, "BAD_ROW": 1},
    )  # fmt: skip
    assert answer.lines[:2] == [
        "Regel 3: Deze code staat ook op regel 2 van dit bestand. Die eerste regel telt.",
        "Regel 5: In kolom 'code' staat geen code. Vul ze in of laat de regel weg.",
    ]


def test_a_file_without_the_columns_is_refused(
    cast: Cast, codes_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes_file.write_text("naam\nx\n")
    answer = run(capsys, "load_codes", codes_file, "--pool", cast.pool.pk, "--json")
    assert (answer.status, answer.object["state"]) == (1, "REFUSED")
    assert answer.object["refusal"].startswith("We vinden de kolommen 'code', 'wachtwoord' niet")


def test_codes_known_in_another_pool_are_not_said_to_be_in_this_one(
    cast: Cast, codes_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "load_codes", codes_file, "--pool", cast.pool.pk)
    other = cast.pool.agreement.pools.create(name="april", valid_until=date(2020, 12, 31))
    answer = run(capsys, "load_codes", codes_file, "--pool", other.pk, "--json")
    assert (answer.status, answer.lines[0]) == (
        1, "Dit bestand is al geladen, in voorraad maart.",
    )  # fmt: skip


def test_wrong_use(
    cast: Cast, codes_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = cast.pool.pk
    assert run(capsys, "load_codes", codes_file, "--pool", 0) == Answer(
        2, ["Er is geen voorraad 0."]
    )
    missing = run(capsys, "load_codes", tmp_path / "weg.csv", "--pool", pool)
    assert missing.status == 2
    nobody = run(capsys, "load_codes", codes_file, "--pool", pool, "--user", "x@example.org")
    assert nobody == Answer(2, ["Niemand met adres x@example.org kan hier aanmelden."])
    make_ministry_user(email="tweede@example.org", role="administrator")
    assert run(capsys, "load_codes", codes_file, "--pool", pool) == Answer(
        2, ["Er zijn 2 beheerders. Zeg met --user EMAIL wie dit doet."]
    )
    assert Voucher.objects.count() == 0


def test_who_may_not_do_it_is_told_so(
    cast: Cast, codes_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = run(
        capsys, "load_codes", codes_file, "--pool", cast.pool.pk, "--user", "telenet@example.org"
    )
    assert answer == Answer(
        1, ["Codes laadt het ministerie. Bezorg het bestand aan je contact daar."]
    )


@pytest.fixture
def activations_file(cast: Cast, tmp_path: Path) -> Path:
    """One code in use since 10 April 2020."""
    load_codes(cast.pool, by=cast.officer, codes=["AB-1"])
    (hand_out,) = handed_out(
        cast.school,
        cast.period,
        by=cast.coordinator,
        officer=cast.officer,
        now=at(date(2020, 4, 1)),
    )
    path = tmp_path / "activaties.csv"
    path.write_text(f"code;datum\n{code_of(hand_out)};10/04/2020\n")
    return path


def activate(capsys: pytest.CaptureFixture[str], path: Path, *more: object) -> Answer:
    """Import the activations of the own provider."""
    until = more[0] if more and not str(more[0]).startswith("-") else YESTERDAY
    rest = [each for each in more if each is not until]
    return run(
        capsys, "import_activations", path, "--provider", "telenet", "--complete-until", until,
        "--json", *rest,
    )  # fmt: skip


def test_activations_are_imported(
    activations_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = activate(capsys, activations_file)
    assert (answer.status, answer.object["counts"]) == (0, {"NEW": 1})
    assert Activation.objects.get().on == date(2020, 4, 10)
    again = activate(capsys, activations_file)
    assert (again.status, again.object["is_new"], Activation.objects.count()) == (0, False, 1)


def test_a_dry_run_says_what_would_happen_and_leaves_nothing(
    activations_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ProviderFile.objects.count()
    answer = activate(capsys, activations_file, "--dry-run")
    assert (answer.status, answer.object["counts"], answer.object["file"]) == (0, {"NEW": 1}, None)
    assert (Activation.objects.count(), ProviderFile.objects.count()) == (0, files)


def test_a_day_to_come_is_refused(
    activations_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = activate(capsys, activations_file, timezone.localdate() + timedelta(days=1))
    assert (answer.status, answer.lines[0]) == (
        1, "De peildatum ligt in de toekomst. Kies vandaag of een dag ervoor.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "until"), [("nergens", "2020-05-01"), ("telenet", "gisteren")]
)
def test_wrong_use_of_activations(
    activations_file: Path, capsys: pytest.CaptureFixture[str], provider: str, until: str
) -> None:
    answer = run(
        capsys, "import_activations", activations_file, "--provider", provider,
        "--complete-until", until,
    )  # fmt: skip
    assert answer.status == 2
