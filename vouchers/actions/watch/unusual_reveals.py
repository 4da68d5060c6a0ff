"""Unusual numbers of reveals become alerts (ADR 21, ADR 37).

A round looks at who and what had a reveal since the last round that finished, with a little
overlap, and for those counts as far back as each rule says. So a round may be late, run twice or
coincide with another: what is open is not raised again, what was handled does not count again.

Each rule about a person counts per organisation, and over all organisations together: somebody who
opens a few codes of each of many organisations is as unusual as who opens many of one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
)
from django.db.models.functions import ExtractHour, TruncDate
from django.utils.translation import gettext_noop

from accounts.models import Membership
from common.days import BRUSSELS
from history.recording import recorded
from vouchers.actions.watch import unusual_people, unusual_sign_ins
from vouchers.actions.watch.alerts import LONG_AGO, last_handled, raise_alerts
from vouchers.models import Alert, Reveal, Watch
from vouchers.models.hand_outs import RevealQuerySet
from vouchers.states import AlertKind

# A reveal is dated before its transaction ends; no transaction takes this long.
OVERLAP = timedelta(hours=1)
NIGHT_FROM, NIGHT_UNTIL = 23, 5
FIRST_DAY = timedelta(hours=24)
CODES_NAMED = 10  # of a request, those seen most

# Not handled for this person in this organisation; nor for this person over all of them.
HERE = Q(revealed_at__gt=F("handled_here"))
TOGETHER = HERE & Q(revealed_at__gt=F("handled_together"))


@dataclass(frozen=True, slots=True)
class Counted:
    """What one person saw of one organisation: how many codes count for an alert about that
    organisation, and how many for one about all organisations together."""

    person: int
    organisation: int
    here: int
    together: int
    days: int = 0


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
            *unusual_people.found(since, now),
            *unusual_sign_ins.unusual(since),
        ]
        raised = raise_alerts(found, now=now)
        Watch.objects.create(looked_until=now, raised=raised)
    return raised


def _of_people(reveals: RevealQuerySet, kind: AlertKind) -> RevealQuerySet:
    """With the moments that HERE and TOGETHER compare with: of the last handled alert about this
    person and organisation, and of the last about this person over all organisations."""
    about = OuterRef("revealed_to")
    here = last_handled(kind, about=about, organisation=OuterRef("organisation"))
    return reveals.alias(
        handled_here=here,
        handled_together=last_handled(kind, about=about, organisation__isnull=True),
    )


def _own() -> RevealQuerySet:
    """Reveals to the organisations that asked; a provider reads codes that it delivered."""
    return Reveal.objects.filter(organisation__isnull=False).order_by()


def _of_touched(since: datetime) -> RevealQuerySet:
    """Everything that was ever seen by the people who saw something lately."""
    touched = _own().filter(revealed_at__gt=since).values("revealed_to")
    return _own().filter(revealed_to__in=touched)


def _place() -> QuerySet[Membership]:
    """The membership, in the organisation of the reveal, of the person who saw the code."""
    return Membership.objects.filter(
        user=OuterRef("revealed_to"), organisation=OuterRef("organisation")
    )


def _seen_often(since: datetime) -> Iterator[Alert]:
    """A code seen more than a few times, or by more than a few people; one alert per request."""
    limits = settings.WATCH_LIMITS
    touched = _own().filter(revealed_at__gt=since).values("hand_out")
    handled = last_handled(AlertKind.SEEN_OFTEN, request=OuterRef("hand_out__line__request"))
    reveals = _own().filter(hand_out__in=touched).alias(handled=handled)
    codes = (
        reveals.filter(revealed_at__gt=F("handled"))
        .values_list("hand_out__line__request", "organisation", "voucher")
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
    day = TruncDate("revealed_at", tzinfo=BRUSSELS)
    codes = (
        _of_people(_of_touched(since), AlertKind.SEEN_AGAIN)
        .values_list("revealed_to", "organisation", "hand_out")
        .annotate(
            here=Count(day, distinct=True, filter=HERE),
            together=Count(day, distinct=True, filter=TOGETHER),
        )
        .filter(here__gt=limits["days"])
    )
    days = defaultdict(list)
    for person, organisation, _hand_out, here, together in codes:
        days[person, organisation].append((here, together))
    counted = [
        Counted(
            *place,
            here=len(seen),
            together=sum(together > limits["days"] for _here, together in seen),
            days=max(here for here, _together in seen),
        )
        for place, seen in days.items()
    ]
    yield from _alerts(AlertKind.SEEN_AGAIN, counted, limit=limits["codes_of_days"])


def _seen_at_night(since: datetime) -> Iterator[Alert]:
    """Somebody who opens many codes at night; a night belongs to the day on which it began."""
    began = ExpressionWrapper(
        F("revealed_at") - timedelta(hours=NIGHT_UNTIL), output_field=DateTimeField()
    )
    whole_night = timedelta(hours=24 - NIGHT_FROM + NIGHT_UNTIL)
    reveals = _own().filter(revealed_at__gt=since - whole_night)
    at_night = (
        reveals.annotate(hour=ExtractHour("revealed_at", tzinfo=BRUSSELS))
        .filter(Q(hour__gte=NIGHT_FROM) | Q(hour__lt=NIGHT_UNTIL))
        .annotate(night=TruncDate(began, tzinfo=BRUSSELS))
    )
    nights = defaultdict(list)
    for night, each in _codes_of_people(at_night, AlertKind.SEEN_AT_NIGHT, "night"):
        nights[night].append(each)
    limit = settings.WATCH_LIMITS["codes_at_night"]
    for night, counted in nights.items():
        yield from _alerts(AlertKind.SEEN_AT_NIGHT, counted, limit=limit, night=night.isoformat())


def _seen_by_newcomer(since: datetime) -> Iterator[Alert]:
    """Somebody who opens many codes on their first day for an organisation, or on the first days
    for each of several that they came to work for lately."""
    together = timedelta(days=settings.WATCH_LIMITS["days_of_newcomer"])
    reveals = _of_touched(since).filter(revealed_at__gt=since - together)
    first_days = reveals.alias(added=Subquery(_place().values("added_at")[:1])).filter(
        revealed_at__gte=F("added"), revealed_at__lt=F("added") + FIRST_DAY
    )
    counted = [each for _none, each in _codes_of_people(first_days, AlertKind.SEEN_BY_NEWCOMER)]
    limit = settings.WATCH_LIMITS["codes_of_newcomer"]
    yield from _alerts(AlertKind.SEEN_BY_NEWCOMER, counted, limit=limit)


def _seen_by_leaver(since: datetime) -> Iterator[Alert]:
    """Somebody who opened many codes in their last days and no longer works there."""
    last_days = timedelta(days=settings.WATCH_LIMITS["days_of_leaver"])
    reveals = _own().filter(revealed_at__gt=since - last_days).filter(~Exists(_place()))
    counted = [each for _none, each in _codes_of_people(reveals, AlertKind.SEEN_BY_LEAVER)]
    limit = settings.WATCH_LIMITS["codes_of_leaver"]
    yield from _alerts(AlertKind.SEEN_BY_LEAVER, counted, limit=limit)


def _codes_of_people(
    reveals: RevealQuerySet, kind: AlertKind, *by: str
) -> Iterator[tuple[Any, Counted]]:
    """How many codes each person saw of each organisation, that were not handled yet; `by`: one
    more column to tell them apart, given with each."""
    rows = (
        _of_people(reveals, kind)
        .values_list("revealed_to", "organisation", *by)
        .annotate(
            here=Count("hand_out", distinct=True, filter=HERE),
            together=Count("hand_out", distinct=True, filter=TOGETHER),
        )
    )
    for person, organisation, *apart, here, together in rows:
        yield (apart[0] if apart else None), Counted(person, organisation, here, together)


def _alerts(
    kind: AlertKind, counted: Iterable[Counted], *, limit: int, **said: object
) -> Iterator[Alert]:
    """About each person and organisation with more codes than the limit; and about each person
    whose other organisations, two or more, come to more than the limit together."""
    people = defaultdict(list)
    for each in counted:
        people[each.person].append(each)
    for person, places in people.items():
        for each in places:
            if each.here > limit:
                data = {"codes": each.here, **_days(each.days), **said}
                yield Alert(
                    kind=kind, about_id=person, organisation_id=each.organisation, data=data
                )
        others = [each for each in places if each.here <= limit and each.together]
        codes = sum(each.together for each in others)
        if len(others) > 1 and codes > limit:
            most_days = max(each.days for each in others)
            data = {"codes": codes, "organisations": len(others), **_days(most_days), **said}
            yield Alert(kind=kind, about_id=person, data=data)


def _days(days: int) -> dict[str, int]:
    return {"days": days} if days else {}
