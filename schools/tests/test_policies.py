"""Who may keep the register."""

from accounts.tests.test_policies import who_may
from common.refused import allowed
from conftest import Cast
from schools import policies


def test_only_the_ministry_and_an_operator_keep_the_register(cast: Cast) -> None:
    assert who_may(cast, policies.check_can_keep_register) == {
        "officer",
        "supervisor",
        "administrator",
    }
    cast.officer.is_active = False
    assert who_may(cast, policies.check_can_keep_register) == {"supervisor", "administrator"}
    assert allowed(policies.check_can_keep_register, None)
