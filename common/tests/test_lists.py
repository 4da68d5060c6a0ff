"""Every list at the size of Flanders: the same number of queries for 1, 3 and 300 rows, 50 a page
(docs/bench.md), and no page with a list that is missing from the table."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from django.core.paginator import Page
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.lists import PAGE_SIZE
from conftest import Cast, SignIn
from voucherportal.tests.access_table import OBJECTS, PAGES, Things, make_things
from voucherportal.tests.list_table import LISTS, NO_LIST, PAGED, WHOLE, Listing

WHO = {
    "coordinator": "coordinator",
    "officer": "officer",
    "supervisor": "supervisor",
    "analyst": "analyst",
    "administrator": "administrator",
    "provider": "provider_user",
}
# What marks a row of a list, whatever else is on the page.
ROW = '<th scope="row"'
SORT_LINK = re.compile(r'class="sort" href="(\?[^"]+)"')


def test_the_table_names_every_page_and_no_other() -> None:
    assert {each.page for each in LISTS} | NO_LIST == set(PAGES)


def test_no_page_is_in_both_parts_of_the_table() -> None:
    assert {each.page for each in LISTS} & NO_LIST == set()


@pytest.fixture
def things(cast: Cast) -> Things:
    return make_things(cast)


def pages_in(context: Any) -> list[Page[object]]:
    """The pages of rows given to the templates of a response; included templates get them too."""
    contexts = context if isinstance(context, list) else [context] if context else []
    values = [value for each in contexts for value in each.flatten().values()]
    return list({id(value): value for value in values if isinstance(value, Page)}.values())


def test_a_page_that_pages_through_rows_is_in_the_table(
    cast: Cast, things: Things, as_user: SignIn
) -> None:
    clients = {role: as_user(getattr(cast, who)) for role, who in WHO.items()}
    paging = set()
    for name in set(PAGES) - {
        "health",
        "demo_mail",
        "demo_phone",
    }:  # these have no rows in the database
        roles = PAGES[name] if not isinstance(PAGES[name], str) else WHO
        maker = OBJECTS.get(name)
        path = reverse(name, kwargs=maker(things) if maker else None)
        for role in sorted(roles):
            answer = clients[role].get(path)
            if pages_in(getattr(answer, "context", None)):
                paging.add(name)
    assert paging == {each.page for each in LISTS if each.shows == PAGED}


@pytest.mark.parametrize("listing", LISTS, ids=lambda each: each.name)
def test_the_number_of_queries_does_not_depend_on_the_rows(
    listing: Listing, cast: Cast, as_user: SignIn
) -> None:
    client = as_user(getattr(cast, listing.who))
    seen = {}
    there = 0
    for size in (1, 3, 300):
        listing.more(cast, size - there)
        there = size
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum would have done
        seen[size] = look(client, listing, cast)
    queries = {size: each.queries for size, each in seen.items()}
    assert queries == dict.fromkeys(queries, queries[1])
    assert_grown(listing, seen[1], seen[300])
    for address in seen[300].sorts:
        sorted_page = client.get(address)
        (page,) = pages_in(sorted_page.context)
        assert len(page.object_list) == PAGE_SIZE, address


@dataclass(frozen=True)
class Look:
    """What a page came to: queries, rows of tables, rows of each paged list, and the addresses of
    its sorts."""

    queries: int
    rows: int
    paged: list[int]
    sorts: set[str]


def look(client: Client, listing: Listing, cast: Cast) -> Look:
    url = reverse(listing.page, kwargs=listing.of(cast) if listing.of else None) + listing.query
    client.get(url)  # the first page after signing in may do more
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200
    paged = [len(page.object_list) for page in pages_in(answer.context)]
    html = answer.content.decode()
    sorts = {url.split("?")[0] + unescape(link) for link in SORT_LINK.findall(html)}
    return Look(len(captured), html.count(ROW), paged, sorts)


def assert_grown(listing: Listing, one: Look, many: Look) -> None:
    """With 300 rows the page shows 50 of them, all of them, or as many as it showed with one."""
    more = many.rows - one.rows
    if listing.shows == PAGED:
        assert many.paged == [PAGE_SIZE]
        assert more == PAGE_SIZE - one.paged[0]
    elif listing.shows == WHOLE:
        assert more > 0
        assert more % 299 == 0
    else:
        assert more == 0
