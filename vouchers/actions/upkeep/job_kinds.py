"""The kinds of work that outlive a page view: what each is about, who may ask for it, its work.

A new kind is a value of `Job.Kind`, a row of `KINDS`, its place in the constraint
`job_kind_has_its_field`, and what pages say about it (`JOB_PAGES`).
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy, gettext_noop

from accounts.models import User
from common.days import brussels_day
from history.recording import recorded
from vouchers import policies
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out, stock
from vouchers.actions.hand_out.handing_out import PeriodHandedOut
from vouchers.actions.hand_out.plan import Plan
from vouchers.actions.mail import notifications
from vouchers.actions.upkeep import erasing
from vouchers.actions.upkeep.jobs import JobKind, Progress
from vouchers.models import Job, Period, ProviderFile, PupilLine
from vouchers.models.hand_outs import erasable_from

# How many requests get their mails in one go, between two steps of the progress.
TOLD_AT_ONCE = 200


def _check_can_deliver(user: User, job: Job, file: ProviderFile) -> None:
    policies.check_can_deliver(user, file.provider, file.kind)


def _check_file(job: Job, file: ProviderFile, now: datetime, progress: Progress) -> None:
    provider_files.check(file=file, now=now, progress=progress)


def _apply_file(job: Job, file: ProviderFile, now: datetime, progress: Progress) -> None:
    provider_files.apply(file=file, by=job.created_by, now=now, progress=progress)
    provider_files.vacuum_after_load(file=file)


def _check_can_hand_out(user: User, job: Job, period: Period) -> None:
    policies.check_is_ministry(user)
    if not job.result:  # once handed out only what follows is left to do
        waiting = PupilLine.objects.waiting_in(period).count()
        policies.check_can_hand_out_period(user, period, waiting)
        if job.plan.get("rule"):
            policies.check_can_divide(user, period, job.created_at)


def carry_out_hand_out(job: Job, period: Period, now: datetime, progress: Progress) -> None:
    """The codes and the job's record of them in one transaction, then the mails: when the worker
    dies in between, the next one knows that it was done and tells those who were not told yet."""
    if not job.result:
        with recorded(by=job.created_by, why=gettext_noop("codes van een golf uitgereikt")):
            done = handing_out.hand_out_period(
                period=period, by=job.created_by, now=now, plan=Plan(**job.plan)
            )
            job.result = handed_out_as_json(done, now)
            Job.objects.filter(pk=job.pk).update(result=job.result, total=len(done.requests))
    stock.vacuum()
    served = sorted(set(job.hand_outs().values_list("line__request", flat=True)))
    for first in range(0, len(served), TOLD_AT_ONCE):
        some = served[first : first + TOLD_AT_ONCE]
        notifications.codes_ready(requests=some, now=datetime.fromisoformat(job.result["at"]))
        progress(first + len(some), len(served))


def handed_out_as_json(done: PeriodHandedOut, now: datetime) -> dict[str, Any]:
    """What a job stores about a hand-out."""
    division = (
        {"division": done.division.pk, "waiting": done.division.waits} if done.division else {}
    )
    return {
        "at": now.isoformat(),
        "codes": done.count,
        "requests": len(done.requests),
        "pools": {pool.pk: codes for pool, codes in done.from_pools.items()},
        **division,
    }


def _check_can_erase(user: User, job: Job, period: Period) -> None:
    today = brussels_day(job.created_at)
    policies.check_can_erase(user, period, erasable_from(period), today)


def _erase_period(job: Job, period: Period, now: datetime, progress: Progress) -> None:
    """Each batch and the job's record of it in one transaction, so that what an interrupted attempt
    emptied is counted too."""
    done = sum(job.result.values())
    total = done + sum(erasing.preview(period).values())

    def note(part: str, emptied: int) -> None:
        nonlocal done
        done += emptied
        job.result[part] = job.result.get(part, 0) + emptied
        Job.objects.filter(pk=job.pk).update(result=job.result, done=done, total=max(total, done))

    erasing.erase(period=period, by=job.created_by, now=now, note=note)


KINDS: dict[Job.Kind, JobKind[Any]] = {
    Job.Kind.CHECK_FILE: JobKind(
        about=ProviderFile,
        why=gettext_noop("bestand nakijken"),
        check_can_ask=_check_can_deliver,
        work=_check_file,
    ),
    Job.Kind.APPLY_FILE: JobKind(
        about=ProviderFile,
        why=gettext_noop("bestand toepassen"),
        check_can_ask=_check_can_deliver,
        work=_apply_file,
    ),
    Job.Kind.HAND_OUT: JobKind(
        about=Period,
        why=gettext_noop("codes uitreiken voor een hele golf"),
        check_can_ask=_check_can_hand_out,
        work=carry_out_hand_out,
    ),
    Job.Kind.ERASE: JobKind(
        about=Period,
        why=gettext_noop("golf wissen"),
        check_can_ask=_check_can_erase,
        work=_erase_period,
        sorry=gettext_lazy(
            "Er ging iets mis aan onze kant. Een deel is al gewist, de rest nog niet. Probeer het "
            "opnieuw; lukt het weer niet, mail ons dan en vermeld taak {job}."
        ),
    ),
}
