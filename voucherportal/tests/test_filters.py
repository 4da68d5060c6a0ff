"""Every filter of the portal: a saved view is the name of a list and a query string, so the query
string must give back the same filter and the same words (ADR 28)."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet
from django.db.models import Model
from django.http import QueryDict

from accounts.models import SignInEvent, User, WaitingAct
from common.filters import Filter
from conftest import Cast
from pages.coordinator.hand_outs import OF_FAMILIES, STAGES
from pages.coordinator.list_forms import OwnFilter, OwnRequestFilter, StageFilter
from pages.ministry.forms import FileFilter, RequestFilter
from pages.ministry.mail_forms import MailFilter
from pages.ministry.reclaim_forms import ReclaimFilter
from pages.ministry.sign_in_forms import SignInFilter
from pages.ministry.watching_forms import AlertFilter, RevealFilter
from pages.people.forms import OrganisationFilter, PersonFilter
from pages.people.waiting_forms import WaitingFilter
from reports.figures import Dimension
from reports.filters import ReportFilter
from schools.models import Organisation
from vouchers.models import (
    Alert,
    HandOut,
    Mail,
    ProviderFile,
    ReclaimNotice,
    Reveal,
    VoucherRequest,
)

TODAY = date(2020, 12, 31)
NOTHING = "no rows at all"
Made = Callable[[Cast, QueryDict], Filter[Any]]
# What private fields were filled with in this session, by the mark that their address holds.
SEARCHED = {"mark1": "K-1"}
# A report asks its figures by a question, every other filter narrows rows of this model.
NARROWS: dict[type[Filter[Any]], type[Model]] = {
    RequestFilter: VoucherRequest,
    FileFilter: ProviderFile,
    MailFilter: Mail,
    AlertFilter: Alert,
    RevealFilter: Reveal,
    ReclaimFilter: ReclaimNotice,
    OwnRequestFilter: VoucherRequest,
    StageFilter: HandOut,
    OrganisationFilter: Organisation,
    PersonFilter: User,
    SignInFilter: SignInEvent,
    WaitingFilter: WaitingAct,
}


def by_itself(kind: type[Filter[Any]], **options: Any) -> Made:
    """A filter that needs nothing from the cast."""
    return lambda cast, address: kind(address, **options)


def own_requests(cast: Cast, address: QueryDict) -> OwnRequestFilter:
    """For somebody with two schools."""
    own = [cast.school, cast.other_school]
    return OwnRequestFilter(address, own=own, searched=SEARCHED)


def own_codes(cast: Cast, address: QueryDict) -> StageFilter:
    """For somebody with two schools, on the page of families."""
    stages = [STAGES[each] for each in OF_FAMILIES]
    own = [cast.school, cast.other_school]
    return StageFilter(address, own=own, searched=SEARCHED, stages=stages)


# Filter → how to make it, and an address with each of its fields.
FILTERS: dict[type[Filter[Any]], tuple[Made, str]] = {
    RequestFilter: (
        by_itself(RequestFilter),
        "zoek=G1-1&staat=uitgereikt&golf=golf-1&provincie=BE-BRU&type=PRIMARY&taak=3",
    ),
    FileFilter: (by_itself(FileFilter), "staat=REFUSED&soort=CODES"),
    MailFilter: (by_itself(MailFilter), "zoek=Aalst&staat=SENT&soort=REMINDER"),
    AlertFilter: (by_itself(AlertFilter), "zoek=tom&staat=afgehandeld&soort=SEEN_OFTEN"),
    RevealFilter: (by_itself(RevealFilter), "dag=12/03/2020&hoe=LETTER"),
    SignInFilter: (
        by_itself(SignInFilter),
        "zoek=an&wat=FAILED&uitkomst=mislukt&hoe=PASSWORD&adres=192.0.2.1&dag=12/03/2020",
    ),
    ReclaimFilter: (by_itself(ReclaimFilter), "zoek=000018&staat=teruggenomen&golf=golf-1"),
    OwnRequestFilter: (own_requests, "zoek=mark1&staat=DECIDED&golf=golf-1&organisatie={school}"),
    StageFilter: (own_codes, "zoek=mark1&stand=in-gebruik&aanvraag=G1-1&organisatie={school}"),
    OrganisationFilter: (
        by_itself(OrganisationFilter, today=TODAY),
        "zoek=0212.237.186&soort=OCMW&provincie=BE-BRU&type=PRIMARY&bestaat=nee",
    ),
    WaitingFilter: (by_itself(WaitingFilter), "stand=geweigerd&soort=membership"),
    PersonFilter: (by_itself(PersonFilter), "zoek=an&rol=officer&status=actief"),
    ReportFilter: (
        by_itself(ReportFilter, today=TODAY, dimension=Dimension.SCHOOL),
        "golf=golf-1&lezing=activiteit&dag=3 april 2020&provincie=BE-BRU&type=PRIMARY&zoek=vrije"
        "&leeg=on&cijfers=alle",
    ),
}  # fmt: skip


def below(kind: type[Filter[Any]]) -> Iterator[type[Filter[Any]]]:
    """Every subclass of this filter in the portal."""
    for each in kind.__subclasses__():
        if "tests" not in each.__module__:
            yield each
            yield from below(each)


def test_every_filter_is_in_the_table() -> None:
    assert set(below(Filter)) == {*FILTERS, OwnFilter}


@pytest.mark.parametrize("kind", FILTERS, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_the_query_string_asks_the_same_and_reads_the_same(
    kind: type[Filter[Any]], cast: Cast
) -> None:
    made, address = FILTERS[kind]
    whole = QueryDict(address.format(school=cast.school.pk))
    filters = made(cast, whole)
    assert set(filters.values) == set(filters.fields) == set(whole)
    seen = {}
    for asked in [whole, *(only(whole, name) for name in whole), QueryDict()]:
        first = made(cast, asked)
        again = made(cast, QueryDict(first.query))
        assert first.is_valid()
        assert again.is_valid()
        assert again.query == first.query
        assert again.values == first.values
        assert again.words == first.words
        seen[first.query] = tuple(first.words)
    shown = {name for name in whole if name not in kind.unsaid}
    assert len(set(seen.values())) == len(shown) + 2


@pytest.mark.parametrize("kind", FILTERS, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_a_list_shows_what_its_chips_say(kind: type[Filter[Any]], cast: Cast) -> None:
    """Without a chip nothing is left out, as a list opens too; and every chip leaves out."""
    made, address = FILTERS[kind]
    whole = QueryDict(address.format(school=cast.school.pk))
    for asked in [whole, *(only(whole, name) for name in whole), QueryDict()]:
        filters = made(cast, asked)
        bare = made(cast, QueryDict(filters.clear_url.partition("?")[2]))
        assert bare.words == []
        assert narrowing(kind, bare) == narrowing(kind, None)
        found = narrowing(kind, filters)
        assert (found == narrowing(kind, None)) == (filters.words == [])
        for chip in filters.chips:
            without = made(cast, QueryDict(chip["url"].partition("?")[2]))
            assert set(filters.words) - set(without.words) == {chip["label"]}
            if found != NOTHING:
                assert narrowing(kind, without) != found


def narrowing(kind: type[Filter[Any]], filters: Filter[Any] | None) -> str:
    """What is asked of the database with this filter, or without any."""
    if kind is ReportFilter:
        filters = filters or ReportFilter(QueryDict(), today=TODAY, dimension=Dimension.SCHOOL)
        assert isinstance(filters, ReportFilter)
        assert filters.is_valid()
        return repr(filters.question)
    rows = NARROWS[kind]._default_manager.all()
    try:
        return str((filters.found(rows) if filters else rows).query)
    except EmptyResultSet:  # known without asking the database
        return NOTHING


def only(address: QueryDict, name: str) -> QueryDict:
    """The address with only this parameter."""
    rest = QueryDict(mutable=True)
    rest.setlist(name, address.getlist(name))
    return rest


@pytest.mark.django_db
def test_what_a_page_does_not_ask_is_not_in_its_address() -> None:
    filters = ReportFilter(QueryDict("lezing=activiteit&dag=3/4/20&leeg=on"), today=TODAY)
    assert filters.query == "lezing=activiteit&dag=03%2F04%2F2020"
    assert filters.words == [
        "Hoe tellen we? wat in deze dagen gebeurde",
        "Zoals bekend op 03/04/2020",
    ]
