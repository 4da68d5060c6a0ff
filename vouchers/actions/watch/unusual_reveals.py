"""Unusual numbers of reveals become alerts (ADR 21).

A round looks at who and what had a reveal since the last round that finished, with a little
overlap, and for those counts as far back as each rule says. So a round may be late, run twice or
coincide with another: what is open is not raised again, what was handled does not count again.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, ExtractHour, TruncDate
from django.utils.translation import gettext_noop

from accounts.models import Membership
from common.days import BRUSSELS
from history.recording import recorded
from vouchers.actions.watch import unusual_sign_ins
from vouchers.actions.watch.alerts import raise_alerts
from vouchers.models import Alert, Reveal, Watch
from vouchers.models.hand_outs import RevealQuerySet
from vouchers.states import AlertKind

# A reveal is dated before its transaction ends; no transaction takes this long.
OVERLAP = timedelta(hours=1)
NIGHT_FROM, NIGHT_UNTIL = 23, 5
FIRST_DAY = timedelta(hours=24)
CODES_NAMED = 10  # of a request, those seen most
LONG_AGO = datetime(2000, 1, 1, tzinfo=BRUSSELS)


def detect(*, now: datetime) -> int:
    """Examine every reveal and sign-in since the last round; returns how many alerts that
    raised."""
    last = Watch.objects.aggregate(until=Max("looked_until"))["until"] or LONG_AGO
    since = min(last, now) - OVERLAP
    with recorded(by=None, why=gettext_noop("ongewone aantallen bekeken codes")):
        found = [
            *_seen_often(since),
            *_seen_again(since),
            *_seen_at_night(since),
            *_seen_by_newcomer(since),
            *_seen_by_leaver(since),
            *unusual_sign_ins.unusual(since),
        ]
        raised = raise_alerts(found, now=now)
        Watch.objects.create(looked_until=now, raised=raised)
    return raised


def _not_handled(
    reveals: RevealQuerySet, kind: AlertKind, **subject: F | OuterRef
) -> RevealQuerySet:
    """Those reveals that came after the last handled alert of this kind about the same."""
    handled = (
        Alert.objects.filter(kind=kind, **subject)
        .order_by()
        .values("kind")
        .annotate(last=Max("handled_at"))
        .values("last")
    )
    last = Coalesce(Subquery(handled), Value(LONG_AGO), output_field=DateTimeField())
    return reveals.alias(handled=last).filter(revealed_at__gt=F("handled"))


def _of_person(reveals: RevealQuerySet, kind: AlertKind) -> RevealQuerySet:
    """Not yet handled for this person in this organisation."""
    return _not_handled(
        reveals, kind, about=OuterRef("revealed_to"), organisation=OuterRef("organisation")
    )


def _own() -> RevealQuerySet:
    """Reveals to the organisations that asked; a provider reads codes that it delivered."""
    return Reveal.objects.filter(organisation__isnull=False).order_by()


def _place() -> QuerySet[Membership]:
    """The membership, in the organisation of the reveal, of the person who saw the code."""
    return Membership.objects.filter(
        user=OuterRef("revealed_to"), organisation=OuterRef("organisation")
    )


def _seen_often(since: datetime) -> Iterator[Alert]:
    """A code seen more than a few times, or by more than a few people; one alert per request."""
    limits = settings.WATCH_LIMITS
    touched = _own().filter(revealed_at__gt=since).values("hand_out")
    reveals = _not_handled(
        _own().filter(hand_out__in=touched),
        AlertKind.SEEN_OFTEN,
        request=OuterRef("hand_out__line__request"),
    )
    codes = (
        reveals.values_list("hand_out__line__request", "organisation", "voucher")
        .annotate(times=Count("pk"), people=Count("revealed_to", distinct=True))
        .filter(Q(times__gt=limits["times"]) | Q(people__gt=limits["people"]))
    )
    by_request = defaultdict(list)
    for request, organisation, voucher, times, people in codes:
        by_request[request, organisation].append((times, people, voucher))
    for (request, organisation), seen in by_request.items():
        most = sorted(seen, reverse=True)[:CODES_NAMED]
        data = {
            "codes": len(seen),
            "times": most[0][0],
            "people": max(people for _times, people, _voucher in seen),
            "vouchers": [voucher for _times, _people, voucher in most],
        }
        yield Alert(
            kind=AlertKind.SEEN_OFTEN, request_id=request, organisation_id=organisation, data=data
        )


def _seen_again(since: datetime) -> Iterator[Alert]:
    """Somebody who opens the same codes day after day."""
    limits = settings.WATCH_LIMITS
    touched = _own().filter(revealed_at__gt=since).values("revealed_to")
    reveals = _of_person(_own().filter(revealed_to__in=touched), AlertKind.SEEN_AGAIN)
    codes = (
        reveals.values_list("revealed_to", "organisation", "hand_out")
        .annotate(days=Count(TruncDate("revealed_at", tzinfo=BRUSSELS), distinct=True))
        .filter(days__gt=limits["days"])
    )
    by_person = defaultdict(list)
    for person, organisation, _hand_out, days in codes:
        by_person[person, organisation].append(days)
    for (person, organisation), seen in by_person.items():
        if len(seen) > limits["codes_of_days"]:
            data = {"codes": len(seen), "days": max(seen)}
            yield _about(AlertKind.SEEN_AGAIN, person, organisation, data)


def _seen_at_night(since: datetime) -> Iterator[Alert]:
    """Somebody who opens many codes at night; a night belongs to the day on which it began."""
    limit = settings.WATCH_LIMITS["codes_at_night"]
    began = ExpressionWrapper(
        F("revealed_at") - timedelta(hours=NIGHT_UNTIL), output_field=DateTimeField()
    )
    whole_night = timedelta(hours=24 - NIGHT_FROM + NIGHT_UNTIL)
    reveals = _of_person(
        _own().filter(revealed_at__gt=since - whole_night), AlertKind.SEEN_AT_NIGHT
    )
    nights = (
        reveals.annotate(hour=ExtractHour("revealed_at", tzinfo=BRUSSELS))
        .filter(Q(hour__gte=NIGHT_FROM) | Q(hour__lt=NIGHT_UNTIL))
        .annotate(night=TruncDate(began, tzinfo=BRUSSELS))
        .values_list("revealed_to", "organisation", "night")
        .annotate(codes=Count("hand_out", distinct=True))
        .filter(codes__gt=limit)
    )
    for person, organisation, night, codes in nights:
        data = {"codes": codes, "night": night.isoformat()}
        yield _about(AlertKind.SEEN_AT_NIGHT, person, organisation, data)


def _seen_by_newcomer(since: datetime) -> Iterator[Alert]:
    """Somebody who opens many codes on their first day for an organisation."""
    limit = settings.WATCH_LIMITS["codes_of_newcomer"]
    reveals = _of_person(
        _own().filter(revealed_at__gt=since - FIRST_DAY), AlertKind.SEEN_BY_NEWCOMER
    )
    codes = (
        reveals.alias(added=Subquery(_place().values("added_at")[:1]))
        .filter(revealed_at__gte=F("added"), revealed_at__lt=F("added") + FIRST_DAY)
        .values_list("revealed_to", "organisation")
        .annotate(codes=Count("hand_out", distinct=True))
        .filter(codes__gt=limit)
    )
    for person, organisation, count in codes:
        yield _about(AlertKind.SEEN_BY_NEWCOMER, person, organisation, {"codes": count})


def _seen_by_leaver(since: datetime) -> Iterator[Alert]:
    """Somebody who opened many codes and no longer works there."""
    limit = settings.WATCH_LIMITS["codes_of_leaver"]
    reveals = _of_person(_own().filter(revealed_at__gt=since), AlertKind.SEEN_BY_LEAVER)
    codes = (
        reveals.filter(~Exists(_place()))
        .values_list("revealed_to", "organisation")
        .annotate(codes=Count("hand_out", distinct=True))
        .filter(codes__gt=limit)
    )
    for person, organisation, count in codes:
        yield _about(AlertKind.SEEN_BY_LEAVER, person, organisation, {"codes": count})


def _about(kind: AlertKind, person: int, organisation: int, data: dict[str, object]) -> Alert:
    return Alert(kind=kind, about_id=person, organisation_id=organisation, data=data)
