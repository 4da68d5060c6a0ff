"""Jobs: a row before a message, done once, picked up again; once through a real worker."""

import base64
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language

from common.refused import Refused
from conftest import Cast
from voucherportal import celery_app
from voucherportal.environment import BASE_DIR
from vouchers.actions.files import provider_files
from vouchers.actions.upkeep import jobs
from vouchers.models import Job, ProviderFile, Voucher
from vouchers.states import FileKind, FileState, JobState, RowOutcome
from vouchers.tasks import run_job
from vouchers.tests.factories import at, code_csv
from vouchers.tests.races import while_held
from vouchers.tests.worker import Worker, environment, running_worker, wait_until

NOW = at(date(2020, 3, 2))


def receive(cast: Cast, codes: int = 3, content: bytes | None = None) -> ProviderFile:
    """A file with codes that nobody has checked yet."""
    return provider_files.receive(
        kind=FileKind.CODES,
        provider=cast.provider,
        pool=cast.pool,
        name="codes.csv",
        content=content or code_csv([f"C{n}" for n in range(codes)]),
        by=cast.officer,
        now=NOW,
    ).file


def enqueue(cast: Cast, file: ProviderFile, kind: Job.Kind = Job.Kind.CHECK_FILE) -> Job:
    return jobs.enqueue(kind=kind, file=file, by=cast.officer, now=NOW)


def run(job: Job, worker: str = "host:1") -> bool:
    return jobs.run(job_id=job.pk, worker=worker, now=NOW)


def break_key(file: ProviderFile) -> None:
    """Take the key of this file out of the ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vouchers_providerfile SET key_id = 'gone', content = content || 'x'"
            " WHERE id = %s",
            [file.pk],
        )


def test_a_job_is_sent_when_its_row_is_committed(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    celery_app.control.purge()
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        job = enqueue(cast, receive(cast))
    assert (len(callbacks), celery_app.control.purge()) == (1, 0)
    callbacks[0]()
    (message,) = map(json.loads, redis.from_url(settings.REDIS_URL).lrange("celery", 0, -1))
    arguments, options, _embed = json.loads(base64.b64decode(message["body"]))
    assert (arguments, options) == ([], {"job_id": job.pk})
    assert (job.state, celery_app.control.purge()) == (JobState.QUEUED, 1)


def test_running_checks_the_file_and_names_the_worker(cast: Cast) -> None:
    file = receive(cast)
    job = enqueue(cast, file)
    assert run(job, "machine:4711")
    job.refresh_from_db()
    file.refresh_from_db()
    assert (file.state, file.rows.count()) == (FileState.CHECKED, 3)
    assert (job.state, job.worker, job.attempt, job.done, job.total, job.error) == (
        JobState.DONE,
        "machine:4711",
        1,
        3,
        3,
        "",
    )
    assert job.started_at == NOW
    assert NOW <= job.finished_at <= NOW + timedelta(minutes=1)


def test_a_job_is_done_once_however_often_it_is_sent(cast: Cast) -> None:
    job = enqueue(cast, receive(cast))
    assert [run(job), run(job), run_job(job_id=job.pk)] == [True, False, False]
    assert run_job(job_id=job.pk + 1000) is False


def test_the_same_work_asked_twice_is_one_job(cast: Cast) -> None:
    file = receive(cast)
    assert enqueue(cast, file) == enqueue(cast, file)


@pytest.mark.parametrize("who", ["coordinator", "provider_user", "other_provider_user"])
def test_who_may_not_deliver_a_file_starts_no_job_for_it(cast: Cast, who: str) -> None:
    file = receive(cast)
    with pytest.raises(Refused):
        jobs.enqueue(kind=Job.Kind.CHECK_FILE, file=file, by=getattr(cast, who), now=NOW)


def test_a_refusal_becomes_its_sentence(cast: Cast) -> None:
    job = enqueue(cast, receive(cast), Job.Kind.APPLY_FILE)
    run(job)
    job.refresh_from_db()
    assert (job.state, job.error) == (
        JobState.FAILED,
        "codes.csv is nog niet nagekeken. Wacht tot het nakijken klaar is.",
    )


def test_an_error_tells_nothing_of_the_file_and_the_job_can_be_retried(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    file = receive(cast, content=code_csv(["CANARY-1"]))
    kept = file.key_id
    break_key(file)
    job = enqueue(cast, file)
    with caplog.at_level(logging.ERROR):
        run(job)
    job.refresh_from_db()
    assert (job.state, job.error) == (
        JobState.FAILED,
        "Er ging iets mis aan onze kant. Er is niets half gedaan. Probeer het opnieuw; lukt het "
        f"weer niet, mail ons dan en vermeld taak {job.pk}.",
    )
    assert f"job {job.pk} failed: CodeUnreadable at _work" in caplog.text
    assert "canary" not in caplog.text.lower()
    ProviderFile.objects.filter(pk=file.pk).update(key_id=kept, content=file.content)
    with pytest.raises(Refused):
        jobs.retry(job=job, by=cast.other_provider_user, now=NOW)
    again = jobs.retry(job=job, by=cast.officer, now=NOW)
    assert (again.pk, again.state, again.error, again.finished_at) == (
        job.pk,
        JobState.QUEUED,
        "",
        None,
    )
    assert run(job)
    file.refresh_from_db()
    assert file.state == FileState.CHECKED


def test_what_went_wrong_is_told_in_the_language_of_who_asked(cast: Cast) -> None:
    cast.officer.language = "en"
    cast.officer.save(update_fields=["language"])
    file = receive(cast)
    break_key(file)
    job = enqueue(cast, file)
    run(job)
    job.refresh_from_db()
    assert job.error.startswith("Something went wrong on our side.")
    assert get_language() == "nl"


def test_only_a_failed_job_can_be_retried(cast: Cast) -> None:
    with pytest.raises(Refused):
        jobs.retry(job=enqueue(cast, receive(cast)), by=cast.officer, now=NOW)


def failed(cast: Cast, file: ProviderFile) -> Job:
    """A job on this file that failed, since nobody has checked it yet."""
    job = enqueue(cast, file, Job.Kind.APPLY_FILE)
    run(job)
    return job


def retried_at_once(cast: Cast) -> object:
    """How it ends when two failed jobs on one file are retried at the same moment."""
    file = receive(cast)
    first, second = (failed(cast, file) for _each in range(2))
    end = while_held(
        partial(jobs.retry, job=first, by=cast.officer, now=NOW),
        partial(jobs.retry, job=second, by=cast.officer, now=NOW),
    )
    return end.pk - first.pk if isinstance(end, Job) else type(end)


@pytest.mark.django_db(transaction=True)
def test_two_failed_jobs_of_one_file_retried_at_once_are_one(cast: Cast) -> None:
    assert retried_at_once(cast) == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_only_the_database_stops_the_second(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "lock_subject", lambda job: None)
    assert retried_at_once(cast) is IntegrityError


def test_a_job_nobody_took_for_a_minute_is_sent_again(cast: Cast) -> None:
    celery_app.control.purge()
    enqueue(cast, receive(cast))
    assert jobs.pick_up_lost(now=NOW + timedelta(seconds=59)) == jobs.PickedUp(0, 0, 0)
    assert jobs.pick_up_lost(now=NOW + timedelta(seconds=60)) == jobs.PickedUp(1, 0, 0)
    assert celery_app.control.purge() == 1


def test_a_running_job_whose_worker_died_waits_again_and_is_sent(cast: Cast) -> None:
    celery_app.control.purge()
    job = enqueue(cast, receive(cast))
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, started_at=NOW, attempt=4)
    assert jobs.pick_up_lost(now=NOW) == jobs.PickedUp(0, 1, 0)
    assert celery_app.control.purge() == 1
    assert run(job)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.DONE, 5)


def test_after_five_attempts_a_job_is_given_up_with_a_sentence(cast: Cast) -> None:
    job = enqueue(cast, receive(cast))
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, started_at=NOW, attempt=5)
    assert jobs.pick_up_lost(now=NOW) == jobs.PickedUp(0, 0, 1)
    job.refresh_from_db()
    assert (job.state, job.error) == (
        JobState.FAILED,
        f"Deze taak werd 5 keer onderbroken en is gestopt. Mail ons en vermeld taak {job.pk}.",
    )


@pytest.mark.django_db(transaction=True)
def test_a_job_somebody_runs_is_left_alone(cast: Cast) -> None:
    """Its runner holds the lock on another connection."""
    job = enqueue(cast, receive(cast))
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, started_at=NOW, attempt=1)
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [jobs.LOCK_NUMBERS + job.pk])
        assert jobs.pick_up_lost(now=NOW) == jobs.PickedUp(0, 0, 0)
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
        assert not run(job)
        with elsewhere.cursor() as cursor:  # closing alone lets go a moment later
            cursor.execute("SELECT pg_advisory_unlock(%s)", [jobs.LOCK_NUMBERS + job.pk])
    finally:
        elsewhere.close()
    # The server frees the lock when it notices, which on a busy machine is not at once.
    wait_until(lambda: run(job))


WAITS_FOR_US = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
"""


def end_who_waits() -> bool:
    """End a waiting connection, as a server that goes away does; whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(WAITS_FOR_US)
        return bool(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_job_under_which_the_database_goes_away_is_taken_up_again(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    """Found by `make storm`: it became FAILED, and waited for somebody to try again."""
    file = receive(cast)
    job = enqueue(cast, file)
    done: list[bool] = []

    def work() -> None:
        done.append(run(job))
        connection.close()

    runner = Thread(target=work)
    with transaction.atomic():
        ProviderFile.objects.select_for_update().get(pk=file.pk)
        runner.start()
        wait_until(end_who_waits)
    runner.join(30)
    job.refresh_from_db()
    assert (done, job.state, job.error) == ([False], JobState.RUNNING, "")
    # The driver may read the server's last word before it sees that the connection is gone, or not.
    last_words = "terminating connection due to administrator command|server closed the connection"
    said = rf"job {job.pk}: the database went away \(OperationalError, ({last_words}).*, at run"
    assert re.search(said, caplog.text)
    assert jobs.pick_up_lost(now=NOW) == jobs.PickedUp(0, 1, 0)
    assert run(job)
    file.refresh_from_db()
    assert file.state == FileState.CHECKED


def test_a_broker_that_is_away_is_no_error(db: None) -> None:
    """The row is there; picking up lost jobs sends it later. Nobody waits long for it."""
    script = (
        "import django; django.setup(); from vouchers.actions.upkeep import jobs; jobs._send(7)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment(), "REDIS_URL": "redis://127.0.0.1:1/0"},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0
    assert "job 7 could not be sent: the broker does not answer" in done.stdout


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Worker]:
    """A real worker on the test's database."""
    with running_worker() as process:
        yield process


def finished(job: Job) -> bool:
    """Whether it ended, one way or the other."""
    job.refresh_from_db()
    return job.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_checks_and_applies(cast: Cast, worker: Worker) -> None:
    file = receive(cast, content=code_csv(["CANARY-1", "CANARY-2"]))
    for kind in (Job.Kind.CHECK_FILE, Job.Kind.APPLY_FILE):
        job = enqueue(cast, file, kind)
        wait_until(partial(finished, job))
        assert (job.state, job.error) == (JobState.DONE, "")
        assert int(job.worker.rpartition(":")[2]) != worker.process.pid
    assert Voucher.objects.count() == 2
    assert "canary" not in worker.output().lower()


@pytest.mark.django_db(transaction=True)
def test_kill_in_the_middle_then_picked_up_exactly_once(cast: Cast, worker: Worker) -> None:
    file = receive(cast, codes=30_000)
    job = enqueue(cast, file)
    wait_until(lambda: file.rows.count() >= 2000)
    worker.kill()
    job.refresh_from_db()
    stored = file.rows.count()
    assert job.state == JobState.RUNNING
    assert 0 < stored < 30_000
    with running_worker():
        assert jobs.pick_up_lost(now=timezone.now()) == jobs.PickedUp(0, 1, 0)
        wait_until(lambda: finished(job))
    file.refresh_from_db()
    assert (job.state, job.attempt, file.state) == (JobState.DONE, 2, FileState.CHECKED)
    assert file.rows.counts() == {RowOutcome.NEW: 30_000}
