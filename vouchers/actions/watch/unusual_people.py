"""Who is let in, where and by whom, when that is unusual (ADR 37): the way of somebody who cannot
see a code, but can let somebody in who can."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery

from accounts.models import MINISTRY, Membership, User
from vouchers.actions.watch.alerts import LONG_AGO, last_handled
from vouchers.models import Alert, Reveal
from vouchers.states import AlertKind

HOUR = timedelta(hours=1)


def found(since: datetime, now: datetime) -> Iterator[Alert]:
    """The alerts about what happened since then, whether or not they are raised already."""
    yield from _seen_by_admitted(since)
    yield from _many_organisations(since, now)
    yield from _invited_often(since)


def _seen_by_admitted(since: datetime) -> Iterator[Alert]:
    """Somebody whom the ministry let in, and who opens codes in their first weeks for an
    organisation where others were at work already: those would have let a colleague in."""
    limits = settings.WATCH_LIMITS
    there = Membership.objects.of_who_reads_mail().filter(
        organisation=OuterRef("organisation"), added_at__lt=OuterRef("added_at")
    )
    admitted = Membership.objects.filter(
        Exists(there),
        user=OuterRef("revealed_to"),
        organisation=OuterRef("organisation"),
        added_by__role__in=MINISTRY,
    )
    weeks = timedelta(days=limits["days_of_admitted"])
    touched = Reveal.objects.filter(revealed_at__gt=since).values("revealed_to")
    people = (
        Reveal.objects.filter(organisation__isnull=False, revealed_to__in=touched)
        .alias(
            added=Subquery(admitted.values("added_at")[:1]),
            handled=last_handled(AlertKind.SEEN_BY_ADMITTED, about=OuterRef("revealed_to")),
        )
        .filter(revealed_at__gte=F("added"), revealed_at__lt=F("added") + weeks)
        .filter(revealed_at__gt=F("handled"))
        .order_by()
        .values_list("revealed_to")
        .annotate(
            codes=Count("hand_out", distinct=True),
            organisations=Count("organisation", distinct=True),
        )
        .filter(codes__gt=limits["codes_of_admitted"])
    )
    for person, codes, organisations in people:
        data = {"codes": codes, "organisations": organisations}
        yield Alert(kind=AlertKind.SEEN_BY_ADMITTED, about_id=person, data=data)


def _many_organisations(since: datetime, now: datetime) -> Iterator[Alert]:
    """Somebody who came to work for many organisations in a few weeks, and who let them in."""
    limits = settings.WATCH_LIMITS
    touched = Membership.objects.filter(added_at__gt=since).values("user")
    handled = last_handled(AlertKind.MANY_ORGANISATIONS, about=OuterRef("user"))
    people = (
        Membership.objects.filter(
            user__in=touched, added_at__gt=now - timedelta(days=limits["days_of_organisations"])
        )
        .alias(handled=handled)
        .filter(added_at__gt=F("handled"))
        .order_by()
        .values_list("user")
        .annotate(
            organisations=Count("pk"),
            by=ArrayAgg("added_by", distinct=True, default=[], filter=Q(added_by__isnull=False)),
        )
        .filter(organisations__gt=limits["organisations"])
    )
    for person, organisations, by in people:
        data = {"organisations": organisations, "by": by}
        yield Alert(kind=AlertKind.MANY_ORGANISATIONS, about_id=person, data=data)


def _invited_often(since: datetime) -> Iterator[Alert]:
    """Somebody who lets many people in within an hour: a mailing in the portal's name, or a hand
    that is not a person's."""
    limit = settings.WATCH_LIMITS["invitations_an_hour"]
    for by, invited in _invitations(since - HOUR).items():
        most = most_within(HOUR, invited)
        if most > limit:
            yield Alert(kind=AlertKind.INVITED_OFTEN, about_id=by, data={"people": most})


def _invitations(since: datetime) -> dict[int, list[tuple[datetime, int]]]:
    """Per person who let others in: when and whom, as far as no handled alert was about it. An
    invitation leaves its moment on the person, and on each membership that came with it."""
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    handled = dict(
        Alert.objects.filter(kind=AlertKind.INVITED_OFTEN, handled_at__isnull=False)
        .order_by()
        .values_list("about")
        .annotate(Max("handled_at"))
    )
    people = User.objects.filter(invited_at__gt=since, invited_by__isnull=False)
    places = Membership.objects.filter(added_at__gt=since, added_by__isnull=False)
    for rows in (
        people.values_list("invited_by", "invited_at", "pk"),
        places.values_list("added_by", "added_at", "user"),
    ):
        for by, at, person in rows:
            if by and at and at > handled.get(by, LONG_AGO):
                found[by].append((at, person))
    return found


def most_within(span: timedelta, events: Iterable[tuple[datetime, int]]) -> int:
    """The most different people in any stretch of this length."""
    most, inside = 0, Counter[int]()
    begun = deque[tuple[datetime, int]]()
    for at, person in sorted(events):
        begun.append((at, person))
        inside[person] += 1
        while begun[0][0] <= at - span:
            _at, gone = begun.popleft()
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
        most = max(most, len(inside))
    return most
