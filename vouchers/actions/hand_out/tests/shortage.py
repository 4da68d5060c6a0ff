"""Too few codes for a period: shared by the tests of its parts."""

from datetime import date, timedelta
from typing import Any

from conftest import Cast
from schools.models import Organisation
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.handing_out import HandedOut, PeriodHandedOut
from vouchers.actions.hand_out.plan import Plan
from vouchers.models import HandOut, Period, Pool, VoucherRequest
from vouchers.states import DivisionRule
from vouchers.tests.factories import at, load_codes
from vouchers.tests.many import Wanted, granted_requests

NOW = at(date(2020, 3, 11))
LATER = NOW + timedelta(hours=3)
FIRST, SHARED, NEED = DivisionRule.FIRST_COME, DivisionRule.PROPORTIONAL, DivisionRule.BY_NEED


def granted(
    cast: Cast, *wanted: list[Wanted], school: Organisation | None = None,
    period: Period | None = None,
) -> list[VoucherRequest]:  # fmt: skip
    return granted_requests(
        wanted, period=period or cast.period, school=school or cast.school, by=cast.coordinator,
        officer=cast.officer, now=NOW,
    )  # fmt: skip


def load(cast: Cast, codes: int, pool: Pool | None = None) -> None:
    load_codes(pool or cast.pool, by=cast.officer, codes=codes)


def divide(
    cast: Cast, rule: str = FIRST, *, period: Period | None = None, **plan: Any
) -> PeriodHandedOut:
    return handing_out.hand_out_period(
        period=period or cast.period, by=cast.officer, now=NOW, plan=Plan(rule, **plan)
    )


def hand_out(cast: Cast, request: VoucherRequest, **options: bool) -> HandedOut:
    return handing_out.hand_out(request=request, by=cast.officer, now=LATER, **options)


def served(*found: VoucherRequest) -> list[int]:
    return [HandOut.objects.live().filter(line__request=each).count() for each in found]
