"""Pages as a browser requests them: without the network, or with somebody's session."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.sign_in import sign_in


def client_of(user: User) -> Client:
    """A client signed in on the database in use."""
    with_static_files()
    client = Client(headers={"host": urlsplit(settings.PUBLIC_URL).netloc})
    sign_in(client, user, second_factor=True, at=timezone.now())
    return client


def session_of(user: User) -> str:
    """The cookie of a new session on the database in use."""
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client_of(user).cookies[name].value}"


def get(client: Client, address: str) -> None:
    """The page; anything but 200 is an error."""
    found = client.get(address, secure=settings.HTTPS)
    assert found.status_code == 200, (address, found.status_code)


@cache
def with_static_files() -> None:
    """Pages refer to them by their hash."""
    call_command("collectstatic", verbosity=0, interactive=False)
