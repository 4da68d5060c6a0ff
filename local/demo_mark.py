"""Is this database a demo's? The flag keeps sample data and real people apart, both ways.

A flagged database is served only with the switch DEMO on; an unflagged one with people or
organisations never gets sample data.
"""

from accounts.models import User
from history.models import PortalMark
from history.portal_mark import is_demo
from schools.models import Organisation


class RealData(Exception):
    """This database has organisations or people that the demo did not create."""


def refuse_real_data() -> None:
    """Called before sample data is created: RealData when the database has anybody else's data."""
    if not is_demo() and (Organisation.objects.exists() or User.objects.exists()):
        raise RealData(
            "This database holds organisations or people that the demo did not make. "
            "Sample data goes into an empty database only."
        )


def mark_as_demo() -> None:
    """Flag this database as a demo's, for good; RealData when it is not empty."""
    refuse_real_data()
    PortalMark.objects.update_or_create(only=True, defaults={"demo": True})
