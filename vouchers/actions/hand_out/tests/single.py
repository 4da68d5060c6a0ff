"""One request that is handed out: shared by the tests of its parts."""

from datetime import date, timedelta
from typing import Any

from conftest import Cast
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import HandedOut
from vouchers.models import HandOut, Pool, VoucherRequest
from vouchers.tests.factories import at, granted_request, make_pool

NOW = at(date(2020, 3, 11))


def granted(cast: Cast, n: int = 1, **options: Any) -> VoucherRequest:
    return granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=n, **options
    )


def hand_out(cast: Cast, request: VoucherRequest, **options: bool) -> HandedOut:
    return handing_out.hand_out(request=request, by=cast.officer, now=NOW, **options)


def pools_of(request: VoucherRequest) -> list[Pool]:
    live = HandOut.objects.live().filter(line__request=request).order_by("line__position")
    return [hand_out.voucher.pool for hand_out in live.select_related("voucher__pool")]


def short_lived(cast: Cast, days: int, *, name: str = "kort") -> Pool:
    valid_until = NOW.date() + timedelta(days=days)
    return make_pool(cast.provider, name=name, valid_until=valid_until)
