"""Somebody at the ministry looks up a code that a school or a provider reads out to them, or reads
a list of codes.

What they type only becomes a fingerprint: it is not stored, not logged, not shown again. Whichever
way they ask, what they asked in vain is counted together: nobody guesses codes.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext_noop

from accounts.models import User
from history.recording import recorded
from vouchers import codes, policies
from vouchers.actions.files.file_rows import rule_of
from vouchers.actions.watch.alerts import raise_alerts
from vouchers.models import Alert, CodeLookup, ListRead, Provider, Voucher
from vouchers.states import AlertKind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def look_up(*, provider: Provider, code: str, by: User, now: datetime) -> Voucher | None:
    """The code of this provider with this identifier, None when there is none; recorded.

    Raises Refused for anyone outside the ministry, and after too many in an hour.
    """
    fingerprints = codes.fingerprints(code, rule_of(provider))
    with recorded(by=by, why=gettext_noop("code opgezocht")):
        check_can_look_up(by, now=now)
        found = (
            Voucher.objects.filter(provider=provider, fingerprint__in=fingerprints)
            .order_by("-pk")
            .first()
        )
        CodeLookup.objects.create(
            provider=provider, voucher=found, looked_up_at=now, looked_up_by=by
        )
        if found is None:
            _watch(by, now)
    return found


def check_can_look_up(by: User, *, now: datetime) -> None:
    """Raises Refused for anyone outside the ministry, and after too many in an hour: codes looked
    up, and unknown ones in lists. Call it in the transaction that looks up."""
    # One at a time, so that what is asked at the same moment is counted.
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=by.pk)
    mine = CodeLookup.objects.filter(looked_up_by=by, looked_up_at__gt=now - HOUR)
    policies.check_can_look_up(by, mine.count() + _unknown_in_lists(by, now - HOUR))


def note_list(
    *, provider: Provider, rows: int, found: int, unknown: int, by: User, now: datetime
) -> bool:
    """Record that a list was read; returns whether so many of its codes are unknown that nothing of
    it may be told. Call it in the transaction that read it, after `check_can_look_up`."""
    too_many = 100 * unknown > settings.WATCH_LIMITS["unknown_percent"] * (found + unknown)
    ListRead.objects.create(
        provider=provider,
        rows=rows,
        found=found,
        unknown=unknown,
        refused=too_many,
        read_at=now,
        read_by=by,
    )
    if unknown:
        _watch(by, now)
    return too_many


def _watch(by: User, now: datetime) -> None:
    """An alert when this person asked for too many unknown codes in a day."""
    mine = CodeLookup.objects.filter(looked_up_by=by, looked_up_at__gt=now - DAY, voucher=None)
    missed = mine.count() + _unknown_in_lists(by, now - DAY)
    if missed > settings.WATCH_LIMITS["unknown_codes"]:
        often = Alert(kind=AlertKind.LOOKED_UP_OFTEN, about=by, data={"codes": missed})
        raise_alerts([often], now=now)


def _unknown_in_lists(by: User, since: datetime) -> int:
    lists = ListRead.objects.filter(read_by=by, read_at__gt=since)
    return lists.aggregate(unknown=Sum("unknown"))["unknown"] or 0
