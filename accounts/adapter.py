"""Sign-in with django-allauth: sign-up is closed, people come by invitation.

There is one kind of link, in invitations and after "wachtwoord vergeten": it leads to a page with a
form, so that a mail scanner that follows it changes nothing, and it works once.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import policies, second_factor_mails
from accounts.acm.refusing import note
from accounts.acm.session import signed_on
from accounts.models import User
from accounts.sessions import signed_in_within
from common.refused import Refused, allowed
from common.refused_shown import on_page

WAYS = {
    "reauthenticate": _("Met je wachtwoord"),
    "mfa_reauthenticate": _("Met een code"),
    "mfa_reauthenticate:webauthn": _("Met een passkey"),
    "acm_confirm": _("Via de Vlaamse overheid"),
}
# allauth's stages of signing in, and ours in their place.
STAGES = {"allauth.mfa.stages.AuthenticateStage": "accounts.acm.session.SecondStep"}
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
        "rate_limited": _("Te vaak een verkeerde code. Wacht vijf minuten en probeer opnieuw."),
        "incorrect_password": _("Dit wachtwoord klopt niet. Probeer opnieuw."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """After a password, a passkey or a sign-on was right: may this person come in that way?"""
        answer: HttpResponse | None = super().pre_login(request, user, **options)
        if answer is None and not signed_on(request, user):
            try:
                policies.check_can_sign_in_here(user)
            except Refused as refusal:
                note(request, refusal, person=user)
                clear_login(request)
                on_page(request, refusal)
                return redirect("account_login")
        return answer

    def get_login_stages(self) -> list[str]:
        return [STAGES.get(stage, stage) for stage in super().get_login_stages()]

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Whoever signed on through the government signs out there too."""
        if settings.ACM_ON and request.user.is_authenticated and signed_on(request, request.user):
            return reverse("acm_signed_out")
        return str(super().get_logout_redirect_url(request))

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Not for somebody who signed in a moment ago: they would do the same twice."""
        return not signed_in_within(self.request, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """The ways in which somebody can confirm who they are, each in our words."""
        ways = super().get_reauthentication_methods(user)
        if settings.ACM_ON and isinstance(user, User) and user.signs_on_since:
            ways.append({"id": "acm_confirm", "url": reverse("acm_confirm")})
        if isinstance(user, User) and not allowed(policies.check_can_sign_in_here, user):
            ways = [way for way in ways if way["id"] == "acm_confirm"]
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
