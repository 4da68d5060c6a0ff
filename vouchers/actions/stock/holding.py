"""Holding a code and releasing it back into stock, one by hand or many after a file.

Lock order as for a hand-out: the pool first, so that nobody hands the code out meanwhile.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from accounts.models import User
from history.recording import recorded
from vouchers import policies
from vouchers.models import Holding, Pool, ProviderFile, Voucher
from vouchers.models.pools import VoucherQuerySet
from vouchers.references import check_free_text
from vouchers.states import VoucherState


def hold(*, voucher: Voucher, reason: str, by: User, now: datetime) -> None:
    """Hold a code while something about it is looked into.

    Raises Refused when it is not in stock, and for a reason with a national number in it.
    """
    reason = check_free_text(reason.strip(), "reason")
    with recorded(by=by, why=gettext_noop("code vastgehouden")):
        voucher = _locked(voucher)
        policies.check_can_hold(by, voucher)
        _move(voucher, VoucherState.HELD, reason=reason, by=by, now=now)


def release(*, voucher: Voucher, reason: str, by: User, now: datetime) -> None:
    """Release a held code, so that it can be handed out again.

    Raises Refused when it is not held, and for a reason with a national number in it.
    """
    reason = check_free_text(reason.strip(), "reason")
    with recorded(by=by, why=gettext_noop("code vrijgegeven")):
        voucher = _locked(voucher)
        policies.check_can_release(by, voucher)
        _move(voucher, VoucherState.AVAILABLE, reason=reason, by=by, now=now)


def last_held_by_file(held: VoucherQuerySet) -> VoucherQuerySet:
    """Those of these codes that no person has held since a file did."""
    last = Holding.objects.filter(voucher=OuterRef("pk")).order_by("-pk")
    reason = Coalesce(Subquery(last.values("reason")[:1]), Value(""))  # a person says why
    return held.annotate(reason=reason).filter(reason="")


def after_file(
    codes: VoucherQuerySet, to: VoucherState, *, file: ProviderFile, by: User, now: datetime
) -> int:
    """Move codes because of a file: held, or back in stock; returns how many.

    Preconditions: a transaction that has locked the pools of these codes.
    """
    moved = list(codes.values_list("pk", flat=True))
    Voucher.objects.filter(pk__in=moved).update(state=to)
    _note(moved, to, file=file, by=by, now=now)
    return len(moved)


def _move(voucher: Voucher, to: VoucherState, *, reason: str, by: User, now: datetime) -> None:
    voucher.state = to
    voucher.save(update_fields=["state"])
    _note([voucher.pk], to, reason=reason, by=by, now=now)


def _note(
    vouchers: Collection[int],
    to: VoucherState,
    *,
    by: User,
    now: datetime,
    file: ProviderFile | None = None,
    reason: str = "",
) -> None:
    Holding.objects.bulk_create(
        Holding(
            voucher_id=pk, held=to == VoucherState.HELD, file=file, reason=reason,
            done_at=now, done_by=by,
        )
        for pk in vouchers
    )  # fmt: skip


def _locked(voucher: Voucher) -> Voucher:
    Pool.objects.select_for_update(no_key=True, of=("self",)).get(pk=voucher.pool_id)
    return Voucher.objects.select_for_update(no_key=True, of=("self",)).get(pk=voucher.pk)
