"""Mails: which were sent, which were not and why; one that failed can be sent again."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.confirm import Done, Question, ask_first
from common.formats import as_moment
from common.lists import page_of
from common.methods import GET_OR_POST
from common.refused import allowed
from common.state_text import StateText
from pages.ministry.mail_forms import MailFilter
from pages.ministry.shared import ministry_only
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.mail import mails
from vouchers.models import Mail
from vouchers.models.mails import MailQuerySet
from vouchers.states import MailState

TONES = {
    MailState.QUEUED: "info",
    MailState.SENT: "success",
    MailState.FAILED: "error",
    MailState.DROPPED: "neutral",
}


def _visible(request: PersonRequest) -> MailQuerySet:
    rows = Mail.objects.visible_to(request.user)
    return rows.select_related("recipient", "organisation", "request__period")


def _state(mail: Mail) -> StateText:
    return StateText(capfirst(mail.get_state_display()), TONES[MailState(mail.state)])


@ministry_only
@require_safe
def mail_list(request: PersonRequest) -> HttpResponse:
    """Every mail, newest first, filtered by the address."""
    everything = Mail.objects.visible_to(request.user)
    filters = MailFilter(request.GET, path=request.path)
    page = page_of(request, filters.found(_visible(request)).defer("body").latest_first())
    context = {
        "title": _("Mails"),
        "filters": filters,
        "page": page,
        "rows": [(mail, _state(mail)) for mail in page.object_list],
        "total": everything.count(),
    }
    return render(request, "ministry/mails.html", context)


@ministry_only
@require_safe
def mail_page(request: PersonRequest, pk: int) -> HttpResponse:
    """One mail as it was sent, and what became of it."""
    mail = get_object_or_404(_visible(request), pk=pk)
    context = {
        "title": mail.subject,
        "mail": mail,
        "state": _state(mail),
        "facts": _facts(mail),
        "can_send": allowed(policies.check_can_send_again, request.user, mail),
    }
    return render(request, "ministry/mail.html", context)


def _facts(mail: Mail) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"label": _("Aan"), "value": mail.recipient, "hint": mail.address},
        {"label": _("Soort"), "value": capfirst(mail.what)},
    ]
    if mail.organisation:
        rows.insert(1, {"label": _("Organisatie"), "value": mail.organisation})
    if mail.alert_id:
        url = reverse("ministry_alert", args=[mail.alert_id])
        link = {"url": url, "link_label": _("bekijken")}
        rows.append({"label": _("Melding"), "value": mail.alert_id, **link})
    if mail.request:
        url = reverse("ministry_request", args=[mail.request.pk])
        link = {"url": url, "link_label": _("bekijken")}
        rows.append({"label": _("Aanvraag"), "value": mail.request.label, **link})
    rows.append({"label": _("Gemaakt"), "value": as_moment(mail.created_at)})
    if mail.sent_at:
        rows.append({"label": _("Verstuurd"), "value": as_moment(mail.sent_at)})
    if mail.attempts:
        rows.append({"label": _("Pogingen"), "value": mail.attempts})
    if mail.state == MailState.QUEUED and mail.attempts:
        rows.append({"label": _("Volgende poging"), "value": as_moment(mail.next_attempt_at)})
    return rows


@ministry_only
@GET_OR_POST
def mail_again(request: PersonRequest, pk: int) -> HttpResponse:
    """Queue a mail that failed to be sent again."""
    mail = get_object_or_404(_visible(request), pk=pk)
    question = Question(
        title=_("Deze mail opnieuw versturen?"),
        happens=[
            _("De mail gaat met dezelfde tekst naar {address}.").format(address=mail.address),
            _("Lukt het weer niet, dan proberen we het nog enkele keren."),
        ],
        undo=_("Een mail die vertrokken is, kan je niet terughalen."),
        button=_("Opnieuw versturen"),
        back=reverse("ministry_mail", args=[pk]),
        parent_label=mail.subject,
    )

    def act() -> Done:
        mails.send_again(mail=mail, by=request.user, now=timezone.now())
        return Done(_("De mail vertrekt zo meteen opnieuw."))

    return ask_first(
        request, question, act, check=lambda: policies.check_can_send_again(request.user, mail)
    )
