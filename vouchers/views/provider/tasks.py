"""What waits for a provider, for the home page."""

from dataclasses import replace
from datetime import date

from django.db.models import Max, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from schools.models import User
from voucherportal.days import brussels_day, in_words
from vouchers.models import Job, ProviderFile, Renewal
from vouchers.states import FileKind, FileState, JobState, RenewalState
from vouchers.views.tasklist import Task


def provider_tasks(user: User, today: date) -> list[Task]:
    """In the order in which a provider would do them; a fixed number of queries."""
    return [
        _to_fetch(user, today),
        _to_confirm(user, today),
        _to_apply(user),
        _failed(user),
        _to_report(user),
    ]


def _to_fetch(user: User, today: date) -> Task:
    task = _renewals(user, today, RenewalState.PASSED, "passed_at")
    title = ngettext("verlenging op te halen", "verlengingen op te halen", task.count or 0)
    return replace(task, title=title)


def _to_confirm(user: User, today: date) -> Task:
    task = _renewals(user, today, RenewalState.SENT, "sent_at")
    title = ngettext("verlenging te bevestigen", "verlengingen te bevestigen", task.count or 0)
    return replace(task, title=title)


def _renewals(user: User, today: date, state: str, moment: str) -> Task:
    waiting = Renewal.objects.visible_to(user).filter(state=state)
    oldest = waiting.aggregate(oldest=Min(moment))["oldest"]
    days = (today - brussels_day(oldest)).days if oldest else 0
    since = ngettext("oudste: {n} dag", "oudste: {n} dagen", days).format(n=days)
    return Task(
        title="",
        url=reverse("provider_renewals"),
        count=waiting.count(),
        since=(since if days > 0 else _("oudste: vandaag")) if oldest else "",
    )


def _to_apply(user: User) -> Task:
    checked = ProviderFile.objects.visible_to(user).filter(
        state=FileState.CHECKED, kind=FileKind.ACTIVATIONS
    )
    count = checked.count()
    return Task(
        title=ngettext(
            "bestand nagekeken, nog toe te passen",
            "bestanden nagekeken, nog toe te passen",
            count,
        ),
        url=reverse("provider_files"),
        count=count,
    )


def _failed(user: User) -> Task:
    failed = Job.objects.visible_to(user).filter(
        state=JobState.FAILED, file__state=FileState.RECEIVED, file__kind=FileKind.ACTIVATIONS
    )
    count = failed.values("file").distinct().count()
    return Task(
        title=ngettext(
            "bestand dat we niet konden nakijken", "bestanden die we niet konden nakijken", count
        ),
        url=reverse("provider_files"),
        count=count,
    )


def _to_report(user: User) -> Task:
    applied = ProviderFile.objects.visible_to(user).applied().filter(kind=FileKind.ACTIVATIONS)
    day = applied.aggregate(last=Max("complete_until"))["last"]
    return Task(
        title=_("Activaties doorgeven"),
        url=reverse("provider_file_new"),
        count=None,
        hint=_("Doorgegeven tot en met {day}.").format(day=in_words(day)) if day else "",
    )
