"""School holidays: the built-in ones, and those that the ministry adds or withdraws.

Tested in `pages.ministry.tests.test_reclaims`.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.confirm import Done, Question, ask_first
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import in_form
from pages.ministry.reclaim_forms import HolidayForm
from pages.ministry.shared import ministry_only, supervising_only
from pages.shared.person_request import PersonRequest
from vouchers.actions.life import holidays
from vouchers.models import SchoolHoliday
from vouchers.school_days import published
from vouchers.states import HolidayKind


@ministry_only
@require_safe
def holiday_list(request: PersonRequest) -> HttpResponse:
    """All known holidays, latest first; those added by the ministry can be withdrawn."""
    added = SchoolHoliday.objects.standing().select_related("added_by")
    rows = [(each.starts_on, each.ends_on, HolidayKind(each.kind), each) for each in added]
    known = [(each.starts_on, each.ends_on, HolidayKind(each.kind), None) for each in published()]
    days = holidays.school_days()
    context = {
        "title": _("Schoolvakanties"),
        "rows": [
            (capfirst(kind.label), first, last, own)
            for first, last, kind, own in sorted(
                [*rows, *known], key=lambda row: row[:2], reverse=True
            )
        ],
        "known_until": days.known_until,
        "runs_out": holidays.runs_out(days, timezone.localdate()),
    }
    return render(request, "ministry/holidays.html", context)


@supervising_only
@GET_OR_POST
def holiday_new(request: PersonRequest) -> HttpResponse:
    """Add a holiday that is not in the list yet."""
    form = HolidayForm(request.POST if request.method == "POST" else None)
    back = reverse("ministry_holidays")
    if form.is_valid():
        try:
            holidays.add(holiday=form.save(commit=False), by=request.user, now=timezone.now())
        except Refused as refusal:
            in_form(form, refusal)
        else:
            messages.success(request, _("De vakantie staat in de lijst."))
            return redirect(back)
    form.shown(cancel=back)
    context = {"form": form, "parent_url": back, "parent_label": _("Schoolvakanties")}
    return render(request, "ministry/form.html", context | {"title": _("Vakantie toevoegen")})


@supervising_only
@GET_OR_POST
def holiday_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Withdraw a holiday that was added."""
    holiday = get_object_or_404(SchoolHoliday.objects.standing(), pk=pk)
    question = Question(
        title=_("{holiday} schrappen?").format(holiday=capfirst(str(holiday))),
        happens=[_("In deze dagen kunnen codes dan aangekondigd en teruggenomen worden.")],
        undo=_("Je kan de vakantie daarna opnieuw toevoegen."),
        button=_("Schrappen"),
        back=reverse("ministry_holidays"),
        parent_label=_("Schoolvakanties"),
    )

    def act() -> Done:
        holidays.withdraw(holiday=holiday, by=request.user, now=timezone.now())
        return Done(_("De vakantie is geschrapt."))

    return ask_first(request, question, act)
