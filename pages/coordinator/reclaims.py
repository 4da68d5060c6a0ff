"""Codes that are reclaimed unless somebody acts: whose, by when, and the answer that they are still
used.

Tested in `pages.ministry.tests.test_reclaims`.
"""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.days import in_words
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import on_page
from pages.coordinator.hand_outs import UNPRINTED, shown_references
from pages.coordinator.shared import coordinator_only
from pages.shared.person_request import PersonRequest
from pages.shared.tasklist import Task
from vouchers.actions.life import reclaims
from vouchers.models import ReclaimNotice
from vouchers.models.reclaims import ReclaimNoticeQuerySet

NOTICES_SHOWN = 3


def going_back(user: User) -> ReclaimNoticeQuerySet:
    """This person's open announcements, with their number of codes; first due on top."""
    own = ReclaimNotice.objects.visible_to(user).open().with_codes_left()
    return own.select_related("request__period", "request__organisation").order_by("due_on", "pk")


def notices_of(user: User) -> list[dict[str, str]]:
    """The notices above the pages of letters and families: a sentence and a link to the choice."""
    return [
        {
            "text": _sentence(each),
            "url": reverse("reclaim_notice", args=[each.pk]),
            "label": _("Bekijk en kies"),
        }
        for each in going_back(user)[:NOTICES_SHOWN]
    ]


def _sentence(notice: ReclaimNotice) -> str:
    codes = notice.codes
    return ngettext(
        "Op {day} nemen we {n} code van aanvraag {number} terug: de brief is nog niet afgedrukt.",
        "Op {day} nemen we {n} codes van aanvraag {number} terug: de brieven zijn nog niet "
        "afgedrukt.",
        codes,
    ).format(day=in_words(notice.due_on), n=codes, number=notice.request.label)


def going_back_task(user: User) -> Task:
    """For the home page: how many codes are reclaimed, the first of them on which day."""
    found = list(going_back(user))
    codes = sum(each.codes for each in found)
    hint = ""
    if found:
        hint = _("Op {day}. Druk de brieven af, of zeg dat jullie de codes nog gebruiken.").format(
            day=in_words(found[0].due_on)
        )
    return Task(
        ngettext("code die we terugnemen", "codes die we terugnemen", codes),
        reverse("reclaim_notice", args=[found[0].pk]) if found else reverse("letters"),
        codes,
        hint=hint,
    )


@coordinator_only
@GET_OR_POST
def reclaim_notice(request: PersonRequest, pk: int) -> HttpResponse:
    """Which codes of one request are reclaimed and when; posting says that they are still used."""
    rows = ReclaimNotice.objects.visible_to(request.user)
    found = rows.select_related("request__period", "request__organisation", "kept_by")
    notice = get_object_or_404(found, pk=pk)
    if request.method == "POST":
        return _keep(request, notice)
    codes = notice.hand_outs()
    n = codes.count()
    context = {
        "title": _title(notice, n),
        "notice": notice,
        "n": n,
        "open": notice.is_open and n > 0,
        "sentence": _ended(notice, n),
        "references": shown_references(codes) if notice.is_open else [],
        "letters_url": f"{reverse('letters')}?stand={UNPRINTED}&aanvraag={notice.request.label}",
    }
    return render(request, "coordinator/reclaim_notice.html", context)


def _title(notice: ReclaimNotice, n: int) -> str:
    if not (notice.is_open and n):
        return _("Codes van aanvraag {number}").format(number=notice.request.label)
    return ngettext(
        "Op {day} nemen we {n} code terug", "Op {day} nemen we {n} codes terug", n
    ).format(day=in_words(notice.due_on), n=n)


def _ended(notice: ReclaimNotice, n: int) -> str:
    """How an announcement ended; empty while it is open."""
    if notice.kept_until:
        return _kept(notice.kept_until)
    if notice.taken:
        sentence = ngettext(
            "We hebben {n} code teruggenomen op {day}. Heeft een leerling toch nog een code nodig? "
            "Maak dan een nieuwe aanvraag voor die leerling.",
            "We hebben {n} codes teruggenomen op {day}. Heeft een leerling toch nog een code "
            "nodig? Maak dan een nieuwe aanvraag voor die leerling.",
            notice.taken,
        )
        day = in_words(notice.ended_at) if notice.ended_at else ""
        return sentence.format(n=notice.taken, day=day)
    if notice.ended_at or (notice.is_open and not n):
        return _("Alle brieven zijn afgedrukt. We nemen niets terug.")
    if not notice.is_open:
        return _("Deze codes worden niet meer teruggenomen. Je hoeft niets te doen.")
    return ""


def _kept(until: date) -> str:
    return _(
        "De codes blijven bij jullie tot en met {day}. Zijn de brieven dan nog niet afgedrukt, dan "
        "vragen we het opnieuw."
    ).format(day=in_words(until))


def _keep(request: PersonRequest, notice: ReclaimNotice) -> HttpResponse:
    try:
        kept = reclaims.keep_codes(notice=notice, by=request.user, now=timezone.now())
    except Refused as refusal:
        on_page(request, refusal)
    else:
        if kept.kept_until:
            messages.success(request, _kept(kept.kept_until))
    return redirect("reclaim_notice", pk=notice.pk)
