"""Is this database a demo's? The mark keeps sample data and real people apart, both ways.

A marked database serves only with the switch DEMO on; an unmarked one that holds people or
organisations never gets sample data.
"""

from accounts.models import User
from history.models import PortalMark
from history.portal_mark import is_demo
from schools.models import Organisation


class RealData(Exception):
    """This database holds organisations or people that the demo did not make."""


def refuse_real_data() -> None:
    """Before sample data is made: RealData when somebody else's data is here."""
    if not is_demo() and (Organisation.objects.exists() or User.objects.exists()):
        raise RealData(
            "This database holds organisations or people that the demo did not make. "
            "Sample data goes into an empty database only."
        )


def mark_as_demo() -> None:
    """Say for good that this database is a demo's; RealData when it is not empty."""
    refuse_real_data()
    PortalMark.objects.update_or_create(only=True, defaults={"demo": True})
