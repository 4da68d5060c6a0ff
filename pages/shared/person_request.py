"""The type of a request whose user is known: an access decorator has let it through.

Tested in `voucherportal.tests.test_access`.
"""

from django.http import HttpRequest

from accounts.models import User


class PersonRequest(HttpRequest):
    """A request by somebody who is signed in: `roles_required` and `signed_in` let nobody else
    through."""

    user: User
