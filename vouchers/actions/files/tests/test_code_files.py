"""Codes of a provider: checked, loaded once, encrypted, in order."""

import time
from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from vouchers import codes
from vouchers.actions.files import code_files, provider_files
from vouchers.actions.files.provider_files import Received
from vouchers.models import ProviderFile, Voucher
from vouchers.states import FileKind, FileState, RowOutcome, VoucherState
from vouchers.tests.factories import at, code_csv, load_codes, make_pool

NOW = at(date(2020, 3, 2))


def receive(cast: Cast, content: bytes, *, name: str = "codes.csv", **options: Any) -> Received:
    """The officer receives a file with codes for the cast's pool."""
    fields: dict[str, Any] = {"pool": cast.pool, "now": NOW, "by": cast.officer} | options
    return provider_files.receive(
        kind=FileKind.CODES, provider=cast.provider, name=name, content=content, **fields
    )


def checked(cast: Cast, content: bytes, **options: Any) -> ProviderFile:
    return provider_files.check(file=receive(cast, content, **options).file, now=NOW)


def lines(file: ProviderFile) -> list[tuple[int, str]]:
    """(line, outcome) of each row, as it ended up."""
    return list(file.rows.final().order_by("line").values_list("line", "outcome"))


def detail(file: ProviderFile, line: int) -> str:
    return file.rows.final().get(line=line).detail


def fields_of(voucher: Voucher) -> dict[str, str]:
    return codes.decrypt_voucher(voucher)


def test_new_codes_are_loaded_encrypted_and_in_the_order_of_the_file(cast: Cast) -> None:
    file = checked(cast, code_csv(["AB-1", "AB-2", "AB-3"]))
    assert (file.state, Voucher.objects.count()) == (FileState.CHECKED, 0)
    counts = provider_files.apply(file=file, by=cast.officer, now=NOW)
    assert counts == {RowOutcome.NEW: 3}
    found = list(Voucher.objects.order_by("slot"))
    assert [fields_of(each) for each in found] == [
        {"code": f"AB-{n}", "wachtwoord": f"pw-AB-{n}"} for n in (1, 2, 3)
    ]
    assert [(v.slot, v.line, v.state, v.pool_id, v.loaded_at) for v in found] == [
        (n, n + 1, VoucherState.AVAILABLE, cast.pool.pk, NOW) for n in (1, 2, 3)
    ]


def test_slots_go_on_after_those_that_are_there(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["A", "B"])
    load_codes(cast.pool, by=cast.officer, codes=["C"])
    assert list(Voucher.objects.order_by("slot").values_list("slot", flat=True)) == [1, 2, 3]


def test_a_code_that_exists_names_its_day_file_and_line(cast: Cast) -> None:
    earlier = at(date(2020, 3, 3))
    first = checked(cast, code_csv(["AB-1", "AB-2"]), name="telenet-maart.csv", now=earlier)
    provider_files.apply(file=first, by=cast.officer, now=earlier)
    other = make_pool(cast.provider, name="april")
    again = checked(cast, code_csv(["ab2", "AB-3"]), pool=other)
    assert lines(again) == [(2, RowOutcome.KNOWN), (3, RowOutcome.NEW)]
    assert detail(again, 2) == (
        "Deze code is al eens geladen, op 3 maart 2020, met bestand telenet-maart.csv, regel 3. "
        "Ze telt maar één keer."
    )


def test_variants_of_one_code_are_one_code(cast: Cast) -> None:
    file = checked(cast, code_csv(["ab-12", "AB 12", "AB12", "AB13"]))
    assert lines(file) == [
        (2, RowOutcome.NEW),
        (3, RowOutcome.DOUBLE_IN_FILE),
        (4, RowOutcome.DOUBLE_IN_FILE),
        (5, RowOutcome.NEW),
    ]
    assert detail(file, 3) == (
        "Deze code staat ook op regel 2 van dit bestand. Die eerste regel telt."
    )


def test_a_code_of_another_provider_is_new_here(cast: Cast) -> None:
    load_codes(cast.other_pool, by=cast.officer, codes=["AB-1"])
    assert lines(checked(cast, code_csv(["AB-1"]))) == [(2, RowOutcome.NEW)]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("", None),
        (";pw", "In kolom 'code' staat geen code. Vul ze in of laat de regel weg."),
        ("- -;pw", "In kolom 'code' staat geen code. Vul ze in of laat de regel weg."),
        ("AB-9;", "Kolom 'wachtwoord' is leeg. Vul ze in: zonder is de code niet te gebruiken."),
        ("Voorbeeld-1;pw", "Dit is de voorbeeldrij uit onze uitleg. Laat ze weg."),
        (
            "1,23457E+15;pw",
            "Excel heeft deze code als getal ingekort. Geef de kolom de opmaak Tekst, haal de "
            "codes opnieuw op en bewaar het bestand opnieuw.",
        ),
        (
            "AB-9;pw;x",
            "Deze regel heeft te veel cellen: 3 in plaats van 2. Er is niets van overgenomen.",
        ),
    ],
)
def test_a_bad_row_comes_back_and_the_good_ones_go_on(
    cast: Cast, row: str, sentence: str | None
) -> None:
    file = checked(cast, f"code;wachtwoord\nAB-1;p\n{row}\nAB-2;p\n".encode())
    good = [(2, RowOutcome.NEW), (4, RowOutcome.NEW)]
    if sentence is None:
        assert lines(file) == good
        return
    assert lines(file) == [good[0], (3, RowOutcome.BAD_ROW), good[1]]
    assert detail(file, 3) == sentence
    provider_files.apply(file=file, by=cast.officer, now=NOW)
    assert Voucher.objects.count() == 2


def test_one_bad_row_of_five_thousand(cast: Cast) -> None:
    rows = code_csv([f"C{n}" for n in range(4999)]) + b"\n;geen code"
    file = checked(cast, rows)
    assert provider_files.apply(file=file, by=cast.officer, now=NOW) == {
        RowOutcome.NEW: 4999,
        RowOutcome.BAD_ROW: 1,
    }
    assert Voucher.objects.count() == 4999


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"code;pin\nA;1\n",
            "We vinden kolom 'wachtwoord' niet in dit bestand. "
            "Deze kolommen staan er wel in: 'code', 'pin'.",
        ),
        (
            b"code;wachtwoord\n",
            "In dit bestand staat alleen een kopregel, zonder rijen eronder. Vul het aan.",
        ),
        (
            b"\x89PNG\r\n\x1a\n0000",
            "Dit is geen CSV maar een afbeelding. Bewaar de lijst als CSV en kies dat bestand.",
        ),
        (b"  \r\n", "Dit bestand is leeg. Kies het bestand met de lijst."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_sentence(
    cast: Cast, content: bytes, sentence: str
) -> None:
    file = checked(cast, content)
    assert (file.state, file.refusal, file.rows.count()) == (FileState.REFUSED, sentence, 0)
    with pytest.raises(Refused, match=r"codes.csv is geweigerd"):
        provider_files.apply(file=file, by=cast.officer, now=NOW)


def test_a_refused_file_is_checked_anew_when_it_comes_again(cast: Cast) -> None:
    refused = checked(cast, b"naam\nx\n")
    again = receive(cast, b"naam\nx\n")
    assert (again.is_new, again.file.pk != refused.pk) == (True, True)


def test_the_same_file_again_is_the_same_file(cast: Cast) -> None:
    first = receive(cast, code_csv(["A"]))
    provider_files.check(file=first.file, now=NOW)
    provider_files.apply(file=first.file, by=cast.officer, now=NOW)
    events = HistoryEvent.objects.count()
    again = receive(cast, code_csv(["A"]), name="ander.csv")
    assert (again.is_new, again.file.pk) == (False, first.file.pk)
    assert (ProviderFile.objects.count(), HistoryEvent.objects.count()) == (1, events)


def test_applying_twice_changes_nothing(cast: Cast) -> None:
    file = checked(cast, code_csv(["A", "B"]))
    first = provider_files.apply(file=file, by=cast.officer, now=NOW)
    events = HistoryEvent.objects.count()
    assert provider_files.apply(file=file, by=cast.officer, now=NOW) == first
    assert (Voucher.objects.count(), HistoryEvent.objects.count()) == (2, events)


def test_a_code_that_came_meanwhile_is_left_out_and_says_so(cast: Cast) -> None:
    waiting = checked(cast, code_csv(["A", "B"]))
    load_codes(cast.pool, by=cast.officer, codes=["B", "C"])
    counts = provider_files.apply(file=waiting, by=cast.officer, now=NOW)
    assert counts == {RowOutcome.NEW: 1, RowOutcome.KNOWN: 1}
    assert detail(waiting, 3) == (
        "Deze code is al eens geladen, op 2 maart 2020, met bestand codes.csv, regel 2. "
        "Ze telt maar één keer."
    )
    assert Voucher.objects.count() == 3


def test_columns_that_changed_since_the_check_refuse_the_file_with_a_sentence(cast: Cast) -> None:
    file = checked(cast, code_csv(["A"]))
    cast.provider.secret_columns = ["pin"]
    cast.provider.save()
    with pytest.raises(Refused) as refused:
        provider_files.apply(file=file, by=cast.officer, now=NOW)
    assert refused.value.message == (
        "De kolommen van Telenet zijn veranderd sinds codes.csv nagekeken is. Leg dit bestand weg "
        "en laad het opnieuw."
    )
    assert (Voucher.objects.count(), ProviderFile.objects.get().state) == (0, FileState.CHECKED)


def test_another_rule_of_comparing_since_the_check_makes_doubles_and_no_error(cast: Cast) -> None:
    cast.provider.case_matters, cast.provider.ignored_characters = True, ""
    cast.provider.save()
    file = checked(cast, code_csv(["AB-1", "ab1", "-", "CD-2"]))
    assert file.counts == {RowOutcome.NEW: 4}
    cast.provider.case_matters, cast.provider.ignored_characters = False, "-"
    cast.provider.save()
    counts = provider_files.apply(file=file, by=cast.officer, now=NOW)
    assert counts == {RowOutcome.NEW: 2, RowOutcome.DOUBLE_IN_FILE: 1, RowOutcome.BAD_ROW: 1}
    assert [fields_of(each)["code"] for each in Voucher.objects.order_by("slot")] == [
        "AB-1",
        "CD-2",
    ]
    assert detail(file, 3) == (
        "Deze code staat ook op regel 2 van dit bestand. Die eerste regel telt."
    )


def test_a_column_that_came_since_the_check_must_be_filled_in(cast: Cast) -> None:
    file = checked(cast, b"code;wachtwoord;pin\nA;p;1\nB;p;\n")
    cast.provider.secret_columns = ["wachtwoord", "pin"]
    cast.provider.save()
    counts = provider_files.apply(file=file, by=cast.officer, now=NOW)
    assert counts == {RowOutcome.NEW: 1, RowOutcome.BAD_ROW: 1}
    assert fields_of(Voucher.objects.get()) == {"code": "A", "wachtwoord": "p", "pin": "1"}


def test_a_check_goes_on_where_it_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_files, "BATCH", 1000)
    received = receive(cast, code_csv([f"C{n}" for n in range(2500)] + ["C0"]))

    def stop(done: int, total: int) -> None:
        if done == 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        provider_files.check(file=received.file, now=NOW, progress=stop)
    assert received.file.rows.count() == 1000
    steps: list[tuple[int, int]] = []
    file = provider_files.check(
        file=received.file, now=NOW, progress=lambda done, total: steps.append((done, total))
    )
    assert steps == [(1000, 2501), (2000, 2501), (2501, 2501)]
    assert file.state == FileState.CHECKED
    assert file.rows.counts() == {RowOutcome.NEW: 2500, RowOutcome.DOUBLE_IN_FILE: 1}
    assert detail(file, 2502).startswith("Deze code staat ook op regel 2 ")


def test_checking_twice_changes_nothing(cast: Cast) -> None:
    file = checked(cast, code_csv(["A"]))
    provider_files.check(file=file, now=NOW)
    assert file.rows.count() == 1


def test_statements_do_not_grow_with_the_rows_of_a_batch(cast: Cast) -> None:
    def statements(number: int, name: str) -> int:
        received = receive(cast, code_csv([f"{name}{n}" for n in range(number)]))
        with CaptureQueriesContext(connection) as captured:
            provider_files.check(file=received.file, now=NOW)
            provider_files.apply(file=received.file, by=cast.officer, now=NOW)
        return len(captured)

    assert statements(1, "A") == statements(900, "B")


@pytest.mark.parametrize("who", ["coordinator", "provider_user", "other_provider_user"])
def test_only_the_ministry_loads_codes(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        receive(cast, code_csv(["A"]), by=getattr(cast, who))
    file = checked(cast, code_csv(["A"]))
    with pytest.raises(Refused):
        provider_files.apply(file=file, by=getattr(cast, who), now=NOW)
    assert Voucher.objects.count() == 0


def test_codes_go_to_an_open_pool_of_the_same_provider(cast: Cast) -> None:
    with pytest.raises(Refused, match="Kies een voorraad van deze provider"):
        receive(cast, code_csv(["A"]), pool=cast.other_pool)
    cast.pool.closed_at, cast.pool.closed_by = NOW, cast.officer
    cast.pool.save()
    with pytest.raises(Refused, match="Voorraad maart is gesloten"):
        receive(cast, code_csv(["A"]))


def test_more_than_twenty_megabytes_is_refused_before_it_is_kept(cast: Cast) -> None:
    with pytest.raises(Refused, match="groter dan 20 MB"):
        receive(cast, b"x" * (20 * 1024 * 1024 + 1))
    assert ProviderFile.objects.count() == 0


def test_nothing_of_a_code_is_readable_in_the_file_or_its_rows(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=["CANARY-7F3A"])
    with connection.cursor() as cursor:
        for table in ("providerfile", "providerfilerow", "voucher"):
            cursor.execute(
                f"SELECT count(*) FROM vouchers_{table} t WHERE t::text ILIKE '%canary%'"
            )
            assert cursor.fetchone() == (0,)
    assert b"CANARY" not in bytes(file.content)
    assert not HistoryEvent.objects.filter(data__icontains="canary").exists()


def test_a_strange_file_name_is_kept_fit_to_be_shown(cast: Cast) -> None:
    name = "C:\\map\\<b>=cmd\x00\u202e.csv"
    assert receive(cast, code_csv(["A"]), name=name).file.name == "<b>=cmd.csv"


def test_a_file_laid_aside_may_come_again(cast: Cast) -> None:
    file = checked(cast, code_csv(["A"]))
    file = provider_files.discard(file=file, by=cast.officer, now=NOW)
    assert file.state == FileState.REFUSED
    assert file.refusal == (
        "Weggelegd op 2 maart 2020 door Olga Officier. Er is niets van toegepast."
    )
    assert receive(cast, code_csv(["A"])).is_new


def test_an_applied_file_cannot_be_laid_aside(cast: Cast) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=["A"])
    with pytest.raises(Refused, match="al toegepast"):
        provider_files.discard(file=file, by=cast.officer, now=NOW)


def test_history_says_of_every_code_who_loaded_it_and_nothing_of_the_code(cast: Cast) -> None:
    """Failure 9: the bulk path leaves the same trace as a single row would."""
    load_codes(cast.pool, by=cast.officer, codes=500)
    events = HistoryEvent.objects.filter(table="vouchers_voucher", operation="I").order_by("row")
    vouchers = Voucher.objects.order_by("pk")
    written = [(e.row, e.actor, e.data["slot"], e.data["line"], e.data["state"]) for e in events]
    assert written == [(v.pk, cast.officer.pk, v.slot, v.line, "AVAILABLE") for v in vouchers]
    assert not {"secret", "fingerprint", "key_id"} & set(events[0].data)


def apply_elsewhere(file: ProviderFile, by: User, *, locked: bool, failed: list[str]) -> None:
    """Apply in a thread of its own, which pauses between looking up and loading."""

    def dawdle(run: Any, sql: str, *rest: Any) -> Any:
        if not locked:
            sql = sql.partition("FOR NO KEY UPDATE")[0]
        found = run(sql, *rest)
        if "asked (fingerprint)" in sql:
            time.sleep(0.5)
        return found

    try:
        with connection.execute_wrapper(dawdle):
            provider_files.apply(file=file, by=by, now=NOW)
    except IntegrityError as error:
        failed.append(type(error).__name__)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("locked", "failures", "codes_there"),
    [(True, 0, 3), (False, 1, 2)],
    ids=["with the lock", "control: without it"],
)
def test_two_files_with_the_same_code_applied_at_once(
    cast: Cast, locked: bool, failures: int, codes_there: int
) -> None:
    april = make_pool(cast.provider, name="april")
    files = [
        checked(cast, code_csv(["A", "B"])),
        checked(cast, code_csv(["B", "C"]), pool=april),
    ]
    failed: list[str] = []
    threads = [
        Thread(
            target=apply_elsewhere, args=(file, cast.officer),
            kwargs={"locked": locked, "failed": failed},
        )
        for file in files
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(failed), Voucher.objects.count()) == (failures, codes_there)
