"""Work that outlives a page view: a row first, a message after it, nothing lost, nothing twice.

A running job holds a session lock of PostgreSQL on its number. The lock goes with the connection of
the worker, so a job whose worker died is RUNNING with a free lock: that is how `pick_up_lost` knows
it, without any flag that somebody would have to clear (rule 8). Session locks need a connection of
one's own: no pooler that shares connections per transaction.

The work itself is in a row for each kind (`upkeep.job_kinds`). An app registers its rows when it is
ready: this module imports no work, so that any work can ask for a job.
"""

import logging
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django_stubs_ext import StrPromise

from accounts.models import User
from common.broker import tell_workers
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.models import Job, Period, ProviderFile
from vouchers.states import JobState

logger = logging.getLogger(__name__)

RUN_TASK = "vouchers.run_job"
ATTEMPTS = 5
# Nobody has taken it for this long: its message is lost, or the workers are busy (twice is
# harmless).
UNTAKEN = timedelta(minutes=1)
LOCK_NUMBERS = 1 << 40
NOTHING_HALF_DONE = gettext_lazy(
    "Er ging iets mis aan onze kant. Er is niets half gedaan. Probeer het opnieuw; lukt "
    "het weer niet, mail ons dan en vermeld taak {job}."
)

Subject = TypeVar("Subject", ProviderFile, Period)
# Progress: how many are done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class JobKind(Generic[Subject]):
    """One kind of work: a row of a table that an app registers.

    `about`: what a job of this kind is about; the constraint `job_kind_has_its_field` says the
    same. `check_can_ask` raises Refused. Who may see a job follows from what it is about
    (`Job.objects.visible_to`). `work` may be interrupted at any moment and is then called again; it
    raises Refused with a sentence for the person who asked. `sorry` is what they read when the
    fault is ours; `{job}` becomes its number. `why`: what history says about each of its steps.
    """

    about: type[Subject]
    why: str
    check_can_ask: Callable[[User, Job, Subject], None]
    work: Callable[[Job, Subject, datetime, Progress], None]
    sorry: StrPromise = NOTHING_HALF_DONE


class NotAJob(Exception):
    """Of a kind that nobody registered, or not about what its kind requires."""


_kinds: dict[str, JobKind[Any]] = {}


def _nobodys_work(*_anything: object) -> None:
    raise NotAJob("nobody registered jobs of this kind")


# A row of another version of the portal still fails with a sentence.
UNKNOWN: JobKind[Any] = JobKind(
    about=Period, why=gettext_noop("taak"), check_can_ask=_nobodys_work, work=_nobodys_work
)


def register(kinds: Mapping[Job.Kind, JobKind[Any]]) -> None:
    """Register these kinds of work, before any job is asked for or done."""
    _kinds.update({kind.value: row for kind, row in kinds.items()})


def kind_of(job: Job) -> JobKind[Any]:
    """The row for a kind. Raises NotAJob."""
    if job.kind not in _kinds:
        raise NotAJob(f"nobody registered jobs of kind {job.kind!r}")
    return _kinds[job.kind]


def subject_of(job: Job) -> ProviderFile | Period:
    """What a job is about: the one thing that its kind requires, and nothing else. Raises
    NotAJob."""
    about = kind_of(job).about
    subjects = [each for each in (job.file, job.period) if each is not None]
    if len(subjects) != 1 or not isinstance(subjects[0], about):
        raise NotAJob(f"a job of kind {job.kind!r} is about one {about.__name__}")
    return subjects[0]


@dataclass(frozen=True, slots=True)
class PickedUp:
    """What a round found: jobs sent again because nobody took them, jobs that wait again because
    their worker died, jobs given up."""

    sent: int
    requeued: int
    failed: int


def enqueue(
    *,
    kind: Job.Kind,
    by: User,
    now: datetime,
    file: ProviderFile | None = None,
    period: Period | None = None,
    plan: Mapping[str, Any] | None = None,
    sent: bool = True,
) -> Job:
    """A job for a file or for a period, sent to the workers once the transaction has committed.

    If the same work is not finished yet, it is that job; when it follows another plan, Refused.
    plan: how to do the work. sent: False for a caller that runs it at once; a worker takes over
    when that fails. Raises Refused, and NotAJob before anything is written.
    """
    job = Job(kind=kind, file=file, period=period, created_at=now, created_by=by)
    job.plan = dict(plan or {})
    with recorded(by=by, why=kind_of(job).why):
        subject_of(job)
        lock_subject(job)
        check_can_start(by, job)
        if existing := Job.objects.unfinished_twins(job).first():
            if existing.plan != job.plan:
                raise Refused(
                    _(
                        "Dit werk is al bezig, op een andere manier gevraagd door {person}. Wacht"
                        " tot het klaar is."
                    ).format(person=existing.created_by),
                    code="other-plan-under-way",
                )
            return existing
        job.save()
        if sent:
            transaction.on_commit(partial(_send, job.pk))
    return job


def check_can_start(user: User, job: Job) -> None:
    """Anybody who may do the work itself."""
    subject = subject_of(job)
    kind_of(job).check_can_ask(user, job, subject)


def check_can_retry(user: User, job: Job) -> None:
    """Anybody who may do the work itself, once it has failed."""
    check_can_start(user, job)
    policies.check_failed_for(user, job)


def run(*, job_id: int, worker: str, now: datetime) -> bool:
    """Do a waiting job, unless somebody else has it. Returns whether this call did it.

    worker: the process that does it. A refusal or an error becomes FAILED with a sentence; when the
    database goes away nothing is recorded, and a later round takes it up.
    """
    started = time.monotonic()
    with _session_lock(job_id) as mine:
        job = _claim(job_id, worker=worker, now=now) if mine else None
        if job is None:
            return False
        try:
            with translation.override(job.created_by.language):  # what it writes down is for them
                sentence = _work(job, now)
            finished_at = now + timedelta(seconds=time.monotonic() - started)
            _finish(job, sentence, finished_at)
        except (InterfaceError, OperationalError) as away:
            # The job stays RUNNING and its lock goes with the connection: `pick_up_lost` finds it.
            logger.warning("job %s: the database went away (%s)", job_id, _cause(away))
            connection.close()
            return False
    return True


def retry(*, job: Job, by: User, now: datetime) -> Job:
    """Queue a failed job again, with all its attempts. Raises Refused."""
    with recorded(by=by, why=gettext_noop("taak opnieuw gestart")):
        lock_subject(job)
        job = Job.objects.select_for_update(no_key=True, of=("self",)).get(pk=job.pk)
        check_can_retry(by, job)
        if existing := Job.objects.unfinished_twins(job).first():
            return existing
        job.state, job.attempt, job.error, job.finished_at = JobState.QUEUED, 0, "", None
        job.started_at, job.worker = None, ""
        job.save(update_fields=["state", "attempt", "error", "finished_at", "started_at", "worker"])
        transaction.on_commit(partial(_send, job.pk))
    return job


def pick_up_lost(*, now: datetime) -> PickedUp:
    """Send again what nobody took, and what was under way when its worker died."""
    requeued, failed = [], 0
    for job in Job.objects.filter(state=JobState.RUNNING).order_by("id"):
        with _session_lock(job.pk) as mine:
            if not mine:
                continue
            if job.attempt >= ATTEMPTS:
                failed += _give_up(job, now)
            elif _requeue(job):
                requeued.append(job.pk)
    untaken = Job.objects.filter(state=JobState.QUEUED, created_at__lte=now - UNTAKEN)
    waiting = list(untaken.exclude(pk__in=requeued).order_by("id").values_list("pk", flat=True))
    for pk in [*requeued, *waiting]:
        _send(pk, expires=UNTAKEN.total_seconds())
    return PickedUp(sent=len(waiting), requeued=len(requeued), failed=failed)


def lock_subject(job: Job) -> None:
    """Whoever starts the same work at the same moment waits here, then finds it."""
    for model, pk in ((ProviderFile, job.file_id), (Period, job.period_id)):
        if pk is not None:
            rows = model._default_manager.select_for_update(no_key=True)
            list(rows.filter(pk=pk).values_list("pk"))


def _send(job_id: int, *, expires: float | None = None) -> None:
    """Tell the workers. When the broker is away the row waits until `pick_up_lost` sends it."""
    tell_workers(RUN_TASK, what=f"job {job_id}", expires=expires, job_id=job_id)


@contextmanager
def _session_lock(job_id: int) -> Iterator[bool]:
    """Take the session lock of a job, unless somebody has it: then yield False at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_NUMBERS + job_id])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            _let_go(job_id)


def _let_go(job_id: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_NUMBERS + job_id])
    except Error:
        connection.close()  # and the lock goes with it


def _claim(job_id: int, *, worker: str, now: datetime) -> Job | None:
    """Take a waiting job: one guarded UPDATE, so that only one worker can."""
    jobs = Job.objects.select_related("created_by", "file__provider", "period")
    job = jobs.filter(pk=job_id).first()
    if job is None:
        return None
    with recorded(by=job.created_by, why=_row(job).why):
        taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
            state=JobState.RUNNING, started_at=now, worker=worker[:100], attempt=F("attempt") + 1
        )
    return job if taken else None


def _work(job: Job, now: datetime) -> str:
    """Do it; "" when it went well, else the sentence for the asker, never what is in a file."""
    try:
        kind_of(job).work(job, subject_of(job), now, partial(_progress, job.pk))
    except Refused as refused:
        return refused.message
    except (InterfaceError, OperationalError):
        raise
    except Exception as error:
        # Its message may contain what is in the file: only the kind of error and the places.
        logger.error("job %s failed: %s at %s", job.pk, type(error).__name__, _places(error))
        return _sorry(job)
    return ""


def _cause(error: Exception) -> str:
    """The kind of error, the code that PostgreSQL gives it (a deadlock, a statement cancelled) and
    the places. Not its message, which may quote what is in a file; only when the connection is gone
    there is no code, and what the server said last is about nothing else."""
    code = getattr(error.__cause__, "pgcode", None)
    why = code or next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}, {why}, at {_places(error)}"


def _sorry(job: Job) -> str:
    """What the person who asked reads when the fault is ours, even for an unregistered kind."""
    return str(_row(job).sorry).format(job=job.pk)


def _row(job: Job) -> JobKind[Any]:
    return _kinds.get(job.kind, UNKNOWN)


def _places(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{frame.name}:{frame.lineno}" for frame in frames)


def _progress(job_id: int, done: int, total: int) -> None:
    Job.objects.filter(pk=job_id).update(done=done, total=total)


def _finish(job: Job, sentence: str, at: datetime) -> None:
    state = JobState.FAILED if sentence else JobState.DONE
    with recorded(by=job.created_by, why=_row(job).why):
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
            state=state, error=sentence[:500], finished_at=at
        )


def _requeue(job: Job) -> int:
    with recorded(by=job.created_by, why=gettext_noop("de werker van deze taak viel weg")):
        return Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(state=JobState.QUEUED)


def _give_up(job: Job, now: datetime) -> int:
    with translation.override(job.created_by.language):
        sentence = _(
            "Deze taak werd {n} keer onderbroken en is gestopt. Mail ons en vermeld taak {job}."
        ).format(n=job.attempt, job=job.pk)
    with recorded(by=job.created_by, why=gettext_noop("te vaak onderbroken")):
        return Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
            state=JobState.FAILED, error=sentence, finished_at=now
        )
