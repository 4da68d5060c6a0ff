"""What is waiting for a coordinator, for the home page.

Tested in `pages.coordinator.tests.test_views`.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.days import in_words
from pages.coordinator.hand_outs import GIVEN, PRINTED, UNPRINTED, askable, own_codes
from pages.coordinator.reclaims import going_back_task
from pages.people.waiting import waiting_task
from pages.shared.tasklist import Task
from vouchers.models import Period, VoucherRequest
from vouchers.models.hand_outs import in_use, works_on
from vouchers.states import RequestState

RENEW_DAYS_AHEAD = 30


def coordinator_tasks(user: User, today: date) -> list[Task]:
    """What is waiting, most urgent first; then what is always possible."""
    waiting = [going_back_task(user), waiting_task(user, today)]
    return [*waiting, *_asking(user, today), *_codes(user, today)]


def _asking(user: User, today: date) -> list[Task]:
    own = VoucherRequest.objects.visible_to(user)
    returned = own.filter(state=RequestState.RETURNED).count()
    drafts = own.filter(state=RequestState.DRAFT).count()
    period = Period.objects.open_for_requests(today).latest_first().first()
    until = (
        _("{period}: aanvragen tot en met {day}.").format(
            period=period, day=in_words(period.asks_until)
        )
        if period
        else _("Op dit moment kan je niet aanvragen.")
    )
    requests = reverse("request_list")
    return [
        Task(
            ngettext(
                "aanvraag kwam terug met een vraag aan jou",
                "aanvragen kwamen terug met een vraag aan jou",
                returned,
            ),
            f"{requests}?staat={RequestState.RETURNED}",
            returned,
            hint=_("Pas ze aan en verstuur ze opnieuw."),
        ),
        Task(
            ngettext("aanvraag is nog niet verstuurd", "aanvragen zijn nog niet verstuurd", drafts),
            f"{requests}?staat={RequestState.DRAFT}",
            drafts,
            hint=until,
        ),
        Task(_("Vouchers aanvragen"), reverse("request_new"), None, hint=until),
    ]


def _counted(user: User, today: date) -> dict[str, Any]:
    """How many codes wait for what, and since when letters do; a single query."""
    unprinted = Q(revealed_at=None)
    return (
        own_codes(user)
        .working_on(today)
        .aggregate(
            print=Count("pk", filter=unprinted),
            oldest=Min("handed_out_at", filter=unprinted),
            give=Count("pk", filter=~unprinted & Q(given_at=None) & ~in_use()),
            follow=Count("pk", filter=Q(given_at__isnull=False) & ~in_use()),
        )
    )


def _to_renew(user: User, today: date) -> int:
    """Codes in use that expire within a month and whose renewal can be requested."""
    working = askable(own_codes(user).working_on(today).filter(in_use()))
    return working.exclude(works_on(today + timedelta(days=RENEW_DAYS_AHEAD + 1))).count()


def _codes(user: User, today: date) -> list[Task]:
    numbers = _counted(user, today) | {"renew": _to_renew(user, today)}
    oldest = numbers["oldest"]
    letters, families = reverse("letters"), reverse("families")
    return [
        Task(
            ngettext("brief af te drukken", "brieven af te drukken", numbers["print"]),
            f"{letters}?stand={UNPRINTED}",
            numbers["print"],
            since=_("codes klaar sinds {day}").format(day=in_words(oldest)) if oldest else "",
        ),
        Task(
            ngettext("brief mee te geven", "brieven mee te geven", numbers["give"]),
            f"{letters}?stand={PRINTED}",
            numbers["give"],
            hint=_("Afgedrukt. Zeg hier welke je meegaf."),
        ),
        Task(
            ngettext(
                "gezin gebruikt de code nog niet",
                "gezinnen gebruiken de code nog niet",
                numbers["follow"],
            ),
            f"{families}?stand={GIVEN}",
            numbers["follow"],
            hint=_("De brief is meegegeven. Vraag eens of het lukt."),
        ),
        Task(
            ngettext("code loopt binnenkort af", "codes lopen binnenkort af", numbers["renew"]),
            reverse("renewals"),
            numbers["renew"],
            hint=_("In gebruik. Vraag verlenging in één klik."),
        ),
    ]
