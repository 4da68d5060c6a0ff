"""Sign-in by django-allauth: closed sign-up, people come by invitation."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody registers: an officer invites a first coordinator, a coordinator a colleague."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
