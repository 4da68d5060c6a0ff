"""A period is handed out by a job, or by an operator: once, whole, whoever dies meanwhile."""

import signal
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common.processes import die_with_parent
from common.refused import Refused
from common.tests.commands import run as run_command
from conftest import Cast
from history.models import HistoryEvent
from history.recording import recorded
from voucherportal import celery_app
from voucherportal.environment import BASE_DIR
from vouchers.actions.files.provider_files import quietly
from vouchers.actions.hand_out import handing_out, preview
from vouchers.actions.hand_out.plan import Plan
from vouchers.actions.stock import pools
from vouchers.actions.upkeep import job_kinds, jobs
from vouchers.models import Division, HandOut, Job, Mail, Pool, VoucherRequest
from vouchers.states import JobState, MailKind
from vouchers.tests.factories import at, load_codes, make_pool
from vouchers.tests.many import ANY, granted_requests
from vouchers.tests.worker import environment, wait_until

NOW = at(date(2020, 3, 11))


def granted(cast: Cast, requests: int = 2, pupils: int = 2) -> list[VoucherRequest]:
    return granted_requests(
        [[ANY] * pupils] * requests,
        period=cast.period,
        school=cast.school,
        by=cast.coordinator,
        officer=cast.officer,
        now=NOW,
    )


def enqueue(cast: Cast) -> Job:
    return jobs.enqueue(kind=Job.Kind.HAND_OUT, period=cast.period, by=cast.officer, now=NOW)


def run(job: Job) -> Job:
    """Run it here and now; returns the job as it is then."""
    assert jobs.run(job_id=job.pk, worker="host:1", now=NOW)
    job.refresh_from_db()
    return job


@pytest.fixture
def stock(cast: Cast) -> Pool:
    """Four codes that can be handed out today."""
    pool = make_pool(
        cast.provider, name="nu", valid_until=timezone.localdate() + timedelta(days=90)
    )
    load_codes(pool, by=cast.officer, codes=4)
    return pool


def test_a_job_hands_the_period_out_and_keeps_what_it_came_to(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    load_codes(cast.other_pool, by=cast.officer, codes=3)
    granted(cast)
    job = run(enqueue(cast))
    assert (job.state, job.error, job.done, job.total) == (JobState.DONE, "", 2, 2)
    assert job.result == {
        "at": NOW.isoformat(),
        "codes": 4,
        "requests": 2,
        "pools": {str(cast.other_pool.pk): 3, str(cast.pool.pk): 1},
    }
    assert set(job.hand_outs()) == set(HandOut.objects.all())
    ready = Mail.objects.filter(kind=MailKind.CODES_READY).order_by("request")
    assert [mail.request_id for mail in ready] == sorted(
        VoucherRequest.objects.values_list("pk", flat=True)
    )
    event = HistoryEvent.objects.filter(table="vouchers_handout").latest("id")
    assert event.actor == cast.officer.pk


def test_a_refusal_becomes_the_sentence_of_the_job(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    granted(cast)
    job = run(enqueue(cast))
    assert (job.state, job.result, job.error) == (
        JobState.FAILED,
        {},
        "Er is 1 code te weinig. Laad eerst nieuwe codes, of verdeel wat er is.",
    )
    load_codes(cast.pool, by=cast.officer, codes=1)
    again = jobs.retry(job=job, by=cast.officer, now=NOW)
    assert (again.pk, run(again).state, HandOut.objects.count()) == (job.pk, JobState.DONE, 4)


def test_one_unfinished_job_a_period(cast: Cast) -> None:
    granted(cast)
    job = enqueue(cast)
    assert enqueue(cast) == job
    with pytest.raises(IntegrityError, match="job_once_a_period"), transaction.atomic():
        Job.objects.create(
            kind=Job.Kind.HAND_OUT, period=cast.period, created_at=NOW, created_by=cast.officer
        )
    run(job)  # there are no codes
    assert enqueue(cast) != job


@pytest.mark.parametrize("who", ["coordinator", "provider_user"])
def test_only_the_ministry_starts_sees_and_retries_it(cast: Cast, who: str) -> None:
    granted(cast)
    person = getattr(cast, who)
    with pytest.raises(Refused, match="Alleen het ministerie"):
        jobs.enqueue(kind=Job.Kind.HAND_OUT, period=cast.period, by=person, now=NOW)
    job = run(enqueue(cast))
    assert (Job.objects.visible_to(person).count(), Job.objects.visible_to(cast.officer).get()) == (
        0,
        job,
    )
    with pytest.raises(Refused):
        jobs.retry(job=job, by=person, now=NOW)


def test_nothing_waits_or_closed_starts_no_job(cast: Cast) -> None:
    with pytest.raises(Refused, match="In Golf 1 wacht niemand op een code"):
        enqueue(cast)
    granted(cast)
    pools.close_period(period=cast.period, by=cast.officer, now=NOW)
    cast.period.refresh_from_db()
    with pytest.raises(Refused, match="Golf 1 is gesloten"):
        enqueue(cast)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"kind": "HAND_OUT"}, {"kind": "CHECK_FILE"}, {"kind": "APPLY_FILE", "period": True}]
)
def test_each_kind_has_its_own_field(cast: Cast, fields: dict[str, Any]) -> None:
    if "period" in fields:
        fields = fields | {"period": cast.period}
    with pytest.raises(IntegrityError, match="job_kind_has_its_field"), transaction.atomic():
        Job.objects.create(**fields, created_at=NOW, created_by=cast.officer)


def test_what_a_job_is_about_does_not_change(cast: Cast) -> None:
    granted(cast)
    job = enqueue(cast)
    with pytest.raises(IntegrityError, match="cannot change any more"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(created_at=NOW + timedelta(days=1))


def test_a_worker_that_dies_after_the_commit_leaves_a_job_that_knows_it_is_done(
    cast: Cast,
) -> None:
    """Rule 8: nothing is done twice, mails included; a second time would say that nobody waits."""
    celery_app.control.purge()
    load_codes(cast.pool, by=cast.officer, codes=9)
    granted(cast)
    job = enqueue(cast)
    with recorded(by=cast.officer):
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, started_at=NOW, attempt=1)
    job_kinds.carry_out_hand_out(job, cast.period, NOW, quietly)
    kept = Job.objects.get(pk=job.pk).result
    granted(cast)  # who came since is for the next time
    assert jobs.pick_up_lost(now=NOW) == jobs.PickedUp(0, 1, 0)
    job = run(job)
    assert (job.state, job.result, HandOut.objects.count()) == (JobState.DONE, kept, 4)
    assert Mail.objects.filter(kind=MailKind.CODES_READY).count() == 2


def test_a_worker_that_dies_before_the_mails_leaves_them_to_the_next(cast: Cast) -> None:
    celery_app.control.purge()
    load_codes(cast.pool, by=cast.officer, codes=4)
    granted(cast)
    job = enqueue(cast)
    with recorded(by=cast.officer):
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, started_at=NOW, attempt=1)
        done = handing_out.hand_out_period(period=cast.period, by=cast.officer, now=NOW)
        Job.objects.filter(pk=job.pk).update(result=job_kinds.handed_out_as_json(done, NOW))
    assert not Mail.objects.filter(kind=MailKind.CODES_READY).exists()
    jobs.pick_up_lost(now=NOW)
    assert run(job).state == JobState.DONE
    assert Mail.objects.filter(kind=MailKind.CODES_READY).count() == 2


# A worker killed in the middle.

RUN_IT = """
import django; django.setup()
from vouchers.tasks import run_job
run_job(job_id={job})
"""
# Of this database only: the other half of the suite waits for locks too.
WAITS = """
SELECT count(*) FROM pg_locks waits
WHERE NOT granted AND locktype IN ('tuple', 'transactionid') AND EXISTS (
    SELECT 1 FROM pg_locks held JOIN pg_database here ON here.oid = held.database
    WHERE held.pid = waits.pid AND here.datname = current_database())
"""


def waits_for_a_row() -> bool:
    """Whether somebody waits for a row that another has locked."""
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_nothing_is_half_done_and_it_is_picked_up(
    cast: Cast, stock: Pool
) -> None:
    """It has locked the requests and waits for the pool when it is killed."""
    celery_app.control.purge()
    granted(cast)
    job = enqueue(cast)
    with transaction.atomic():
        list(Pool.objects.select_for_update(no_key=True).filter(pk=stock.pk))
        process = subprocess.Popen(
            [sys.executable, "-c", RUN_IT.format(job=job.pk)],
            env=environment(),
            cwd=BASE_DIR,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        wait_until(waits_for_a_row)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    job.refresh_from_db()
    assert (job.state, job.result, HandOut.objects.count()) == (JobState.RUNNING, {}, 0)
    wait_until(lambda: jobs.pick_up_lost(now=NOW) == jobs.PickedUp(0, 1, 0))
    assert preview.preview_period(cast.period, NOW).waiting == 4
    assert (run(job).state, HandOut.objects.count(), job.attempt) == (JobState.DONE, 4, 2)


# The command


def test_an_operator_hands_a_period_out(
    cast: Cast, stock: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    granted(cast)
    answer = run_command(capsys, "hand_out", "--period", "golf-1", "--json")
    assert (answer.status, answer.object) == (
        0,
        {
            "period": "golf-1",
            "codes": 4,
            "requests": 2,
            "waiting": 0,
            "division": None,
            "pools": [{"pool": stock.pk, "provider": "Telenet", "name": "nu", "codes": 4}],
            "refusal": "",
        },
    )
    assert answer.lines[:-1] == [
        "4 codes uitgereikt voor 2 aanvragen.",
        f"4 uit Telenet, nu (voorraad {stock.pk})",
    ]
    assert set(HandOut.objects.values_list("handed_out_by", flat=True)) == {cast.administrator.pk}
    event = HistoryEvent.objects.filter(table="vouchers_handout").latest("id")
    assert (event.origin, event.reason) == ("command:hand_out", "codes van een golf uitgereikt")


def test_what_is_refused_leaves_with_1_and_its_sentence(
    cast: Cast, stock: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    sentences = {
        0: "In Golf 1 wacht niemand op een code. Keur eerst aanvragen goed.",
        6: "Er zijn 2 codes te weinig. Laad eerst nieuwe codes, of verdeel wat er is.",
    }
    for pupils, sentence in sentences.items():
        granted(cast, requests=pupils // 2)
        answer = run_command(capsys, "hand_out", "--period", "golf-1", "--json")
        assert (answer.status, answer.lines[:-1]) == (1, [sentence])
        assert answer.object == {
            "period": "golf-1",
            "codes": 0,
            "requests": 0,
            "waiting": 0,
            "division": None,
            "pools": [],
            "refusal": sentence,
        }
    assert not HandOut.objects.exists()


def test_an_operator_divides_what_there_is_after_a_look(
    cast: Cast, stock: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    granted(cast, requests=3)
    arguments = ["hand_out", "--period", "golf-1", "--rule", "proportional", "--json"]
    looked = run_command(capsys, *arguments, "--dry-run")
    assert (looked.status, looked.lines[0]) == (
        0,
        "4 codes zouden uitgereikt worden voor 2 aanvragen.",
    )
    assert (HandOut.objects.count(), Job.objects.count()) == (0, 0)
    done = run_command(capsys, *arguments)
    division = Division.objects.get()
    assert (done.status, done.lines[-2]) == (0, "2 leerlingen wachten dan nog.")
    assert done.object == looked.object | {"division": division.pk}
    assert (division.rule, HandOut.objects.count()) == ("PROPORTIONAL", 4)
    queue = run_command(capsys, "hand_out", "--period", "golf-1", "--only-queue", "--dry-run")
    assert (queue.status, queue.lines[0].split(".")[0]) == (1, "Er zijn 2 codes te weinig")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["golf-1", "--minimum", "2"], "--minimum is 0 of meer, en hoort bij --rule."),
        (["golf-9"], "Er is geen golf golf-9."),
        (["golf-1", "--user", "x@y.be"], "Niemand met adres x@y.be kan hier aanmelden."),
    ],
)
def test_wrong_use_leaves_with_2(
    cast: Cast, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    answer = run_command(capsys, "hand_out", "--period", *arguments)
    assert (answer.status, answer.lines) == (2, [sentence])


def test_who_is_not_of_the_ministry_is_refused(
    cast: Cast, stock: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    granted(cast)
    email = cast.coordinator.email
    answer = run_command(capsys, "hand_out", "--period", "golf-1", "--user", email)
    assert (answer.status, answer.lines) == (1, ["Alleen het ministerie kan dit doen."])


def test_another_plan_for_work_under_way_is_refused(cast: Cast) -> None:
    """Whoever runs what `enqueue` gives would else carry out a plan that they did not ask."""
    granted(cast)
    job = enqueue(cast)
    assert enqueue(cast) == job
    with pytest.raises(Refused) as refused:
        jobs.enqueue(
            kind=Job.Kind.HAND_OUT,
            period=cast.period,
            by=cast.officer,
            now=NOW,
            plan=Plan(only_queue=True).as_json(),
        )
    assert refused.value.code == "other-plan-under-way"
    assert Job.objects.get() == job
