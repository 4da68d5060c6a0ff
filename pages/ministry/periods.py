"""Waves: the list, setting one up, closing one. Tested in `pages.ministry.tests.test_stock`."""

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from common.confirm import Done, Question, ask_first
from common.formats import as_number
from common.methods import GET_OR_POST
from pages.ministry.form_page import form_page
from pages.ministry.shared import ministry_only
from pages.ministry.stock_forms import PeriodForm
from pages.shared.person_request import PersonRequest
from pages.shared.texts import codes_now
from vouchers import policies
from vouchers.actions.hand_out import waiting_list
from vouchers.actions.stock import pools
from vouchers.models import Division, Period, VoucherRequest
from vouchers.states import RequestState


@ministry_only
@require_safe
def period_list(request: PersonRequest) -> HttpResponse:
    """Every wave, newest first, with its number of requests."""
    requests = VoucherRequest.objects.filter(period=OuterRef("pk"))
    sent = requests.exclude(state=RequestState.DRAFT).order_by().values("period")
    periods = (
        Period.objects.select_related("erased_by")
        .latest_first()
        .annotate(
            sent=Coalesce(Subquery(sent.annotate(n=Count("pk")).values("n")), 0),
            divided=Exists(Division.objects.filter(period=OuterRef("pk"))),
        )
    )
    context = {
        "title": _("Golven"),
        "periods": periods,
        "today": timezone.localdate(),
        "waiting_lists": [
            (each, codes_now(each.codes)) for each in waiting_list.waiting_lists(timezone.now())
        ],
    }
    return render(request, "ministry/periods.html", context)


@ministry_only
@GET_OR_POST
def period_new(request: PersonRequest) -> HttpResponse:
    """Add a wave."""
    form = PeriodForm(request.POST if request.method == "POST" else None)
    return _period_page(request, form, _("Nieuwe golf"))


@ministry_only
@GET_OR_POST
def period_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a wave that is not closed."""
    period = get_object_or_404(Period, pk=pk)
    if period.closed_at:
        messages.info(
            request, _("{period} is gesloten en verandert niet meer.").format(period=period)
        )
        return redirect("ministry_periods")
    form = PeriodForm(request.POST if request.method == "POST" else None, instance=period)
    return _period_page(request, form, _("{period} aanpassen").format(period=period))


def _period_page(request: PersonRequest, form: PeriodForm, title: str) -> HttpResponse:
    return form_page(
        request,
        form,
        title=title,
        back=reverse("ministry_periods"),
        parent=_("Golven"),
        save=lambda period: pools.set_up_period(period=period, by=request.user, now=timezone.now()),
        done=lambda period: (_("{period} is bewaard."), ""),
    )


@ministry_only
@GET_OR_POST
def period_close(request: PersonRequest, pk: int) -> HttpResponse:
    """Close a wave, including the pupils who are still waiting in it."""
    period = get_object_or_404(Period, pk=pk)
    question = Question(
        title=_("{period} sluiten?").format(period=period),
        happens=[
            _("Niemand kan nog aanvragen in deze golf."),
            *_without_a_code(period),
            _("Codes die uitgereikt zijn, blijven werken. De cijfers blijven wat ze zijn."),
        ],
        undo=_("Dit kan je niet ongedaan maken."),
        button=_("Golf sluiten"),
        danger=True,
        back=reverse("ministry_periods"),
        parent_label=_("Golven"),
    )

    def act() -> Done:
        closed = pools.close_period(period=period, by=request.user, now=timezone.now())
        sentence = ngettext(
            "{period} is gesloten: {n} leerling krijgt geen code meer in deze golf.",
            "{period} is gesloten: {n} leerlingen krijgen geen code meer in deze golf.",
            closed,
        )
        return Done(sentence.format(period=period, n=as_number(closed)))

    return ask_first(
        request, question, act, check=lambda: policies.check_can_close_period(request.user, period)
    )


def _without_a_code(period: Period) -> list[str]:
    """How many get no code when a wave closes: pupils waiting for one and, counted apart, the
    pupils of requests that were not sent again by their organisations."""
    lines = pools.lines_to_close(period)
    waiting = lines.waiting().count()
    sentence = ngettext(
        "{n} leerling die nog wacht, krijgt geen code meer in deze golf.",
        "{n} leerlingen die nog wachten, krijgen geen code meer in deze golf.",
        waiting,
    )
    happens = [sentence.format(n=as_number(waiting))]
    if returned := lines.count() - waiting:
        also = ngettext(
            "Ook {n} leerling uit een aanvraag die bij de aanvrager ligt, krijgt geen code meer.",
            "Ook {n} leerlingen uit aanvragen die bij de aanvrager liggen, krijgen geen code meer.",
            returned,
        )
        happens.append(also.format(n=as_number(returned)))
    return happens
