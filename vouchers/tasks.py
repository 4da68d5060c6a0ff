"""What Celery runs: each takes an id at most and makes one call. The rules are in
`vouchers.actions`. Tested in `vouchers.actions.upkeep.tests.test_jobs`,
`vouchers.actions.mail.tests.test_mails`, `vouchers.actions.mail.tests.test_reminders`,
`vouchers.actions.life.tests.test_reclaims`, `vouchers.actions.watch.tests.test_unusual_reveals`,
`vouchers.actions.watch.tests.test_sealing`."""

import os
import socket

from celery import shared_task
from django.utils import timezone

from history.recording import coming_from
from vouchers.actions.life import reclaims
from vouchers.actions.mail import mails, reminders
from vouchers.actions.upkeep import jobs
from vouchers.actions.watch import sealing, unusual_reveals
from vouchers.states import MailState


def worker_name() -> str:
    """This process, as a job names its worker: `host:pid`."""
    return f"{socket.gethostname()}:{os.getpid()}"


@shared_task(name=jobs.RUN_TASK)
def run_job(*, job_id: int) -> bool:
    """Do a waiting job. Returns whether this call did it."""
    with coming_from(f"task:{jobs.RUN_TASK}"):
        return jobs.run(job_id=job_id, worker=worker_name(), now=timezone.now())


@shared_task(name="vouchers.pick_up_lost_jobs")
def pick_up_lost_jobs() -> int:
    """Every minute: send lost jobs again. Returns how many."""
    with coming_from("task:vouchers.pick_up_lost_jobs"):
        found = jobs.pick_up_lost(now=timezone.now())
    return found.sent + found.requeued


@shared_task(name=mails.SEND_TASK)
def send_mails() -> int:
    """After a commit and every minute: send the mails that are due. Returns how many left."""
    with coming_from(f"task:{mails.SEND_TASK}"):
        return mails.send_due(now=timezone.now())[MailState.SENT]


@shared_task(name="vouchers.write_reminders")
def write_reminders() -> int:
    """Every hour of the working day: remind of codes that no family uses. Returns how
    many mails."""
    with coming_from("task:vouchers.write_reminders"):
        return reminders.write_due(now=timezone.now())


@shared_task(name="vouchers.watch_reveals")
def watch_reveals() -> int:
    """Every ten minutes: raise alerts for unusual numbers of reveals. Returns how many are new."""
    with coming_from("task:vouchers.watch_reveals"):
        return unusual_reveals.detect(now=timezone.now())


@shared_task(name="vouchers.watch_sealing")
def watch_sealing() -> int:
    """Every ten minutes: an alert when history is no longer sealed. Returns how many are new."""
    with coming_from("task:vouchers.watch_sealing"):
        return sealing.watch_sealing(now=timezone.now())


@shared_task(name="vouchers.reclaim_unseen")
def reclaim_unseen() -> int:
    """Every hour of the working day: announce and take back codes that nobody has seen. Returns how
    many codes went back."""
    with coming_from("task:vouchers.reclaim_unseen"):
        return reclaims.run(now=timezone.now()).taken
