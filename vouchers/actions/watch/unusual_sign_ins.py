"""Sign-ins that fail too often become alerts: many accounts from one address, or one account.

Reads the facts of `accounts` (ADR 31); a round of `unusual_reveals` asks. Counted by the hour and
by the day in Brussels, so that a round may be late or run twice. An alert holds numbers: the
addresses are for administrators (*Aanmeldingen*), and the whole ministry reads alerts.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    F,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, TruncDate, TruncHour

from accounts.models import SignInEvent
from accounts.sign_in_models import FAILURES
from common.days import BRUSSELS
from vouchers.models import Alert
from vouchers.states import AlertKind

DAY = timedelta(days=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=BRUSSELS)


def unusual(since: datetime) -> Iterator[Alert]:
    """What somebody should look into among the failures since then."""
    yield from _many_names(since)
    yield from _one_account(since)


def _many_names(since: datetime) -> Iterator[Alert]:
    """One address that tried many names within an hour, known or not: one alert for all of them."""
    limit = settings.WATCH_LIMITS["names_of_address"]
    handled = Alert.objects.filter(kind=AlertKind.MANY_NAMES_TRIED)
    last = handled.aggregate(last=Max("handled_at"))["last"] or LONG_AGO
    failures = SignInEvent.objects.filter(
        kind__in=FAILURES, at__gt=max(since - timedelta(hours=1), last), address__isnull=False
    )
    name = Coalesce(Cast("person", CharField()), F("typed"))
    found = list(
        failures.order_by()
        .annotate(hour=TruncHour("at"), name=name)
        .values_list("address", "hour")
        .annotate(names=Count("name", distinct=True), times=Count("pk"))
        .filter(names__gt=limit)
    )
    if found:
        data = {
            "addresses": len({address for address, _hour, _names, _times in found}),
            "names": max(names for _address, _hour, names, _times in found),
            "times": sum(times for _address, _hour, _names, times in found),
        }
        yield Alert(kind=AlertKind.MANY_NAMES_TRIED, data=data)


def _one_account(since: datetime) -> Iterator[Alert]:
    """An account of which somebody has password or code wrong all day long."""
    limit = settings.WATCH_LIMITS["failures_of_account"]
    found = (
        _not_handled(SignInEvent.objects.filter(kind__in=FAILURES, at__gt=since - DAY))
        .annotate(day=TruncDate("at", tzinfo=BRUSSELS))
        .values_list("person", "day")
        .annotate(times=Count("pk"), addresses=Count("address", distinct=True))
        .filter(times__gt=limit)
    )
    for person, _day, times, addresses in found:
        data = {"times": times, "addresses": addresses}
        yield Alert(kind=AlertKind.ACCOUNT_ATTACKED, about_id=person, data=data)


def _not_handled(failures: QuerySet[SignInEvent]) -> QuerySet[SignInEvent]:
    """Those of a person after the last alert about them that somebody handled."""
    handled = (
        Alert.objects.filter(kind=AlertKind.ACCOUNT_ATTACKED, about=OuterRef("person"))
        .order_by()
        .values("kind")
        .annotate(last=Max("handled_at"))
        .values("last")
    )
    last = Coalesce(Subquery(handled), Value(LONG_AGO), output_field=DateTimeField())
    known = failures.filter(person__isnull=False).order_by()
    return known.alias(handled=last).filter(at__gt=F("handled"))
