"""What the tests of a shortage start from."""

import pytest

from conftest import Cast
from schools.tests.factories import make_school
from vouchers.actions.hand_out.tests.shortage import granted, load
from vouchers.models import VoucherRequest
from vouchers.tests.many import ANY


@pytest.fixture
def short(cast: Cast) -> list[VoucherRequest]:
    """Three schools ask for 6, 3 and 3; there are 6 codes."""
    load(cast, 6)
    third = make_school(number="000034")
    return [
        *granted(cast, [ANY] * 6),
        *granted(cast, [ANY] * 3, school=cast.other_school),
        *granted(cast, [ANY] * 3, school=third),
    ]
