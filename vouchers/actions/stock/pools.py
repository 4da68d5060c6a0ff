"""Set up what a wave needs: providers, agreements, pools, periods; extend, close."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.actions.requests.request_rows import lock_requests
from vouchers.actions.stock.start_pages import ask_start_page
from vouchers.models import (
    Agreement,
    Period,
    Pool,
    PoolExtension,
    Provider,
    PupilLine,
    Voucher,
    VoucherRequest,
)
from vouchers.models.requests import PupilLineQuerySet
from vouchers.states import LineState

Thing = TypeVar("Thing", Provider, Agreement, Pool, Period)
SETTING_UP: dict[type[Model], str] = {
    Provider: gettext_noop("provider bewaard"),
    Agreement: gettext_noop("afspraak bewaard"),
    Pool: gettext_noop("voorraad bewaard"),
    Period: gettext_noop("golf bewaard"),
}


def set_up_provider(*, provider: Provider, by: User, now: datetime) -> Provider:
    """Save a new or changed provider. How codes are read and compared is fixed once some are
    loaded; another start page waits for a second person."""
    with _setting_up(provider, by=by) as before:
        if before and _code_rule(before) != _code_rule(provider) and _has_codes(before):
            raise Refused(
                _(
                    "Van {provider} zijn al codes geladen. Hoe we ze lezen en vergelijken, ligt nu "
                    "vast."
                ).format(provider=before),
                code="codes-loaded",
            )
        asked = provider.start_url
        if before:
            provider.start_url = before.start_url
        provider.save()
        if provider.start_url != asked:
            ask_start_page(provider=provider, start_url=asked, by=by, now=now)
    return provider


def set_up_agreement(*, agreement: Agreement, by: User, now: datetime) -> Agreement:
    """Save a new or changed agreement."""
    with _setting_up(agreement, by=by):
        agreement.save()
    return agreement


def set_up_pool(*, pool: Pool, by: User, now: datetime) -> Pool:
    """Save a new or changed pool. Once codes are loaded only an extension changes its validity, so
    that figures as of a past day stay what they were."""
    with _setting_up(pool, by=by) as before:
        if before and _delivery(before) != _delivery(pool) and before.vouchers.exists():
            raise Refused(
                _("In deze voorraad zitten al codes. Verleng ze om hun einddatum te veranderen."),
                code="codes-loaded",
            )
        if before:  # as it is now, not as it was when somebody opened the form
            pool.closed_at, pool.closed_by = before.closed_at, before.closed_by
        pool.save()
    return pool


def set_up_period(*, period: Period, by: User, now: datetime) -> Period:
    """Save a new or changed period. The letters of its requests are fixed once one was made."""
    with _setting_up(period, by=by) as before:
        if before and before.closed_at:
            raise Refused(
                _("{period} is gesloten en verandert niet meer.").format(period=before),
                code="period-closed",
            )
        if before and before.last_number and before.prefix != period.prefix:
            raise Refused(
                _(
                    "Er zijn al aanvragen met {prefix}. Die letters kunnen niet meer veranderen."
                ).format(prefix=before.prefix),
                code="requests-made",
            )
        if before and before.last_number and _reporting(before) != _reporting(period):
            raise Refused(
                _(
                    "Er zijn al aanvragen in {period}. De dagen van het rapport liggen nu vast, "
                    "zodat de cijfers blijven wat ze waren."
                ).format(period=before),
                code="requests-made",
            )
        if before:  # as it is now, not as it was when somebody opened the form
            period.last_number = before.last_number
        period.save()
    return period


def extend_pool(*, pool: Pool, valid_until: date, by: User, now: datetime) -> PoolExtension:
    """The provider extends the validity of all codes of a pool. Raises Refused unless it
    is longer."""
    with recorded(by=by, why=gettext_noop("voorraad verlengd")):
        policies.check_is_ministry(by)
        Pool.objects.select_for_update(no_key=True, of=("self",)).get(pk=pool.pk)
        last_day = Pool.objects.with_last_day().get(pk=pool.pk).last_day
        if valid_until <= last_day:
            raise Refused(
                _("Deze codes zijn al geldig tot en met {day}. Kies een latere dag.").format(
                    day=f"{last_day:%d/%m/%Y}"
                ),
                field="valid_until",
                code="not-longer",
            )
        return PoolExtension.objects.create(
            pool=pool, valid_until=valid_until, recorded_at=now, recorded_by=by
        )


def withdraw_extension(*, extension: PoolExtension, by: User, now: datetime) -> None:
    """Withdraw an extension that was recorded by mistake; figures as of past days keep it. Raises
    Refused when somebody has already done so."""
    with recorded(by=by, why=gettext_noop("verlenging van een voorraad teruggedraaid")):
        locked = PoolExtension.objects.select_for_update(no_key=True).get(pk=extension.pk)
        policies.check_can_withdraw_extension(by, locked)
        locked.withdrawn_at, locked.withdrawn_by = now, by
        locked.save(update_fields=["withdrawn_at", "withdrawn_by"])


def close_pool(*, pool: Pool, by: User, now: datetime) -> None:
    """No more codes of this pool go out. A closed pool is left as it is."""
    with recorded(by=by, why=gettext_noop("voorraad gesloten")):
        policies.check_is_ministry(by)
        Pool.objects.filter(pk=pool.pk, closed_at=None).update(closed_at=now, closed_by=by)


def close_period(*, period: Period, by: User, now: datetime) -> int:
    """Close a period and the lines that still wait, for a code or for their asker; returns how many
    lines.

    Raises Refused while a request waits for a decision.
    """
    with recorded(by=by, why=gettext_noop("golf gesloten")):
        locked = Period.objects.select_for_update(no_key=True, of=("self",)).get(pk=period.pk)
        lock_requests(VoucherRequest.objects.filter(period=locked))
        policies.check_can_close_period(by, locked)
        Period.objects.filter(pk=locked.pk).update(closed_at=now, closed_by=by)
        ids = list(lines_to_close(locked).values_list("pk", flat=True))
        return PupilLine.objects.filter(pk__in=ids).update(
            state=LineState.CLOSED, closed_at=now, closed_by=by
        )


def lines_to_close(period: Period) -> PupilLineQuerySet:
    """The pupils of a period who wait for a code, or whose request waits for its asker."""
    lines = PupilLine.objects.filter(period=period)
    return lines.waiting() | lines.filter(state=LineState.ASKED)


@contextmanager
def _setting_up(thing: Thing, *, by: User) -> Iterator[Thing | None]:
    """One recorded transaction of the ministry; yields the row as it was, locked, or None
    if new."""
    with recorded(by=by, why=SETTING_UP[type(thing)]):
        if isinstance(thing, Provider):
            policies.check_is_supervising(by)
        policies.check_is_ministry(by)
        rows = type(thing)._default_manager.select_for_update(no_key=True, of=("self",))
        yield rows.get(pk=thing.pk) if thing.pk else None


def _code_rule(provider: Provider) -> tuple[bool, str, str, list[str]]:
    return (
        provider.case_matters,
        provider.ignored_characters,
        provider.code_column,
        provider.secret_columns,
    )


def _reporting(period: Period) -> tuple[date, date]:
    return period.reports_from, period.reports_until


def _has_codes(provider: Provider) -> bool:
    return Voucher.objects.filter(provider=provider).exists()


def _delivery(pool: Pool) -> tuple[int, date]:
    return pool.agreement_id, pool.valid_until
