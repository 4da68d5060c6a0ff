"""Every list page at 1,000,000 codes compared with the same page at 1,000.

Ours and floor are the same page on two databases that differ only in size; both have more than a
page of rows. Each round requests a page five times, the first of which is not counted. `also` is
the number of its queries, which must not depend on the number of rows.
"""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from benchmarks import data, databases, pages
from benchmarks.comparing import Clock, Comparison

SMALL = data.Size(0.001)
TIMES = 4
# Who asks, and the address. Row ids are those of `benchmarks.data`.
LISTS: tuple[tuple[Callable[[], User], str], ...] = (
    (data.officer, "/start/"),
    (data.officer, "/ministerie/aanvragen/"),
    (data.officer, "/ministerie/aanvragen/?staat=alle"),
    (data.officer, "/ministerie/aanvragen/?staat=alle&zoek=school"),
    (data.officer, "/ministerie/voorraden/"),
    (data.officer, "/ministerie/voorraden/1/"),
    (data.officer, "/ministerie/bestanden/"),
    (data.officer, "/ministerie/bestanden/1/uitkomsten/"),
    (data.officer, "/ministerie/verlengingen/"),
    (data.officer, "/ministerie/organisaties/"),
    (data.officer, "/ministerie/golven/"),
    (data.officer, "/ministerie/taken/"),
    (data.coordinator, "/start/"),
    (data.coordinator, "/aanvragen/"),
    (data.coordinator, "/brieven/"),
    (data.coordinator, "/gezinnen/"),
    (data.coordinator, "/verlengen/"),
    (data.provider_user, "/start/"),
    (data.provider_user, "/provider/bestanden/"),
    (data.provider_user, "/provider/verlengingen/"),
    (data.provider_user, "/provider/voorraad/"),
)


def comparisons(size: data.Size) -> list[Comparison]:
    """One per page."""
    large = databases.current()
    small = databases.built(SMALL)
    databases.use(large)
    times = 1 if size.is_a_try else TIMES
    return [_comparison(who, address, large, small, times=times) for who, address in LISTS]


def _comparison(
    who: Callable[[], User], address: str, large: str, small: str, *, times: int
) -> Comparison:
    queries: dict[str, int] = {}

    def asked(clock: Clock, database: str) -> None:
        databases.use(database)
        try:
            client = pages.client_of(who())
            with CaptureQueriesContext(connection) as captured:
                pages.get(client, address)
            queries[database] = len(captured)
            together = Clock()
            with together:
                for _time in range(times):
                    pages.get(client, address)
            clock.add(together, times)
        finally:
            databases.use(large)

    def also() -> tuple[str, bool]:
        many, few = queries[large], queries[small]
        return f"{many} queries, {few} at 1,000", many == few

    return Comparison(
        work=f"list, {who.__name__}: {address}",
        ours=lambda clock: asked(clock, large),
        floor=lambda clock: asked(clock, small),
        at_most=1.5,
        also=also,
    )
