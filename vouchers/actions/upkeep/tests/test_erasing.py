"""Erasing a period: what leads to a child is gone, another period's stays, pages say so."""

from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.urls import reverse

from common.refused import Refused
from common.tests.commands import run
from conftest import Cast, SignIn
from history.models import HistoryEvent
from vouchers.actions.files import provider_files
from vouchers.actions.life import lifecycle, renewals, reveals
from vouchers.actions.mail import mails
from vouchers.actions.stock import pools
from vouchers.actions.upkeep import erasing, jobs
from vouchers.actions.upkeep.erasing import preview
from vouchers.actions.watch import alerts
from vouchers.models import (
    Alert,
    Decision,
    HandOut,
    Holding,
    Job,
    Mail,
    Period,
    Pool,
    PoolExtension,
    ProviderFile,
    PupilLine,
    Renewal,
    ReplacementAsk,
    Voucher,
    VoucherRequest,
)
from vouchers.models.hand_outs import erasable_from
from vouchers.states import ERASED_TEXT, FileKind, FileState, JobState, MailState
from vouchers.tests.factories import (
    at,
    code_csv,
    load_codes,
    make_request,
    submitted_request,
)
from vouchers.tests.two_waves import (
    ERASED_AT,
    FIRST_REFERENCES,
    MAY_BE_ERASED,
    NOTE,
    SECOND_REFERENCES,
    TwoWaves,
    close_pool,
    dump,
    two_waves,
)


@pytest.fixture
def waves(cast: Cast) -> TwoWaves:
    """Two waves, the first of which can be erased."""
    return two_waves(cast)


def erase(cast: Cast, period: Period, now: Any = ERASED_AT) -> Job:
    """Erase as the command does."""
    job = jobs.enqueue(kind=Job.Kind.ERASE, period=period, by=cast.officer, now=now, sent=False)
    assert jobs.run(job_id=job.pk, worker="test", now=now)
    job.refresh_from_db()
    period.refresh_from_db()
    return job


def test_what_leads_to_a_child_is_gone_and_another_period_is_untouched(
    cast: Cast, waves: TwoWaves
) -> None:
    gone = [bytes(each.voucher.secret).hex() for each in waves.first_out]
    gone += [bytes(waves.first_reported.content).hex(), *FIRST_REFERENCES, NOTE]
    gone += [mail.body.strip() for mail in Mail.objects.filter(request__period=waves.first)]
    stays = [bytes(each.voucher.secret).hex() for each in waves.second_out]
    stays += [bytes(waves.both_reported.content).hex(), *SECOND_REFERENCES]
    before = dump()
    assert [text for text in [*gone, *stays] if text not in before] == []
    job = erase(cast, waves.first)
    after = dump()
    assert [text for text in gone if text in after] == []
    assert [text for text in stays if text not in after] == []
    assert (job.state, job.result) == (
        JobState.DONE,
        {"codes": 3, "pupils": 3, "texts": 1, "mails": 3, "files": 1},
    )
    assert (waves.first.erased_at, waves.first.erased_by) == (ERASED_AT, cast.officer)
    assert sum(preview(waves.first).values()) == 0


def test_what_was_never_handed_out_goes_once_nothing_of_its_pool_goes_out(
    cast: Cast, waves: TwoWaves
) -> None:
    assert (preview(waves.first)["codes"], preview(waves.first)["files"]) == (3, 1)
    close_pool(cast)
    assert (preview(waves.first)["codes"], preview(waves.first)["files"]) == (5, 2)
    erase(cast, waves.first)
    waves.first_codes.refresh_from_db()
    assert (bytes(waves.first_codes.content), waves.first_codes.is_erased) == (b"", True)
    assert Voucher.objects.exclude(secret=b"").count() == 3


def test_a_code_that_another_wave_has_by_now_stays(cast: Cast, waves: TwoWaves) -> None:
    unseen = waves.first_out[2]
    line = PupilLine.objects.filter(period=waves.second).first()
    assert line is not None
    lifecycle.reclaim(hand_outs=[unseen.pk], by=cast.officer, now=at(date(2020, 9, 22)))
    assert preview(waves.first)["codes"] == 2  # back in stock: it may go out again
    HandOut.objects.filter(line=line).update(
        ended_at=ERASED_AT, ended_by=cast.officer, end_reason="REPLACED"
    )
    HandOut.objects.create(
        voucher=unseen.voucher, line=line, handed_out_at=ERASED_AT, handed_out_by=cast.officer
    )
    Voucher.objects.filter(pk=unseen.voucher_id).update(state="OUT")
    assert preview(waves.first)["codes"] == 2
    close_pool(cast)
    assert preview(waves.first)["codes"] == 2


def refusal(cast: Cast, period: Period, day: date) -> str:
    with pytest.raises(Refused) as refused:
        jobs.enqueue(kind=Job.Kind.ERASE, period=period, by=cast.officer, now=at(day), sent=False)
    return refused.value.message


def test_too_early_is_refused_with_the_day_from_which_it_can(cast: Cast, waves: TwoWaves) -> None:
    assert erasable_from(waves.first) == MAY_BE_ERASED
    assert refusal(cast, waves.first, date(2020, 12, 29)) == (
        "Golf 1 wissen kan vanaf 30 december 2020: zo lang bewaren we de codes nog."
    )
    PoolExtension.objects.create(
        pool=cast.pool,
        valid_until=date(2020, 8, 31),
        recorded_at=ERASED_AT,
        recorded_by=cast.officer,
    )
    assert erasable_from(waves.first) == date(2021, 2, 28)
    asked = renewals.ask(
        hand_outs=[waves.first_out[0].pk], by=cast.coordinator, now=at(date(2020, 5, 2))
    )
    assert asked.passed == 1
    assert refusal(cast, waves.first, date(2021, 2, 28)) == (
        "In Golf 1 loopt nog 1 verlenging. Rond ze eerst af."
    )
    now = at(date(2020, 9, 1))
    taken = renewals.take_list(provider=cast.provider, by=cast.provider_user, now=now)
    renewals.confirm(
        renewals=[each.renewal for each in taken.rows],
        on=date(2020, 9, 1),
        valid_until=date(2020, 12, 31),
        by=cast.provider_user,
        now=now,
    )
    assert erasable_from(waves.first) == date(2021, 6, 30)


def test_only_a_closed_wave_once_and_by_the_ministry(cast: Cast, waves: TwoWaves) -> None:
    late = date(2023, 1, 1)
    assert refusal(cast, waves.second, late) == "Golf 2 is nog niet gesloten. Sluit de golf eerst."
    erase(cast, waves.first)
    assert refusal(cast, waves.first, late) == "Golf 1 is al gewist."
    with pytest.raises(Refused, match="Alleen het ministerie"):
        erasing.erase(period=waves.first, by=cast.coordinator, now=ERASED_AT, note=print)


def test_cut_off_it_goes_on_where_it_was(
    cast: Cast, waves: TwoWaves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "BATCH", 1)
    job = jobs.enqueue(
        kind=Job.Kind.ERASE, period=waves.first, by=cast.officer, now=ERASED_AT, sent=False
    )
    batches = iter(range(4))

    def cut_off(part: str, emptied: int) -> None:
        Job.objects.filter(pk=job.pk).update(result={part: next(batches)})

    with pytest.raises(StopIteration):
        erasing.erase(period=waves.first, by=cast.officer, now=ERASED_AT, note=cut_off)
    assert Voucher.objects.filter(secret=b"").count() == 3
    assert PupilLine.objects.filter(period=waves.first, reference="").count() == 1
    waves.first.refresh_from_db()
    assert waves.first.erased_at is None
    Job.objects.filter(pk=job.pk).update(result={"codes": 3, "pupils": 1})
    assert jobs.run(job_id=job.pk, worker="test", now=ERASED_AT)
    job.refresh_from_db()
    assert job.result == {"codes": 3, "pupils": 3, "texts": 1, "mails": 3, "files": 1}
    assert (job.state, job.done, job.total) == (JobState.DONE, 11, 11)


def test_history_says_who_erased_and_nothing_of_what(cast: Cast, waves: TwoWaves) -> None:
    last = HistoryEvent.objects.latest("id").pk
    erase(cast, waves.first)
    events = HistoryEvent.objects.filter(pk__gt=last)
    assert set(events.values_list("table", flat=True)) == {"vouchers_job", "vouchers_period"}
    (period,) = events.filter(table="vouchers_period")
    assert (period.actor, period.reason) == (cast.officer.pk, "golf gewist")


# What people typed (15.10)

TYPED = "Kanarie Peeters, 3B"


def type_texts(cast: Cast, waves: TwoWaves) -> None:
    """Something about a child, in each place where the ministry or a provider types."""
    request = submitted_request(
        cast.other_school,
        waves.second,
        by=cast.other_coordinator,
        references=["R-1", "R-2"],
        now=at(date(2020, 9, 9)),
    )
    PupilLine.objects.filter(request=request).update(state="REFUSED")
    for line in PupilLine.objects.filter(Q(request=request) | Q(period=waves.first)):
        Decision.objects.filter(line=line).update(withdrawn_at=ERASED_AT, withdrawn_by=cast.officer)
        Decision.objects.create(
            line=line, granted=False, reason=TYPED, decided_at=ERASED_AT, decided_by=cast.officer
        )
    for hand_out in (waves.first_out[0], waves.second_out[0]):
        refused = {"refused_at": ERASED_AT, "refused_by": cast.officer}
        renewal = Renewal.objects.create(
            hand_out=hand_out, asked_at=ERASED_AT, asked_by=cast.coordinator
        )
        Renewal.objects.filter(pk=renewal.pk).update(state="REFUSED", reason=TYPED, **refused)
        ask = ReplacementAsk.objects.create(
            hand_out=hand_out, reason="FAULTY", asked_at=ERASED_AT, asked_by=cast.coordinator
        )
        ReplacementAsk.objects.filter(pk=ask.pk).update(refusal=TYPED, **refused)
        Holding.objects.create(
            voucher=hand_out.voucher,
            held=True,
            reason=TYPED,
            done_at=ERASED_AT,
            done_by=cast.officer,
        )
        alert = Alert.objects.create(
            kind="SEEN_OFTEN",
            request=hand_out.line.request,
            data={"codes": 1, "times": 6, "people": 1},
            raised_at=ERASED_AT,
        )
        alerts.handle(alert=alert, note=TYPED, by=cast.officer, now=ERASED_AT)
    for number, day in enumerate((date(2020, 8, 31), date(2020, 9, 1))):
        person = (cast.coordinator, cast.other_coordinator)[number]
        alert = Alert.objects.create(
            kind="SEEN_AT_NIGHT", about=person, organisation=cast.school, raised_at=at(day)
        )
        alerts.handle(alert=alert, note=TYPED, by=cast.officer, now=at(day))
        file = ProviderFile.objects.get(pk=_file_to_check(cast, name=f"{number}.csv", now=at(day)))
        provider_files.discard(file=file, by=cast.officer, now=at(day))


def typed_left() -> Counter[str]:
    """Where the text still stands, in how many rows of each table."""
    found: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" row WHERE row::text LIKE %s', [f"%{TYPED}%"]
            )
            found[table] += cursor.fetchone()[0]
    return +found


def test_what_people_typed_about_a_child_goes_with_its_wave(cast: Cast, waves: TwoWaves) -> None:
    type_texts(cast, waves)
    before = typed_left()
    assert before == {
        "vouchers_decision": 5,
        "vouchers_renewal": 2,
        "vouchers_replacementask": 2,
        "vouchers_holding": 2,
        "vouchers_alert": 4,
    }
    expected = preview(waves.first)["reasons"]
    job = erase(cast, waves.first)
    assert typed_left() == {
        "vouchers_decision": 2,
        "vouchers_renewal": 1,
        "vouchers_replacementask": 1,
        "vouchers_holding": 1,
        "vouchers_alert": 2,
    }
    assert job.result["reasons"] == expected == 9
    assert preview(waves.first)["reasons"] == 0
    refusals = ProviderFile.objects.filter(state=FileState.REFUSED).order_by("uploaded_at")
    assert [each.refusal == ERASED_TEXT for each in refusals] == [True, False]


def test_pages_still_say_that_it_was_refused(cast: Cast, waves: TwoWaves, as_user: SignIn) -> None:
    type_texts(cast, waves)
    erase(cast, waves.first)
    request = VoucherRequest.objects.get(period=waves.first)
    alert = Alert.objects.get(request=request)
    school, ministry = as_user(cast.coordinator), as_user(cast.officer)
    for client, address in (
        (school, reverse("request_detail", args=[request.pk])),
        (school, reverse("families") + "?stand=alle"),
        (school, reverse("renewals")),
        (ministry, reverse("ministry_request", args=[request.pk])),
        (ministry, reverse("ministry_alert", args=[alert.pk])),
        (ministry, reverse("ministry_code", args=[waves.first_out[0].voucher_id])),
    ):
        assert client.get(address).status_code == 200, address


# What erased rows answer afterwards


def test_an_erased_code_is_refused_with_a_sentence(cast: Cast, waves: TwoWaves) -> None:
    erase(cast, waves.first)
    own = [each.pk for each in waves.first_out]
    with pytest.raises(Refused, match=r"^3 van deze codes zijn gewist"):
        reveals.reveal(hand_outs=own, by=cast.coordinator, now=ERASED_AT)
    with pytest.raises(Refused, match=r"^1 van deze codes is gewist"):
        lifecycle.reclaim(hand_outs=own[2:], by=cast.officer, now=ERASED_AT)
    asked = renewals.ask(hand_outs=own[:1], by=cast.coordinator, now=ERASED_AT)
    assert asked.refused == [(own[0], "Deze code is gewist, een tijd na haar laatste geldige dag.")]


def test_an_erased_code_is_never_loaded_again(cast: Cast, waves: TwoWaves) -> None:
    erase(cast, waves.first)
    pool = Pool.objects.get(name="september")
    file = load_codes(pool, by=cast.officer, codes=["AA-0"], now=ERASED_AT)
    assert list(file.rows.final().values_list("outcome", flat=True)) != ["NEW"]


def test_pages_say_that_it_is_erased(cast: Cast, waves: TwoWaves, as_user: SignIn) -> None:
    erase(cast, waves.first)
    request = VoucherRequest.objects.get(period=waves.first)
    mail = Mail.objects.filter(request=request).first()
    job = Job.objects.get(kind=Job.Kind.ERASE)
    assert mail is not None
    school, ministry = as_user(cast.coordinator), as_user(cast.officer)
    for client, address, sentence in (
        (school, reverse("request_detail", args=[request.pk]), ">gewist</th>"),
        (school, reverse("families") + "?stand=alle", ">gewist</th>"),
        (ministry, reverse("ministry_request", args=[request.pk]), request.label),
        (ministry, reverse("ministry_mail", args=[mail.pk]), "De tekst is gewist"),
        (ministry, reverse("ministry_file", args=[waves.first_reported.pk]), "gewist"),
        (ministry, reverse("ministry_periods"), "op 10/01/2021, door Olga Officier"),
        (ministry, reverse("job_progress", args=[job.pk]), "Referenties van leerlingen: 3"),
        (ministry, reverse("ministry_jobs"), "golf wissen"),
    ):
        page = client.get(address)
        assert page.status_code == 200
        assert sentence in page.content.decode(), address


def test_an_erased_mail_is_not_sent_again(cast: Cast, waves: TwoWaves) -> None:
    mail = Mail.objects.get(request__period=waves.first, state=MailState.FAILED)
    erase(cast, waves.first)
    with pytest.raises(Refused, match="De tekst van deze mail is gewist"):
        mails.send_again(mail=mail, by=cast.officer, now=ERASED_AT)


# What the database refuses


def refused(statement: str, pk: int) -> str:
    """What the database answers to it."""
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{statement} WHERE id = %s", [pk])
    return str(refusal.value)


def test_what_is_erased_is_never_filled_again(cast: Cast, waves: TwoWaves) -> None:
    erase(cast, waves.first)
    code = waves.first_out[0].voucher_id
    line = waves.first_out[0].line_id
    mail = Mail.objects.get(request__period=waves.first, state=MailState.FAILED).pk
    for statement, pk, sentence in (
        ("UPDATE vouchers_voucher SET secret = 'x'", code, "an erased code stays erased"),
        ("UPDATE vouchers_voucher SET key_id = 'x'", code, "an erased code stays erased"),
        (
            "UPDATE vouchers_voucher SET state = 'AVAILABLE'",
            code,
            "an erased code does not go back",
        ),
        ("UPDATE vouchers_pupilline SET reference = 'x'", line, "only be erased"),
        ("UPDATE vouchers_pupilline SET reference_key = 'x'", line, "only be erased"),
        ("UPDATE vouchers_providerfile SET content = 'x'", waves.first_reported.pk, "stays erased"),
        ("UPDATE vouchers_mail SET body = 'x'", mail, "only be erased"),
        ("UPDATE vouchers_mail SET state = 'QUEUED'", mail, "it does not leave"),
        ("UPDATE vouchers_period SET erased_at = now()", waves.first.pk, "written once"),
    ):
        assert sentence in refused(statement, pk), statement


def test_a_text_that_was_typed_is_erased_and_never_changed(cast: Cast, waves: TwoWaves) -> None:
    type_texts(cast, waves)
    out = waves.first_out[0]
    for statement in (
        f"UPDATE vouchers_decision SET reason = 'x' WHERE line_id = {out.line_id}",
        f"UPDATE vouchers_renewal SET reason = 'x' WHERE hand_out_id = {out.pk}",
        f"UPDATE vouchers_replacementask SET refusal = 'x' WHERE hand_out_id = {out.pk}",
        f"UPDATE vouchers_holding SET reason = 'x' WHERE voucher_id = {out.voucher_id}",
        "UPDATE vouchers_providerfile SET refusal = 'x' WHERE state = 'REFUSED'",
        f"UPDATE vouchers_holding SET held = false WHERE voucher_id = {out.voucher_id}",
    ):
        with (
            connection.cursor() as cursor,
            pytest.raises(IntegrityError, match="cannot change any more"),
            transaction.atomic(),
        ):
            cursor.execute(statement)


def test_what_somebody_still_needs_is_not_emptied(cast: Cast, waves: TwoWaves) -> None:
    (in_stock,) = Voucher.objects.filter(pool__name="september", state="AVAILABLE")
    assert "may go out" in refused("UPDATE vouchers_voucher SET secret = ''", in_stock.pk)
    received = ProviderFile.objects.filter(pk=waves.first_reported.pk)
    assert received.get().state == FileState.APPLIED
    file = _file_to_check(cast)
    assert "still has to be read" in refused("UPDATE vouchers_providerfile SET content = ''", file)
    mail = Mail.objects.filter(state=MailState.SENT).values_list("pk", flat=True)[0]
    assert "change any more" in refused("UPDATE vouchers_mail SET body = 'x'", mail)


def _file_to_check(cast: Cast, *, name: str = "nieuw.csv", now: datetime = ERASED_AT) -> int:
    received = provider_files.upload(
        kind=FileKind.CODES,
        provider=cast.provider,
        pool=cast.pool,
        name=name,
        content=code_csv([f"ZZ-{name}"]),
        by=cast.officer,
        now=now,
    )
    return received.file.pk


# The command


def test_the_command_says_what_it_would_do_and_then_does_it(
    cast: Cast, waves: TwoWaves, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = {"codes": 3, "pupils": 3, "texts": 1, "mails": 3, "files": 1}
    lines = [
        "Codes: 3",
        "Referenties van leerlingen: 3",
        "Aanvragen met een toelichting of een vraag: 1",
        "Redenen en nota's: 0",
        "Teksten van mails: 3",
        "Inhoud van bestanden: 1",
    ]
    answer = run(capsys, "erase_period", "golf-1", "--dry-run", "--json")
    assert (answer.status, answer.lines[:-1]) == (0, lines)
    would = numbers | {"reasons": 0}
    assert answer.object == {"period": "golf-1", "dry_run": True, "refusal": ""} | would
    assert PupilLine.objects.filter(reference="").count() == 0
    answer = run(capsys, "erase_period", "golf-1", "--yes", "--json")
    assert (answer.status, answer.object) == (
        0,
        {"period": "golf-1", "dry_run": False, "refusal": ""} | numbers,
    )
    answer = run(capsys, "erase_period", "golf-1", "--yes")
    assert (answer.status, answer.lines) == (1, ["Golf 1 is al gewist."])


@pytest.mark.usefixtures("waves")
def test_without_somebody_to_ask_it_wants_yes_and_an_unknown_wave_is_wrong_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, "erase_period", "golf-1").status == 2
    assert run(capsys, "erase_period", "golf-9", "--yes").status == 2
    assert PupilLine.objects.filter(reference="").count() == 0


def test_a_draft_of_an_erased_wave_keeps_no_reference(cast: Cast) -> None:
    make_request(cast.school, cast.period, by=cast.coordinator, references=["KLAD-1"])
    pools.close_period(period=cast.period, by=cast.officer, now=at(date(2020, 8, 3)))
    cast.period.refresh_from_db()
    job = erase(cast, cast.period, at(date(2021, 2, 1)))
    assert job.result == {"pupils": 1}
    assert "KLAD" not in dump()
