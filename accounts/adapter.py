"""Sign-in with django-allauth: sign-up is closed, people come by invitation.

Only the pages that `voucherportal.sign_in_urls` names exist.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import attempts, mail_queue, policies, sign_ins
from accounts.acm.refusing import note
from accounts.acm.session import signed_on
from accounts.addresses import address_of
from accounts.attempts import TooMany
from accounts.models import MOST_CHARACTERS, AccountMail, How, SignInKind, User
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

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """After a password, a passkey or a sign-on was right: may this person come in that way?"""
        answer: HttpResponse | None = super().pre_login(request, user, **options)
        if answer is None and not signed_on(request, user):
            try:
                policies.check_can_sign_in_here(user)
            except Refused as refusal:
                note(request, refusal, person=user, how=How.PASSWORD)
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
            sign_ins.record_lock(name=credentials.get("email", ""))
            raise self.validation_error(refusal.action) from refusal

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
        """Tell somebody that their second factor changed: it may not have been them.

        What allauth tells of passwords is told by the actions that write them.
        """
        news = template_prefix.removeprefix("mfa/email/")
        if news in mail_queue.FACTOR_NEWS:
            kind = AccountMail.Kind.FACTOR_CHANGED
            mail_queue.queue(kind, person=user, now=timezone.now(), news=news)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = credentials.get("email", "")
        sign_ins.record_attempt(SignInKind.FAILED, name=name, how=How.PASSWORD)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Whoever is blocked gave the right password."""
        sign_ins.record(SignInKind.FAILED, person=user, how=How.PASSWORD)
        return super().respond_user_inactive(request, user)

    def reauthenticate(self, user: User, password: str) -> bool:
        """By the address of the person, never one of allauth's own table."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk
