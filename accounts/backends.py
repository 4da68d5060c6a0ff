"""Who signs in: the person with this address, `User.email`, and nothing else.

allauth also looks in its own table of addresses, unverified ones included.

Tested in `accounts.tests.test_own_account`.
"""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class OwnAddressBackend(AuthenticationBackend):
    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        person = User.objects.filter(email=email.strip().lower()).first()
        return self._check_password(person, password)
