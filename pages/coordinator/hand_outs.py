"""The codes of the reader's own pupils: which ones a page shows, and which ones were ticked on it.

Tested in `pages.coordinator.tests.test_views`, `pages.shared.tests.test_life`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import searches
from common.confirm import chosen as ticked
from common.confirm import is_answer
from common.lists import page_shown, sort_of
from pages.coordinator.list_forms import ALL, Stage, StageFilter
from pages.coordinator.own import own_organisations
from pages.shared.person_request import PersonRequest
from vouchers.models import HandOut, Pool, Renewal
from vouchers.models.hand_outs import HandOutQuerySet, in_use, works_on
from vouchers.states import RenewalRule

UNPRINTED, PRINTED, GIVEN = "niet-afgedrukt", "afgedrukt", "meegegeven"
UNUSED, IN_USE, EXPIRED = "niet-in-gebruik", "in-gebruik", "niet-meer-geldig"
STAGES = {
    each.name: each
    for each in (
        Stage(
            UNPRINTED,
            _("Brief nog niet afgedrukt"),
            lambda day: works_on(day) & Q(revealed_at=None),
        ),
        Stage(
            PRINTED,
            _("Afgedrukt, nog niet meegegeven"),
            lambda day: works_on(day) & Q(revealed_at__isnull=False, given_at=None),
        ),
        Stage(
            GIVEN,
            _("Meegegeven, nog niet gebruikt"),
            lambda day: works_on(day) & Q(given_at__isnull=False) & ~in_use(),
        ),
        Stage(UNUSED, _("Nog niet in gebruik"), lambda day: works_on(day) & ~in_use()),
        Stage(IN_USE, _("In gebruik"), lambda day: works_on(day) & in_use()),
        Stage(EXPIRED, _("Niet meer geldig"), lambda day: ~works_on(day)),
        Stage(ALL, _("Alle"), lambda day: Q()),
    )
}
# What the page of families offers, and so what can be ticked on it.
OF_FAMILIES = (UNUSED, UNPRINTED, PRINTED, GIVEN, IN_USE, EXPIRED, ALL)
NEWEST = "nieuwste"
SORTS: dict[str, Sequence[str]] = {
    NEWEST: ("line__organisation__name", "-line__request", "line__position", "pk"),
    "referentie": ("line__reference", "pk"),
    "aanvraag": ("line__request__period", "line__request__number", "line__position", "pk"),
    "geldig": ("last_day", "pk"),
}


def own_codes(user: User) -> HandOutQuerySet:
    """The live codes of this person's organisations."""
    return HandOut.objects.visible_to(user).live()


def as_shown(codes: HandOutQuerySet) -> HandOutQuerySet:
    """These codes with everything that a page shows of them."""
    related = ("line__request__period", "line__organisation", "line__school", "voucher__pool")
    rows = codes.with_last_day().with_activation().with_ask()
    return rows.select_related(*related, "voucher__provider")


def shown_references(codes: HandOutQuerySet) -> list[str]:
    """The pupils of these codes, by the references their school uses."""
    return list(codes.order_by("line__position").values_list("line__reference", flat=True))


def stage_filter(request: PersonRequest, *stages: str) -> StageFilter:
    """The filter of a page that offers these stages and opens with the first."""
    return StageFilter(
        request.GET,
        path=request.path,
        own=own_organisations(request),
        searched=searches.kept(request),
        stages=[STAGES[each] for each in stages],
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the codes that match the filter, how many there are without it, and the sort."""

    page: Page[HandOut]
    total: int
    sort: str


def shown(
    request: PersonRequest,
    form: StageFilter,
    codes: HandOutQuerySet,
    *,
    otherwise: str = NEWEST,
) -> Shown:
    """The page of these codes that the address asks for; both counts come from one query.

    otherwise: the sort when the address names none.
    """
    asked = form.condition()
    counts = codes.aggregate(total=Count("pk"), found=Count("pk", filter=asked or None))
    found = codes.filter(asked)
    sort, order = sort_of(request, SORTS, otherwise=otherwise)
    if sort.endswith("geldig"):
        found = found.with_last_day()
    page = page_shown(request, found.order_by(*order), as_shown, count=counts["found"])
    return Shown(page, counts["total"], sort)


def askable(rows: HandOutQuerySet) -> HandOutQuerySet:
    """Of these codes in use, those whose renewal can be requested now."""
    going_on = Renewal.objects.open().filter(hand_out=OuterRef("pk"))
    renewable = Pool.objects.exclude(renewal_rule=RenewalRule.NEVER)
    rows = rows.filter(line__period__erased_at=None)
    return rows.filter(~Exists(going_on), voucher__pool__in=renewable)


def chosen(request: PersonRequest, form: StageFilter) -> list[HandOut]:
    """The codes that were ticked or that an answer names, or all that the filter leaves; ended ones
    are left out.

    404 when one of them is not the person's own.
    """
    rows = own_codes(request.user)
    ids = set(ticked(request))
    if request.POST.get("everything") and not is_answer(request):
        ids = set(rows.filter(form.condition()).values_list("pk", flat=True))
    elif HandOut.objects.visible_to(request.user).filter(pk__in=ids).count() < len(ids):
        raise Http404
    return list(as_shown(rows.filter(pk__in=ids)).order_by(*SORTS[NEWEST]))
