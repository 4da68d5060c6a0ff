"""Divisions of a shortage: what each organisation gets, as previewed and as recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import Min, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from common.days import in_words
from common.lists import page_of
from common.tables.csv_out import csv_lines, download_headers
from pages.ministry.division_forms import PlanForm, address_of
from pages.ministry.shared import ministry_only
from pages.shared.person_request import PersonRequest
from pages.shared.texts import plan_in_words
from schools.models import Organisation
from vouchers.actions.hand_out.allocation import Share, shares_by
from vouchers.actions.hand_out.plan import Allocation
from vouchers.actions.hand_out.preview import period_input
from vouchers.actions.upkeep import exports
from vouchers.models import Division, Export, Period, Pool


@dataclass(frozen=True, slots=True)
class OrganisationShare:
    """What an organisation gets out of what it is waiting for."""

    organisation: Organisation
    asked: int
    given: int

    @property
    def waits(self) -> int:
        """The number of pupils still waiting."""
        return self.asked - self.given


def shares_of(allocation: Allocation) -> list[Share]:
    """Per organisation (id), in order of their turn: how many waited, how many get a code."""
    return shares_by(allocation.lines, allocation.served, attrgetter("organisation_id"))


def recorded_shares(division: Division) -> list[Share]:
    """The same for a division that was carried out."""
    rows = division.shares.values("request__organisation").annotate(
        first=Min("position"), waited=Sum("asked"), got=Sum("given")
    )
    return list(rows.order_by("first").values_list("request__organisation", "waited", "got"))


def with_names(shares: Iterable[Share]) -> list[OrganisationShare]:
    """These shares with their organisations; one query."""
    rows = list(shares)
    found = Organisation.objects.in_bulk([pk for pk, _asked, _given in rows])
    return [OrganisationShare(found[pk], asked, given) for pk, asked, given in rows]


def tally(shares: Sequence[Share]) -> dict[str, int]:
    """How many organisations get everything, a part, nothing."""
    return {
        "full": sum(given == asked for _pk, asked, given in shares),
        "part": sum(0 < given < asked for _pk, asked, given in shares),
        "none": sum(not given for _pk, _asked, given in shares),
    }


def table_of(request: PersonRequest, shares: Sequence[Share]) -> dict[str, Any]:
    """The context of `ministry/division_rows.html`: a page of organisations, and the totals."""
    page = page_of(request, shares)
    return {"page": page, "rows": with_names(page.object_list), **tally(shares)}


@ministry_only
@require_safe
def division_list(request: PersonRequest, pk: int) -> HttpResponse:
    """Every division of a period, newest first."""
    period = get_object_or_404(Period, pk=pk)
    rows = Division.objects.visible_to(request.user).filter(period=period)
    page = page_of(request, rows.select_related("made_by").order_by("-pk"))
    context = {
        "title": _("Verdelingen van {period}").format(period=period),
        "page": page,
        "rows": [(each, plan_in_words(each.rule, each.minimum)) for each in page.object_list],
    }
    return render(request, "ministry/divisions.html", context)


@ministry_only
@require_safe
def division_page(request: PersonRequest, pk: int) -> HttpResponse:
    """One division: rule, stock and what each organisation got."""
    division = _division(request.user, pk)
    counted = {each["pool"]: each for each in division.stock}
    pools = Pool.objects.filter(pk__in=counted).select_related("agreement__provider")
    context = {
        "title": _("Verdeling van {day}").format(day=in_words(division.made_at)),
        "division": division,
        "plan": plan_in_words(division.rule, division.minimum),
        "table": table_of(request, recorded_shares(division)),
        "pools": [
            {**counted[pool.pk], "pool": pool}
            for pool in pools.with_last_day().order_by("agreement__provider__name", "pk")
        ],
        "csv_url": reverse("ministry_division_csv", args=[pk]),
    }
    return render(request, "ministry/division.html", context)


@ministry_only
@require_safe
def division_csv(request: PersonRequest, pk: int) -> HttpResponse:
    """A recorded division as a file."""
    division = _division(request.user, pk)
    return _download(
        request,
        division.period,
        recorded_shares(division),
        asked=_("Verdeling van {day}, {rule}").format(
            day=in_words(division.made_at), rule=plan_in_words(division.rule, division.minimum)
        ),
        address=reverse("ministry_division", args=[pk]),
        now=timezone.now(),
    )


@ministry_only
@require_safe
def preview_csv(request: PersonRequest, pk: int) -> HttpResponse:
    """What a rule would give now, as a file."""
    period = get_object_or_404(Period, pk=pk)
    plan, now = PlanForm(request.GET).plan(), timezone.now()
    allocation = period_input(period, now, only_queue=plan.only_queue).allocate(plan)
    return _download(
        request,
        period,
        shares_of(allocation),
        asked=_("Voorstel van verdeling, {rule}").format(
            rule=plan_in_words(plan.rule, plan.minimum)
        ),
        address=f"{reverse('ministry_period_hand_out', args=[pk])}?{address_of(plan)}",
        now=now,
    )


def _division(user: User, pk: int) -> Division:
    found = Division.objects.visible_to(user).select_related("period", "made_by")
    return get_object_or_404(found, pk=pk)


def _download(
    request: PersonRequest,
    period: Period,
    shares: Sequence[Share],
    *,
    asked: str,
    address: str,
    now: datetime,
) -> HttpResponse:
    """The file; the export is recorded before it is sent."""
    header = [
        _("Nummer"),
        _("Organisatie"),
        _("Gemeente"),
        _("Wacht op codes"),
        _("Krijgt"),
        _("Blijft wachten"),
    ]
    rows = [
        (
            each.organisation.number,
            each.organisation.name,
            each.organisation.municipality,
            each.asked,
            each.given,
            each.waits,
        )
        for each in with_names(shares)
    ]
    content = "".join(csv_lines(header, rows)).encode()
    name = f"verdeling-{period.slug}.csv"
    exports.record(
        name=name,
        content=content,
        file_format=Export.Format.CSV,
        asked=f"{period}: {asked}",
        address=address,
        rows=len(rows),
        by=request.user,
        now=now,
    )
    return HttpResponse(
        content, content_type="text/csv; charset=utf-8", headers=download_headers(name)
    )
