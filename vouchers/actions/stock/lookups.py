"""Somebody at the ministry looks up a code that a school or a provider reads out to them.

What they type only becomes a fingerprint: it is not stored, not logged, not shown again.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_noop

from accounts.models import User
from history.recording import recorded
from vouchers import codes, policies
from vouchers.actions.files.file_rows import rule_of
from vouchers.actions.watch.alerts import raise_alerts
from vouchers.models import Alert, CodeLookup, Provider, Voucher
from vouchers.states import AlertKind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def look_up(*, provider: Provider, code: str, by: User, now: datetime) -> Voucher | None:
    """The code of this provider with this identifier, None when there is none; recorded.

    Raises Refused for anyone outside the ministry, and after too many in an hour.
    """
    fingerprints = codes.fingerprints(code, rule_of(provider))
    with recorded(by=by, why=gettext_noop("code opgezocht")):
        # One at a time, so that look-ups made at the same moment are counted.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=by.pk)
        mine = CodeLookup.objects.filter(looked_up_by=by)
        policies.check_can_look_up(by, mine.filter(looked_up_at__gt=now - HOUR).count())
        found = (
            Voucher.objects.filter(provider=provider, fingerprint__in=fingerprints)
            .order_by("-pk")
            .first()
        )
        CodeLookup.objects.create(
            provider=provider, voucher=found, looked_up_at=now, looked_up_by=by
        )
        missed = mine.filter(looked_up_at__gt=now - DAY, voucher=None).count()
        if found is None and missed > settings.WATCH_LIMITS["unknown_codes"]:
            often = Alert(kind=AlertKind.LOOKED_UP_OFTEN, about=by, data={"codes": missed})
            raise_alerts([often], now=now)
    return found
