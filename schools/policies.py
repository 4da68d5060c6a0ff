"""May this person keep the register?"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.refused import Refused

if TYPE_CHECKING:
    from accounts.models import User


def check_can_keep_register(user: "User | None") -> None:
    """The ministry does; None is an operator of the server itself, who may too. Raises Refused."""
    if user and not (user.is_active and user.is_ministry):
        raise Refused(_("Alleen het ministerie kan het register bijwerken."), code="ministry-only")
