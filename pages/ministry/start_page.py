"""What is waiting for the ministry, for the home page.

Tested in `pages.ministry.tests.test_requests`, `pages.ministry.tests.test_mails`.
"""

from datetime import date
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.days import in_words
from pages.ministry.division_forms import WAITING_LIST
from pages.people.waiting import waiting_task
from pages.shared.tasklist import Task, since_oldest
from pages.shared.texts import codes_now
from vouchers.actions.hand_out import waiting_list
from vouchers.actions.hand_out.preview import STOCK_LOW, running_low
from vouchers.actions.life.holidays import runs_out, school_days
from vouchers.models import (
    Alert,
    Job,
    Mail,
    Period,
    ProviderFile,
    Renewal,
    ReplacementAsk,
    VoucherRequest,
)
from vouchers.states import FileKind, FileState, JobState, MailState, RenewalState, RequestState


def officer_tasks(user: User, today: date) -> list[Task]:
    """The tasks in the order in which an officer would do them; a fixed number of queries."""
    return [
        _alerts(user, today),
        waiting_task(user, today),
        _to_decide(user, today),
        _waiting_for_codes(user),
        *_waiting_lists(),
        _stock_low(today),
        _renewals(user, today),
        _replacements(user, today),
        _files(user),
        _failed_jobs(user),
        _failed_mails(user),
        _reclaiming_stopped(),
        _holidays_run_out(today),
        Task(title=_("Code opzoeken"), url=reverse("ministry_code_lookup"), count=None),
    ]


def analyst_tasks(user: User, today: date) -> list[Task]:
    """Where somebody who only reads figures may look."""
    return [
        Task(title=_("Rapporten"), url=reverse("reports"), count=None),
        Task(title=_("Welke cijfers gingen mee?"), url=reverse("report_exports"), count=None),
        Task(title=_("Boekhouding van de codes"), url=reverse("ministry_balance"), count=None),
    ]


def _alerts(user: User, today: date) -> Task:
    count, since = _count_since(Alert.objects.visible_to(user).open(), "raised_at", today)
    return Task(
        title=ngettext("melding over codes", "meldingen over codes", count),
        url=reverse("ministry_alerts"),
        count=count,
        since=since,
    )


def _count_since(rows: QuerySet[Any], moment: str, today: date) -> tuple[int, str]:
    """How many are waiting and since when the oldest is. `moment`: the column with the time."""
    found = rows.aggregate(count=Count("pk"), oldest=Min(moment))
    return found["count"], since_oldest(found["oldest"], today)


def _to_decide(user: User, today: date) -> Task:
    sent = VoucherRequest.objects.visible_to(user).filter(state=RequestState.SUBMITTED)
    count, since = _count_since(sent, "submitted_at", today)
    return Task(
        title=ngettext("aanvraag te beslissen", "aanvragen te beslissen", count),
        url=reverse("ministry_requests"),
        count=count,
        since=since,
    )


def _waiting_for_codes(user: User) -> Task:
    count = VoucherRequest.objects.visible_to(user).pupils_waiting()
    return Task(
        title=ngettext(
            "goedgekeurde leerling wacht op een code",
            "goedgekeurde leerlingen wachten op een code",
            count,
        ),
        url=reverse("ministry_requests") + "?staat=wacht-op-codes",
        count=count,
    )


def _waiting_lists() -> list[Task]:
    """Those still waiting after a division, one line for each period."""
    return [
        Task(
            title=ngettext(
                "leerling wacht uit een verdeling van {period}",
                "leerlingen wachten uit een verdeling van {period}",
                each.waiting,
            ).format(period=each.period),
            url=reverse("ministry_period_hand_out", args=[each.period.pk]) + f"?wie={WAITING_LIST}",
            count=each.waiting,
            hint=codes_now(each.codes),
        )
        for each in waiting_list.waiting_lists(timezone.now())
    ]


def _stock_low(today: date) -> Task:
    low = running_low(today)
    names = ", ".join(f"{pool.agreement.provider} {pool}" for pool in low)
    return Task(
        title=ngettext("voorraad bijna op", "voorraden bijna op", len(low)),
        url=reverse("ministry_pools"),
        count=len(low),
        hint=_("Minder dan {n} codes: {names}").format(n=STOCK_LOW, names=names) if low else "",
    )


def _renewals(user: User, today: date) -> Task:
    asked = Renewal.objects.visible_to(user).filter(state=RenewalState.ASKED)
    count, since = _count_since(asked, "asked_at", today)
    return Task(
        title=ngettext("verlenging om door te geven", "verlengingen om door te geven", count),
        url=reverse("ministry_renewals"),
        count=count,
        since=since,
    )


def _replacements(user: User, today: date) -> Task:
    asked = ReplacementAsk.objects.visible_to(user).open()
    count, since = _count_since(asked, "asked_at", today)
    return Task(
        title=ngettext("nieuwe code gevraagd", "nieuwe codes gevraagd", count),
        url=reverse("ministry_replacements"),
        count=count,
        since=since,
    )


def _files(user: User) -> Task:
    checked = ProviderFile.objects.visible_to(user).filter(state=FileState.CHECKED)
    count = checked.filter(kind=FileKind.CODES).count()
    return Task(
        title=ngettext(
            "bestand met codes: nagekeken, nog niet toegepast",
            "bestanden met codes: nagekeken, nog niet toegepast",
            count,
        ),
        url=reverse("ministry_files") + "?staat=CHECKED",
        count=count,
    )


def _failed_jobs(user: User) -> Task:
    count = Job.objects.visible_to(user).filter(state=JobState.FAILED).count()
    return Task(
        title=ngettext("taak die mislukte", "taken die mislukten", count),
        url=reverse("ministry_jobs"),
        count=count,
    )


def _failed_mails(user: User) -> Task:
    count = Mail.objects.visible_to(user).filter(state=MailState.FAILED).count()
    return Task(
        title=ngettext("mail die niet vertrok", "mails die niet vertrokken", count),
        url=reverse("ministry_mails") + f"?staat={MailState.FAILED}",
        count=count,
    )


def _reclaiming_stopped() -> Task:
    names = list(Period.objects.reclaiming_stopped().values_list("name", flat=True))
    return Task(
        title=ngettext(
            "golf waarin terugnemen stilligt", "golven waarin terugnemen stilligt", len(names)
        ),
        url=reverse("ministry_periods"),
        count=len(names),
        hint=_("Wie het aanzette, is geblokkeerd: {names}").format(names=", ".join(names))
        if names
        else "",
    )


def _holidays_run_out(today: date) -> Task:
    days = school_days()
    missing = runs_out(days, today)
    return Task(
        title=_("lijst van schoolvakanties loopt af"),
        url=reverse("ministry_holidays"),
        count=int(missing),
        hint=_("Bekend tot en met {day}. Daarna nemen we geen codes meer terug.").format(
            day=in_words(days.known_until)
        )
        if missing
        else "",
    )
