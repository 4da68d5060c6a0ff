"""Sign-in with django-allauth: sign-up is closed, people come by invitation.

There is one kind of link, in invitations and after "wachtwoord vergeten": it leads to a page with a
form, so that a mail scanner that follows it changes nothing, and it works once.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import attempts, second_factor_mails
from accounts.addresses import address_of
from accounts.attempts import TooMany
from accounts.models import MOST_CHARACTERS, User
from accounts.sessions import signed_in_within

WAYS = {
    "reauthenticate": _("Met je wachtwoord"),
    "mfa_reauthenticate": _("Met een code"),
    "mfa_reauthenticate:webauthn": _("Met een passkey"),
}
# The mails that allauth sends, in our words.
SECOND_FACTOR_NEWS = {
    "mfa/email/totp_activated": _("Er is een app met codes toegevoegd."),
    "mfa/email/totp_deactivated": _("De app met codes is weggehaald."),
    "mfa/email/webauthn_added": _("Er is een passkey toegevoegd."),
    "mfa/email/webauthn_removed": _("Er is een passkey weggehaald."),
    "mfa/email/recovery_codes_generated": _(
        "Er zijn nieuwe reservecodes gemaakt. De oude werken niet meer."
    ),
}
LINK_LIVES = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


class LinkTokens(PasswordResetTokenGenerator):
    """Django's tokens, void for anyone who is blocked.

    Not allauth's: checking one of those writes an e-mail address, and a GET here never writes.
    """

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


class AccountAdapter(DefaultAccountAdapter):
    """Nobody registers: officers invite first coordinators, coordinators their colleagues."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "Dit e-mailadres en dit wachtwoord horen niet bij elkaar. Probeer opnieuw, of vraag"
            " een nieuw wachtwoord met “Wachtwoord vergeten?”."
        ),
        "too_many_login_attempts": _(
            "Te vaak een verkeerd wachtwoord of een verkeerde code. Wacht vijf minuten en probeer"
            " dan opnieuw. Wachtwoord vergeten? Vraag een nieuw."
        ),
        "wrong_here": _(
            "Te vaak een verkeerd wachtwoord. Wacht vijf minuten en probeer dan opnieuw."
            " Wachtwoord vergeten? Vraag een nieuw."
        ),
        "wrong_anywhere": _(
            "Er is vandaag te vaak een verkeerd wachtwoord gegeven voor dit e-mailadres. Vraag een"
            " nieuw wachtwoord met “Wachtwoord vergeten?”: daarna kan je meteen aanmelden."
        ),
        "wrong_from_address": _(
            "Op jullie netwerk is te vaak een verkeerd wachtwoord gegeven. Wacht vijf minuten en"
            " probeer dan opnieuw."
        ),
        "rate_limited": _("Te vaak een verkeerde code. Wacht vijf minuten en probeer opnieuw."),
        "incorrect_password": _("Dit wachtwoord klopt niet. Probeer opnieuw."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """allauth refuses whoever it knows no address of, such as all who come by a unix socket."""
        return address_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Before a password is looked at, known account or not: is it one, and not too often?"""
        if len(credentials.get("password", "")) > MOST_CHARACTERS:
            raise self.validation_error("email_password_mismatch")
        try:
            # Rolled back by allauth, under this name, when the password is right.
            self._login_failed_rl_usage = attempts.count(request, credentials.get("email", ""))
        except TooMany as refusal:
            raise self.validation_error(refusal.action) from refusal

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a new password was chosen with the link in a mail."""
        attempts.forget(request, credentials.get("email", ""))

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Not for somebody who signed in a moment ago: they would do the same twice."""
        return not signed_in_within(self.request, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """The ways in which somebody can confirm who they are, each in our words."""
        ways = super().get_reauthentication_methods(user)
        return [way | {"description": WAYS[way["id"]]} for way in ways]

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **options: Any
    ) -> None:
        """Tell somebody that their second factor changed: it may not have been them."""
        if template_prefix in SECOND_FACTOR_NEWS:
            second_factor_mails.notify_changed(
                person=user, news=SECOND_FACTOR_NEWS[template_prefix]
            )

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], *args: Any, **options: Any
    ) -> EmailMessage:
        """Rendered in the language of the recipient, not of whoever caused the mail."""
        person = context.get("user")
        language = person.language if isinstance(person, User) else translation.get_language()
        with translation.override(language):
            return super().render_mail(template_prefix, email, context, *args, **options)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in a mail; its host is ours, never the one in the request."""
        return _link(key)


def password_link(user: User) -> str:
    """A fresh link with which this person, and nobody else, chooses a password."""
    return _link(f"{user_pk_to_url_str(user)}-{LinkTokens().make_token(user)}")


def link_until(now: datetime) -> datetime:
    """The moment until which a link made now works."""
    return now + LINK_LIVES


def _link(key: str) -> str:
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.PUBLIC_URL + path.replace("UID-KEY", quote(key))
