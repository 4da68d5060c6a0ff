"""The filters of the coordinators' lists. Tested in `pages.coordinator.tests.test_views`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from common.fields import ChoiceOfAny, SearchField
from common.filters import Filter, Rows
from schools.models import Organisation
from vouchers.models import Period, PupilLine, VoucherRequest
from vouchers.models.hand_outs import HandOutQuerySet
from vouchers.models.requests import VoucherRequestQuerySet
from vouchers.states import RequestState


class OwnFilter(Filter[Rows]):
    """A filter for a reader of these organisations, who can choose among them if there are more.
    What they search for may be the reference of a pupil, so it stays out of the address."""

    private = ("zoek",)
    posted_to = "own_search"

    def __init__(
        self,
        address: QueryDict,
        *,
        path: str = "",
        own: Sequence[Organisation],
        searched: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(address, path=path, searched=searched)
        self.own = own
        if len(own) > 1:
            self.fields["organisatie"] = ChoiceOfAny(
                gettext_lazy("Organisatie"),
                [(str(each.pk), str(each)) for each in own],
                any_of_them=_("Alle organisaties"),
            )


class OwnRequestFilter(OwnFilter[VoucherRequestQuerySet]):
    """Requests by number or reference, state and period."""

    exact = {"staat": "state", "golf": "period__slug", "organisatie": "organisation"}

    zoek = SearchField(gettext_lazy("Nummer of referentie"))
    staat = ChoiceOfAny(
        gettext_lazy("Status"), RequestState.choices, any_of_them=gettext_lazy("Alle")
    )
    golf = forms.ChoiceField(label=gettext_lazy("Golf"), required=False)

    def __init__(
        self,
        address: QueryDict,
        *,
        path: str = "",
        own: Sequence[Organisation],
        searched: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(address, path=path, own=own, searched=searched)
        periods = self.fields["golf"]
        assert isinstance(periods, forms.ChoiceField)
        periods.choices = [
            ("", _("Alle")),
            *Period.objects.latest_first().values_list("slug", "name"),
        ]

    def condition(self) -> Q:
        text = self.values.get("zoek")
        return super().condition() & matching(text, self.own) if text else super().condition()


def matching(text: str, own: Sequence[Organisation]) -> Q:
    """Requests with this number, or with a pupil of these organisations who has this reference."""
    lines = PupilLine.objects.filter(organisation__in=own, reference__icontains=text)
    return numbered(text) | Q(pk__in=lines.values("request"))


def numbered(text: str) -> Q:
    """Requests with this number: "G1-00012" or just "12"; none when it is not a number."""
    number = re.fullmatch(r"(?:(\w+)-)?0*(\d{1,9})", text.strip())
    if number is None:
        return Q(pk__in=[])
    found = Q(number=int(number[2]))
    return found & Q(period__prefix__iexact=number[1]) if number[1] else found


ALL = "alle"


@dataclass(frozen=True, slots=True)
class Stage:
    """How far codes have come: the name in the address, the label on the page, and which codes on a
    given day."""

    name: str
    label: str | StrPromise
    fits: Callable[[date], Q]


class StageFilter(OwnFilter[HandOutQuerySet]):
    """Codes by stage, by reference and by request."""

    everything = {"stand": ALL}
    exact = {"organisatie": "line__organisation"}

    zoek = SearchField(gettext_lazy("Referentie"))
    stand = forms.ChoiceField(label=gettext_lazy("Toon"), required=False)
    aanvraag = forms.CharField(
        label=gettext_lazy("Aanvraag"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "G1-00012"}),
    )

    def __init__(
        self,
        address: QueryDict,
        *,
        path: str = "",
        own: Sequence[Organisation],
        searched: Mapping[str, str] | None = None,
        stages: Sequence[Stage],
    ) -> None:
        """stages: what the page offers, `ALL` among them; it opens with the first."""
        super().__init__(address, path=path, own=own, searched=searched)
        self.opens_with = {"stand": stages[0].name}
        self.stages = {each.name: each for each in stages}
        stand = self.fields["stand"]
        assert isinstance(stand, forms.ChoiceField)
        stand.choices = [(each.name, each.label) for each in stages]

    @property
    def stage(self) -> str:
        return str(self.values.get("stand", ALL))

    def condition(self) -> Q:
        found = self.stages[self.stage].fits(timezone.localdate()) & super().condition()
        if text := self.values.get("zoek"):
            found &= Q(line__reference__icontains=text)
        if number := self.values.get("aanvraag"):
            found &= Q(line__request__in=VoucherRequest.objects.filter(numbered(number)))
        return found
