"""The second factor: who has one, where people without one may go, how it is stored.

The factors themselves (an authenticator app, passkeys, spare codes) are allauth's. What they need
from us is here: secrets that cannot be read in the database, and one place that lets nobody act
without one.
"""

import base64
import io
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import segno
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from accounts import policies
from accounts.models import User
from accounts.sessions import passed_second_factor
from common.access import PUBLIC, declared_access
from common.refused import Refused, allowed
from common.refused_shown import on_page

NONCE_BYTES = 12
PURPOSE = b"second factor"
# Spare codes stand in for one of these; alone they do not count.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

# Where somebody who needs a second factor and has none may go: to set one up, to confirm who they
# are, to sign out, and to the pages behind a mail about a forgotten password.
WITHOUT_ONE = frozenset({
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate",
    "account_logout", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
})  # fmt: skip


class SecretUnreadable(Exception):
    """This secret was encrypted with a SECRET_KEY that is gone, or it was tampered with."""


# Who has one


def factors_of(person: User) -> QuerySet[Authenticator]:
    """The app and the passkeys of somebody."""
    return Authenticator.objects.filter(user=person, type__in=FACTORS)


def main_factor_of(person: User) -> Authenticator | None:
    """Where a wrong code is noted: the app, else the spare codes."""
    typed = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.WEBAUTHN)
    return typed.order_by("-type").first()  # "totp" comes after "recovery_codes"


def with_second_factor(people: QuerySet[User]) -> QuerySet[User]:
    """Each annotated with `has_second_factor`."""
    found = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    return people.annotate(has_second_factor=Exists(found))


# Nobody acts without one


class SecondFactorMiddleware:
    """Deny by default: people who need a second factor and did not pass one in this session reach
    public pages and the set-up of a second factor only, whatever a page declares."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Where they are redirected; None for those who may continue."""
        if declared_access(view) == PUBLIC:
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        if not isinstance(request.user, User):
            return _passkey_options(request) if page == "mfa_login_webauthn" else None
        if request.user.needs_second_factor and not passed_second_factor(request):
            if factors_of(request.user).exists():  # set up elsewhere, after this session began
                logout(request)
                return redirect_to_login(request.get_full_path())
            return None if page in WITHOUT_ONE else redirect("mfa_index")
        if page == "mfa_remove_webauthn":
            return _refused_removal(request, request.user, kwargs["pk"])
        return None


def _passkey_options(request: HttpRequest) -> HttpResponseBase | None:
    """The question for a passkey begins a session for anybody who asks: not without end. Using the
    passkey has a limit of allauth's own."""
    allowed_still = ratelimit.consume(
        request, app="allauth.account", action="passkey_options", limit_get=True
    )
    return None if allowed_still else ratelimit.respond_429(request)


def _refused_removal(request: HttpRequest, user: User, pk: int) -> HttpResponseBase | None:
    """allauth asks `can_delete_authenticator` for the app only."""
    for passkey in factors_of(user).filter(pk=pk):
        try:
            policies.check_can_remove_second_factor(user, _others(passkey))
        except Refused as refusal:
            on_page(request, refusal)
            return redirect("mfa_index")
    return None


def _others(factor: Authenticator) -> int:
    return factors_of(factor.user).exclude(pk=factor.pk).count()


@receiver(authenticator_added, dispatch_uid="second factor set up is passed")
def set_up_is_passed(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Setting up an app or a passkey shows that it works, which counts as passing it."""
    if authenticator.type in FACTORS:
        record_authentication(
            request, user, method="mfa", id=authenticator.pk, type=authenticator.type
        )


# How it is stored


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": policies.LAST_SECOND_FACTOR,
        "cannot_generate_recovery_codes": gettext_lazy(
            "Reservecodes krijg je als je een app met codes of een passkey hebt."
        ),
        "incorrect_code": gettext_lazy(
            "Deze code klopt niet, of is al gebruikt. Wacht op de volgende code en probeer opnieuw."
        ),
        "unverified_email": gettext_lazy(
            "Je e-mailadres is nog niet bevestigd. Vraag een nieuw wachtwoord met “Wachtwoord "
            "vergeten?”: de link in die mail bevestigt het."
        ),
    }

    def encrypt(self, text: str) -> str:
        """A secret as the database stores it."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, text.encode(), PURPOSE)
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SecretUnreadable."""
        sealed = base64.b64decode(encrypted_text)
        for cipher in _ciphers():
            try:
                return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], PURPOSE).decode()
            except InvalidTag:
                continue
        raise SecretUnreadable("no SECRET_KEY of this installation opens it")

    def build_totp_svg(self, url: str) -> str:
        """The picture that an app scans."""
        drawn = io.BytesIO()
        segno.make(url, error="m").save(drawn, kind="svg", scale=5, border=4, light="#fff")
        return drawn.getvalue().decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of somebody who needs one."""
        return allowed(
            policies.check_can_remove_second_factor, authenticator.user, _others(authenticator)
        )

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)


def opened_by(secret: str, encrypted_text: str) -> bool:
    """Whether this SECRET_KEY is the one with which it was encrypted."""
    sealed = base64.b64decode(encrypted_text)
    try:
        AESGCM(_key(secret)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], PURPOSE)
    except InvalidTag:
        return False
    return True


def _ciphers() -> Iterator[AESGCM]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield AESGCM(_key(secret))


def _key(secret: str) -> bytes:
    """A key of its own, for this purpose only: it reveals nothing about SECRET_KEY."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
