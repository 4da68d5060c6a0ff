"""What is waiting for a provider, for the home page.
Tested in `pages.provider.tests.test_views`."""

from datetime import date

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.days import in_words
from pages.provider.shared import own_reported_until
from pages.shared.tasklist import Task, since_oldest
from vouchers.models import Job, ProviderFile, Renewal
from vouchers.states import FileKind, FileState, JobState, RenewalState


def provider_tasks(user: User, today: date) -> list[Task]:
    """The tasks in the order in which a provider would do them; a fixed number of queries."""
    return [
        *_renewals(user, today),
        _to_apply(user),
        _failed(user),
        _to_report(user),
    ]


def _renewals(user: User, today: date) -> list[Task]:
    """What is ready to download, and what was downloaded and waits for an answer; one query."""
    passed, sent = Q(state=RenewalState.PASSED), Q(state=RenewalState.SENT)
    found = (
        Renewal.objects.visible_to(user)
        .filter(passed | sent)
        .aggregate(
            to_fetch=Count("pk", filter=passed),
            oldest_passed=Min("passed_at", filter=passed),
            to_confirm=Count("pk", filter=sent),
            oldest_sent=Min("sent_at", filter=sent),
        )
    )
    to_fetch, to_confirm = found["to_fetch"], found["to_confirm"]
    url = reverse("provider_renewals")
    return [
        Task(
            ngettext("verlenging op te halen", "verlengingen op te halen", to_fetch),
            url,
            to_fetch,
            since=since_oldest(found["oldest_passed"], today),
        ),
        Task(
            ngettext("verlenging te bevestigen", "verlengingen te bevestigen", to_confirm),
            url,
            to_confirm,
            since=since_oldest(found["oldest_sent"], today),
        ),
    ]


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
    day = own_reported_until(user)
    return Task(
        title=_("Activaties doorgeven"),
        url=reverse("provider_file_new"),
        count=None,
        hint=_("Doorgegeven tot en met {day}.").format(day=in_words(day)) if day else "",
    )
