"""What the worker has to do meanwhile: handing out a whole period, and files of activations."""

from datetime import date
from pathlib import Path

from django.utils import timezone

from accounts.models import User
from common.broker import tell_workers
from common.refused import Refused
from storm import ledger
from storm.stage import PROVIDERS, Stage
from vouchers.actions.files import provider_files
from vouchers.actions.mail import mails
from vouchers.actions.upkeep import jobs
from vouchers.models import Job, Mail, Period, Provider, ProviderFile
from vouchers.states import UNFINISHED_JOBS, FileKind, FileState, JobState, MailState
from vouchers.tests.factories import activation_csv

ROWS = 2000  # codes in a file of activations, at most


def job_hands_out(stage: Stage) -> None:
    """The codes of the other period, by a job."""
    jobs.enqueue(
        kind=Job.Kind.HAND_OUT,
        period=Period.objects.get(pk=stage.period_for_job),
        by=User.objects.get(pk=stage.officer),
        now=timezone.now(),
    )


def report_activations(stage: Stage, pages: Path) -> None:
    """A file of each provider with codes that were shown; a job checks it."""
    officer = User.objects.get(pk=stage.officer)
    shown = sorted({each.identifier for each in ledger.read(pages).seen})
    for slug in PROVIDERS:
        rows: list[tuple[str, date | str]] = [
            (code, timezone.localdate()) for code in shown if code[0] == slug[0].upper()
        ]
        if rows:
            provider_files.upload(
                kind=FileKind.ACTIVATIONS,
                provider=Provider.objects.get(slug=slug),
                name=f"{slug}.csv",
                content=activation_csv(rows[-ROWS:]),
                complete_until=timezone.localdate(),
                by=officer,
                now=timezone.now(),
            )


def apply_checked(stage: Stage) -> None:
    """What a person does on the page of a checked file: have it applied by a job."""
    officer = User.objects.get(pk=stage.officer)
    for file in ProviderFile.objects.filter(state=FileState.CHECKED):
        try:
            jobs.enqueue(kind=Job.Kind.APPLY_FILE, file=file, by=officer, now=timezone.now())
        except Refused:
            continue


def unfinished() -> int:
    """Jobs that wait or run, files that were not applied yet, mails that were not sent."""
    files = ProviderFile.objects.filter(state__in=[FileState.RECEIVED, FileState.CHECKED])
    mails_left = Mail.objects.filter(state=MailState.QUEUED)
    running = Job.objects.filter(state__in=UNFINISHED_JOBS)
    return running.count() + files.count() + mails_left.count()


def go_by_as_beat() -> None:
    """What beat does every minute, without waiting for the minute."""
    jobs.pick_up_lost(now=timezone.now() + jobs.UNTAKEN)
    tell_workers(mails.SEND_TASK, what="mails")


def interrupted() -> int:
    """Jobs that had to be taken up again, judging by their attempts."""
    return Job.objects.filter(attempt__gt=1, state=JobState.DONE).count()
