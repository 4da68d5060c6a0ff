"""What a provider reports: matched, recorded once, undone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.refused import Refused
from conftest import Cast
from history.models import HistoryEvent
from vouchers.actions.files import activation_files, provider_files
from vouchers.actions.files.provider_files import Received
from vouchers.actions.life import lifecycle
from vouchers.models import Activation, HandOut, ProviderFile, Voucher
from vouchers.states import FileKind, FileState, RowOutcome, VoidReason, VoucherState
from vouchers.tests.factories import (
    activated,
    activation_csv,
    at,
    code_of,
    handed_out,
    load_codes,
    report_activations,
    reveal,
)

DAY = date(2020, 4, 10)
NOW = at(date(2020, 4, 15))


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Three codes with three pupils since 11 March; a fourth and a fifth are still in stock."""
    load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2", "AB-3", "AB-4", "AB-5"])
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )


def receive(cast: Cast, content: bytes, **options: Any) -> Received:
    """The provider's person uploads a file, complete up to the day before."""
    fields: dict[str, Any] = {
        "provider": cast.provider, "name": "activaties.csv", "by": cast.provider_user,
        "now": NOW, "complete_until": date(2020, 4, 14),
    } | options  # fmt: skip
    return provider_files.receive(kind=FileKind.ACTIVATIONS, content=content, **fields)


def checked(cast: Cast, rows: Sequence[tuple[str, date | str]], **options: Any) -> ProviderFile:
    received = receive(cast, activation_csv(rows), **options)
    return provider_files.check(file=received.file, now=NOW)


def apply(cast: Cast, file: ProviderFile, now: datetime = NOW) -> dict[str, int]:
    return provider_files.apply(file=file, by=cast.provider_user, now=now)


def lines(file: ProviderFile) -> list[tuple[int, str]]:
    """(line, outcome) of each row, as it ended up."""
    return list(file.rows.final().order_by("line").values_list("line", "outcome"))


def details(file: ProviderFile) -> list[str]:
    return list(file.rows.final().order_by("line").values_list("detail", flat=True))


def test_an_activation_is_recorded_with_its_day_and_the_moment_we_learned_it(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    file = checked(cast, [("ab1", DAY), ("AB 2", DAY)])
    assert Activation.objects.count() == 0
    assert apply(cast, file) == {RowOutcome.NEW: 2}
    assert list(Activation.objects.order_by("id").values_list("hand_out", "on", "recorded_at")) == [
        (hand_outs[0].pk, DAY, NOW),
        (hand_outs[1].pk, DAY, NOW),
    ]
    assert [activated(each) for each in hand_outs] == [True, True, False]


def test_what_is_wrong_comes_back_with_its_reason_and_the_good_rows_count(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    load_codes(cast.other_pool, by=cast.officer, codes=["XY-1"])
    file = checked(
        cast,
        [
            ("AB-1", DAY),
            ("AB-2", date(2020, 3, 10)),
            ("AB-3", date(2020, 4, 16)),
            ("XY-1", DAY),
            ("NIET-1", DAY),
            ("AB-4", DAY),
            ("AB-1", date(2020, 4, 11)),
            ("AB-2", "31/02/2020"),
        ],
    )
    assert lines(file) == [
        (2, RowOutcome.NEW),
        (3, RowOutcome.BEFORE_HAND_OUT),
        (4, RowOutcome.IN_FUTURE),
        (5, RowOutcome.UNKNOWN_CODE),
        (6, RowOutcome.UNKNOWN_CODE),
        (7, RowOutcome.NOT_HANDED_OUT),
        (8, RowOutcome.DOUBLE_IN_FILE),
        (9, RowOutcome.BAD_ROW),
    ]
    assert details(file) == [
        "",
        "De activatie op 10 maart 2020 ligt voor de uitreiking op 11 maart 2020. Kijk de datum na.",
        "16 april 2020 ligt na de dag waarop we dit bestand kregen. Kijk de datum na.",
        "We kennen deze code niet. Kijk ze na; klopt ze, meld het dan aan het ministerie.",
        "We kennen deze code niet. Kijk ze na; klopt ze, meld het dan aan het ministerie.",
        "Deze code is nog aan niemand uitgereikt. Meld het aan het ministerie: we houden ze apart.",
        "Deze code staat ook op regel 2 van dit bestand. Die eerste regel telt.",
        "Deze dag of dit uur bestaat niet. Schrijf dd/mm/jjjj, zoals 14/09/2020.",
    ]
    apply(cast, file)
    assert [activated(each) for each in hand_outs] == [True, False, False]


def test_a_code_of_another_provider_reads_like_one_that_does_not_exist(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    file = checked(
        cast,
        [("AB-1", DAY), ("NIET-1", DAY)],
        provider=cast.other_provider,
        by=cast.other_provider_user,
    )
    first, second = file.rows.order_by("line").values_list(
        "outcome", "detail", "voucher", "hand_out", "on"
    )
    assert first == second


def test_the_same_day_again_is_known_and_another_day_is_said(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    apply(cast, checked(cast, [("AB-1", DAY), ("AB-2", DAY)], name="week-15.csv"))
    file = checked(cast, [("AB-1", DAY), ("AB-2", date(2020, 4, 12)), ("AB-3", DAY)])
    assert lines(file) == [(2, RowOutcome.KNOWN), (3, RowOutcome.OTHER_DATE), (4, RowOutcome.NEW)]
    assert details(file)[:2] == [
        "We wisten dit al, uit bestand week-15.csv. Er verandert niets.",
        "We kenden deze code al als geactiveerd op 10 april 2020, uit bestand week-15.csv. Die "
        "datum blijft staan. Klopt ze niet, maak dan dat bestand ongedaan en laad het verbeterd "
        "opnieuw.",
    ]
    apply(cast, file)
    assert list(Activation.objects.values_list("on", flat=True)) == [DAY, DAY, DAY]


def test_the_same_file_again_changes_nothing(cast: Cast, hand_outs: list[HandOut]) -> None:
    rows = [("AB-1", DAY)]
    file = checked(cast, rows)
    apply(cast, file)
    events = HistoryEvent.objects.count()
    again = receive(cast, activation_csv(rows), complete_until=date(2020, 4, 1))
    assert (again.is_new, again.file.pk) == (False, file.pk)
    assert apply(cast, again.file) == {RowOutcome.NEW: 1}
    assert (Activation.objects.count(), HistoryEvent.objects.count()) == (1, events)


@pytest.mark.parametrize("column", ["wachtwoord", "Voorraad", "pool"])
def test_a_second_field_that_disagrees_stops_the_row(
    cast: Cast, hand_outs: list[HandOut], column: str
) -> None:
    right = "pw-AB-1" if column == "wachtwoord" else "Maart"
    content = f"code;{column};datum\nAB-1;{right};{DAY}\nAB-2;anders;{DAY}\nAB-3;;{DAY}\n"
    file = receive(cast, content.encode()).file
    provider_files.check(file=file, now=NOW)
    assert lines(file) == [(2, RowOutcome.NEW), (3, RowOutcome.OTHER_DETAILS), (4, RowOutcome.NEW)]
    shown = "wachtwoord" if column == "wachtwoord" else "voorraad"
    assert details(file)[1] == (
        f"Kolom '{shown}' zegt iets anders dan wat bij deze code hoort. Kijk na of de kolommen "
        "niet verschoven zijn."
    )
    apply(cast, file)
    assert [activated(each) for each in hand_outs] == [True, False, True]


def test_an_activation_of_a_replaced_code_stays_with_the_one_who_had_it(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    first = hand_outs[0]
    reveal([first], by=cast.coordinator, now=at(date(2020, 3, 12)))
    second = lifecycle.replace(
        hand_out=first, by=cast.officer, now=at(date(2020, 4, 1)), reason=VoidReason.FAULTY
    )
    rows = [(code_of(first), date(2020, 3, 20)), (code_of(second), DAY)]
    apply(cast, checked(cast, rows))
    assert (activated(first), activated(second)) == (True, True)


def test_a_reclaimed_code_belongs_to_the_next_pupil(cast: Cast, hand_outs: list[HandOut]) -> None:
    lifecycle.reclaim(
        hand_outs=[each.pk for each in hand_outs], by=cast.officer, now=at(date(2020, 4, 1))
    )
    later = handed_out(
        cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer,
        references=3, now=at(date(2020, 4, 8)),
    )  # fmt: skip
    file = checked(cast, [("AB-1", DAY), ("AB-2", date(2020, 4, 7))])
    assert lines(file) == [(2, RowOutcome.NEW), (3, RowOutcome.BEFORE_HAND_OUT)]
    apply(cast, file)
    assert [activated(each) for each in [*hand_outs, *later]] == [False] * 3 + [True, False, False]


def test_what_changed_since_the_check_is_judged_again(cast: Cast, hand_outs: list[HandOut]) -> None:
    waiting = checked(cast, [("AB-1", DAY), ("AB-2", DAY), ("AB-3", DAY)], name="laat.csv")
    report_activations([hand_outs[1]], on=DAY, by=cast.provider_user, now=NOW)
    lifecycle.reclaim(hand_outs=[hand_outs[2].pk], by=cast.officer, now=NOW)
    assert apply(cast, waiting) == {
        RowOutcome.NEW: 1,
        RowOutcome.KNOWN: 1,
        RowOutcome.NOT_HANDED_OUT: 1,
    }
    assert waiting.rows.filter(at_apply=False).counts() == {RowOutcome.NEW: 3}
    assert details(waiting)[1] == (
        "We wisten dit al, uit bestand activaties.csv. Er verandert niets."
    )
    assert Activation.objects.count() == 2


def test_a_code_active_with_nobody_is_kept_out_of_the_stock_until_the_file_is_undone(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    file = checked(cast, [("AB-4", DAY)])
    stock = Voucher.objects.order_by("slot").values_list("state", flat=True)
    before = list(stock.all())
    apply(cast, file)
    assert list(stock.all()) == [*before[:3], VoucherState.HELD, VoucherState.AVAILABLE]
    provider_files.undo(file=file, by=cast.provider_user, now=NOW)
    assert list(stock.all()) == before


def test_undo_keeps_a_code_apart_when_another_file_says_the_same(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    files = [checked(cast, [("AB-4", DAY)]), checked(cast, [("AB-4", DAY), ("AB-1", DAY)])]
    for file in files:
        apply(cast, file)
    provider_files.undo(file=files[0], by=cast.provider_user, now=NOW)
    assert Voucher.objects.filter(state=VoucherState.HELD).count() == 1


def test_a_late_file_undone_five_days_later(cast: Cast, hand_outs: list[HandOut]) -> None:
    """Worked example (e) (docs/rules.md#examples), as facts; its figures: `reports`."""
    learned, unlearned = at(date(2021, 1, 15)), at(date(2021, 1, 20))
    received = receive(
        cast, activation_csv([("AB-1", date(2020, 5, 10))]), now=learned,
        complete_until=date(2021, 1, 14),
    )  # fmt: skip
    provider_files.check(file=received.file, now=learned)
    apply(cast, received.file, now=learned)
    assert provider_files.undo(file=received.file, by=cast.provider_user, now=unlearned) == 1
    row = Activation.objects.get()
    assert (row.on, row.recorded_at, row.withdrawn_at) == (date(2020, 5, 10), learned, unlearned)
    assert not activated(hand_outs[0])
    received.file.refresh_from_db()
    assert (received.file.state, received.file.undone_at) == (FileState.UNDONE, unlearned)


def test_an_undone_file_may_come_again_and_count(cast: Cast, hand_outs: list[HandOut]) -> None:
    rows = [("AB-1", DAY)]
    file = checked(cast, rows)
    apply(cast, file)
    provider_files.undo(file=file, by=cast.provider_user, now=NOW)
    again = checked(cast, rows)
    assert again.pk != file.pk
    assert apply(cast, again) == {RowOutcome.NEW: 1}
    assert activated(hand_outs[0])


def test_what_another_file_reported_too_goes_on_to_hold(
    cast: Cast, hand_outs: list[HandOut]
) -> None:
    wrong = checked(cast, [("AB-1", DAY), ("AB-2", DAY)])
    apply(cast, wrong)
    right = checked(cast, [("AB-1", date(2020, 4, 12))])
    apply(cast, right)
    later = NOW + timedelta(days=1)
    provider_files.undo(file=wrong, by=cast.provider_user, now=later)
    assert list(
        Activation.objects.standing().values_list("hand_out", "on", "recorded_at", "file")
    ) == [(hand_outs[0].pk, date(2020, 4, 12), later, right.pk)]


@pytest.mark.parametrize("state", ["received", "checked", "undone"])
def test_only_an_applied_file_can_be_undone(
    cast: Cast, hand_outs: list[HandOut], state: str
) -> None:
    file = receive(cast, activation_csv([("AB-1", DAY)])).file
    if state != "received":
        provider_files.check(file=file, now=NOW)
    if state == "undone":
        apply(cast, file)
        provider_files.undo(file=file, by=cast.provider_user, now=NOW)
    with pytest.raises(Refused, match="Alleen een toegepast bestand"):
        provider_files.undo(file=file, by=cast.provider_user, now=NOW)


@pytest.mark.parametrize("who", ["coordinator", "other_provider_user"])
def test_others_do_nothing_with_a_file_of_this_provider(
    cast: Cast, hand_outs: list[HandOut], who: str
) -> None:
    person = getattr(cast, who)
    with pytest.raises(Refused):
        receive(cast, activation_csv([("AB-1", DAY)]), by=person)
    file = checked(cast, [("AB-1", DAY)])
    with pytest.raises(Refused):
        provider_files.apply(file=file, by=person, now=NOW)
    with pytest.raises(Refused):
        provider_files.discard(file=file, by=person, now=NOW)
    apply(cast, file)
    with pytest.raises(Refused):
        provider_files.undo(file=file, by=person, now=NOW)
    assert activated(hand_outs[0])


def test_a_reference_day_in_the_future_is_refused_beside_its_field(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        receive(cast, b"code;datum\nA;1", complete_until=date(2020, 4, 16))
    assert refused.value.field == "complete_until"
    assert refused.value.message == (
        "De peildatum ligt in de toekomst. Kies vandaag of een dag ervoor."
    )


def test_an_activation_after_the_reference_day_counts(cast: Cast, hand_outs: list[HandOut]) -> None:
    """The reference day says up to when a file is complete, not where it ends."""
    file = checked(cast, [("AB-1", DAY)], complete_until=date(2020, 4, 1))
    assert lines(file) == [(2, RowOutcome.NEW)]


def test_nothing_is_half_done_when_applying_fails(cast: Cast, hand_outs: list[HandOut]) -> None:
    file = checked(cast, [("AB-1", DAY), ("AB-4", DAY)])

    def fail_at_the_end(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "vouchers_voucher"'):
            raise InterruptedError
        return run(sql, *rest)

    with pytest.raises(InterruptedError), connection.execute_wrapper(fail_at_the_end):
        apply(cast, file)
    file.refresh_from_db()
    assert (file.state, Activation.objects.count()) == (FileState.CHECKED, 0)
    assert apply(cast, file) == {RowOutcome.NEW: 1, RowOutcome.NOT_HANDED_OUT: 1}


def test_statements_do_not_grow_with_the_rows(cast: Cast, hand_outs: list[HandOut]) -> None:
    def statements(rows: list[tuple[str, date | str]]) -> int:
        received = receive(cast, activation_csv(rows))
        with CaptureQueriesContext(connection) as captured:
            provider_files.check(file=received.file, now=NOW)
            apply(cast, received.file)
        return len(captured)

    few = statements([("AB-1", DAY), ("AB-4", DAY), ("X", DAY)])
    assert statements([("AB-2", DAY), ("AB-5", DAY), *((f"N{n}", DAY) for n in range(900))]) == few


ROWS = f"code;datum;wachtwoord\nAB-1;{DAY};pw-AB-1\nAB-2;10/04/2020;pw-AB-2\n"


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode(),
        ROWS.replace(";", ",").encode(),
        ROWS.replace(";", "\t").encode(),
        ROWS.replace("\n", "\r").encode(),
        ROWS.replace("\n", "\r\n").encode("utf-8-sig"),
        ROWS.encode("utf-16"),
        ROWS.replace("wachtwoord", "Wachtwoord;opmérking").replace("pw-AB-1", "pw-AB-1;één")
        .replace("pw-AB-2", "pw-AB-2;").encode("cp1252"),
        ROWS.replace("datum", "Geactiveerd op").encode(),
    ],
    ids=["semicolon", "comma", "tab", "CR only", "byte-order mark", "UTF-16", "1252", "heading"],
)  # fmt: skip
def test_a_file_as_any_office_writes_it(
    cast: Cast, hand_outs: list[HandOut], content: bytes
) -> None:
    file = provider_files.check(file=receive(cast, content).file, now=NOW)
    assert lines(file) == [(2, RowOutcome.NEW), (3, RowOutcome.NEW)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"code\nAB-1\n",
            "We vinden kolom 'datum' niet in dit bestand. Deze kolommen staan er wel in: 'code'.",
        ),
        (
            b"\xff\xd8\xff\xe0\x00\x10JFIF",
            "Dit is geen CSV maar een afbeelding. Bewaar de lijst als CSV en kies dat bestand.",
        ),
        (
            b"PK\x03\x04....xl/workbook.xml",
            "Dit lijkt een Excel-bestand, geen CSV. Open het en bewaar het als CSV (Opslaan als, "
            "'CSV UTF-8').",
        ),
        (b"\n\n", "Dit bestand is leeg. Kies het bestand met de lijst."),
        (
            b"code;datum\n",
            "In dit bestand staat alleen een kopregel, zonder rijen eronder. Vul het aan.",
        ),
    ],
    ids=["column", "picture", "Excel", "blank", "no rows"],
)
def test_what_is_no_list_is_refused_with_the_way_out(
    cast: Cast, hand_outs: list[HandOut], content: bytes, sentence: str
) -> None:
    file = provider_files.check(file=receive(cast, content).file, now=NOW)
    assert (file.state, file.refusal, file.rows.count()) == (FileState.REFUSED, sentence, 0)


def rows_thrown_away(plan: dict[str, Any]) -> int:
    """Rows that a plan read in vain, over all of its nodes."""
    own = plan.get("Rows Removed by Join Filter", 0) + plan.get("Rows Removed by Filter", 0)
    below = sum(rows_thrown_away(each) for each in plan.get("Plans", []))
    return int(own * plan["Actual Loops"] + below)


def test_applying_does_not_look_at_rows_by_the_square(cast: Cast) -> None:
    """Failure 24: a join that the planner expected to be small made 100,000 rows take minutes."""
    rows = 1_000
    codes = [f"C{n:05d}" for n in range(rows)]
    load_codes(cast.pool, by=cast.officer, codes=codes)
    file = checked(cast, [(code, DAY) for code in codes])
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {activation_files.RECORD}",
            {"file": file.pk, "now": NOW},
        )
        ((plan,),) = cursor.fetchone()
    assert rows_thrown_away(plan["Plan"]) < 10 * rows
