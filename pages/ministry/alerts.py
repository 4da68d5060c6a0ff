"""Alerts: what the ministry should look into, what to do about it, and recording that it was
done."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from common.confirm import Done, Question, ask_first, typed
from common.formats import as_moment
from common.lists import page_of
from common.methods import GET_OR_POST
from common.refused import Refused, allowed
from pages.ministry import alert_texts
from pages.ministry.shared import ministry_only
from pages.ministry.watching_forms import AlertFilter, NoteForm
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.watch import alerts
from vouchers.models import Alert, Watch
from vouchers.models.alerts import AlertQuerySet


def _visible(request: PersonRequest) -> AlertQuerySet:
    rows = Alert.objects.visible_to(request.user).defer("file__content")
    return rows.select_related(
        "about", "organisation", "request__period", "file__provider", "handled_by", "provider"
    )


@ministry_only
@require_safe
def alert_list(request: PersonRequest) -> HttpResponse:
    """Alerts, newest first; only open ones unless the address asks for others."""
    filters = AlertFilter(request.GET, path=request.path)
    page = page_of(request, filters.found(_visible(request)).latest_first())
    context = {
        "title": _("Meldingen"),
        "filters": filters,
        "page": page,
        "rows": [
            (each, alert_texts.title(each), alert_texts.state(each)) for each in page.object_list
        ],
        "total": Alert.objects.visible_to(request.user).count(),
        "watched": Watch.objects.order_by("-looked_until").first(),
    }
    return render(request, "ministry/alerts.html", context)


@ministry_only
@require_safe
def alert_page(request: PersonRequest, pk: int) -> HttpResponse:
    """One alert: what it says, where to look, what to do next."""
    alert = get_object_or_404(_visible(request), pk=pk)
    context = {
        "title": alert_texts.title(alert),
        "alert": alert,
        "state": alert_texts.state(alert),
        "why": alert_texts.why(alert),
        "to_do": alert_texts.what_to_do(alert) if alert.is_open else [],
        "ways": alert_texts.ways(alert),
        "facts": _facts(alert),
        "not_by_reader": _why_not(request.user, alert) if alert.is_open else "",
        "can_handle": allowed(policies.check_can_handle, request.user, alert),
        "can_reopen": allowed(policies.check_can_reopen, request.user, alert),
    }
    return render(request, "ministry/alert.html", context)


def _why_not(user: User, alert: Alert) -> str:
    """Why this person cannot handle it, "" when they can."""
    try:
        policies.check_can_handle(user, alert)
    except Refused as refused:
        return refused.message
    return ""


def _facts(alert: Alert) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"label": _("Soort"), "value": capfirst(alert.get_kind_display())},
        {"label": _("Gemeld"), "value": as_moment(alert.raised_at)},
    ]
    if alert.file:
        rows.append({"label": _("Provider"), "value": alert.file.provider})
        rows.append({"label": _("Bestand"), "value": alert.file.name})
    if alert.provider:
        rows.append({"label": _("Provider"), "value": alert.provider})
    if alert.about:
        rows.append({"label": _("Persoon"), "value": alert.about, "hint": alert.about.email})
    if alert.organisation:
        rows.append({"label": _("Organisatie"), "value": alert.organisation})
    if alert.handled_by:
        rows.append({"label": _("Afgehandeld door"), "value": alert.handled_by})
    if alert.note:
        rows.append({"label": _("Nota"), "value": alert.note})
    return rows


@ministry_only
@GET_OR_POST
def alert_handle(request: PersonRequest, pk: int) -> HttpResponse:
    """Record what was done about an alert; that closes it."""
    alert = get_object_or_404(_visible(request), pk=pk)
    form = NoteForm(typed(request), initial={"reason": alert.note})
    question = Question(
        form=form,
        back=reverse("ministry_alert", args=[pk]),
        title=_("Deze melding afhandelen?"),
        happens=[
            alert_texts.title(alert),
            _(
                "De melding wacht dan niet meer. Wat al gebeurd is, melden we niet opnieuw. "
                "Gebeurt het weer, dan komt er een nieuwe melding."
            ),
        ],
        undo=_("Je kan de melding later heropenen."),
        button=_("Afhandelen"),
        parent_label=alert_texts.title(alert),
    )

    def act() -> Done:
        note = form.cleaned_data["reason"]
        alerts.handle(alert=alert, note=note, by=request.user, now=timezone.now())
        return Done(
            _("De melding is afgehandeld."),
            to=reverse("ministry_alerts"),
            undo_url=reverse("ministry_alert_reopen", args=[pk]),
        )

    return ask_first(
        request, question, act, check=lambda: policies.check_can_handle(request.user, alert)
    )


@ministry_only
@GET_OR_POST
def alert_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    """It was not done after all: open the alert again."""
    alert = get_object_or_404(_visible(request), pk=pk)
    question = Question(
        back=reverse("ministry_alert", args=[pk]),
        title=_("Deze melding heropenen?"),
        happens=[
            alert_texts.title(alert),
            _("De melding staat dan weer bij wat wacht. De nota blijft staan."),
        ],
        undo=_("Je kan ze daarna opnieuw afhandelen."),
        button=_("Heropenen"),
        parent_label=alert_texts.title(alert),
    )

    def act() -> Done:
        alerts.reopen(alert=alert, by=request.user)
        undo_url = reverse("ministry_alert_handle", args=[pk])
        return Done(_("De melding wacht opnieuw."), undo_url=undo_url)

    return ask_first(
        request, question, act, check=lambda: policies.check_can_reopen(request.user, alert)
    )
