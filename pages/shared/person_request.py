"""Whose rows a page shows: the person behind a request that an access decorator let through."""

from django.http import HttpRequest

from accounts.models import User


class PersonRequest(HttpRequest):
    """A request of somebody signed in: `roles_required` and `signed_in` let no other through."""

    user: User
