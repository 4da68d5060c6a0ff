"""The road of a sign-on through the government: there, back, and the first time an address.

Tested in `accounts.acm.tests.test_road` and `e2e.test_sign_on`.
"""

import smtplib

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from requests import RequestException

from accounts.acm import actions, issuer, pending, refusing
from accounts.acm.pending import Pending
from accounts.acm.provider import CallbackView, SignOnOAuth2Adapter
from accounts.acm.session import record_sign_on
from common.access import public, signed_in
from common.refused import Refused
from common.refused_shown import in_form
from history.recording import coming_from
from pages.people.acm_forms import AddressForm, CodeForm

ASKS_AND_DOES = ["GET", "HEAD", "POST"]
NO_ANSWER = (OAuth2Error, RequestException)


@public
@require_safe
@never_cache
def sign_on(request: HttpRequest) -> HttpResponseBase:
    """To the provider of identity."""
    return _set_out(request, confirming=False)


@signed_in
@require_safe
@never_cache
def confirm(request: HttpRequest) -> HttpResponseBase:
    """To the provider of identity, which asks again who this is."""
    return _set_out(request, confirming=True)


def _set_out(request: HttpRequest, *, confirming: bool) -> HttpResponseBase:
    # A link, no form: the policy of forms (CSP form-action) would stop a form at the first address
    # beyond the provider. Nothing is done here but remembering what comes back.
    if refused := ratelimit.consume_or_429(request, action="sign_on"):
        return refused
    provider = get_adapter(request).get_provider(request)
    try:
        next_url = get_next_redirect_url(request)
        return provider.redirect(request, "login", next_url, confirming=confirming)
    except NO_ANSWER:
        return refusing.refused_page(request, refusing.unavailable())


@public
@require_safe
@never_cache
def callback(request: HttpRequest) -> HttpResponseBase:
    """Back from the provider of identity, with a code that works once."""
    provider = get_adapter(request).get_provider(request)
    adapter = SignOnOAuth2Adapter(request, provider.app.provider_id)
    with coming_from(request.path):
        return CallbackView.adapter_view(adapter)(request)


@public
@require_http_methods(ASKS_AND_DOES)
@never_cache
def address(request: HttpRequest) -> HttpResponse:
    """The first time: what is your work address?"""
    waiting = pending.held(request)
    if waiting is None:
        return refusing.refused_page(request, refusing.too_late())
    form = AddressForm(request.POST or None, initial={"address": waiting.sign_on.address})
    if form.is_valid() and _code_is_on_its_way(request, waiting, form):
        return redirect("acm_code")
    context = {"title": _("Wat is je werkadres?"), "form": form, "name": waiting.sign_on.name}
    return render(request, "account/sign_on_address.html", context)


def _code_is_on_its_way(request: HttpRequest, waiting: Pending, form: AddressForm) -> bool:
    try:
        pending.send_code(request, waiting, form.cleaned_data["address"])
    except Refused as refusal:
        in_form(form, refusal)
        return False
    except (OSError, smtplib.SMTPException):
        form.add_error("address", _("De mail kon niet vertrekken. Probeer het straks opnieuw."))
        return False
    return True


@public
@require_http_methods(ASKS_AND_DOES)
@never_cache
def code(request: HttpRequest) -> HttpResponseBase:
    """The first time: the code that was mailed, and the password of an account that was there."""
    waiting = pending.held(request)
    if waiting is None:
        return refusing.refused_page(request, refusing.too_late())
    if not waiting.address:
        return redirect("acm_address")
    form = CodeForm(request.POST or None, proven=waiting.proven)
    if form.is_valid() and (answer := _begun(request, waiting, form)):
        return answer
    context = {"title": _("Kijk in je mailbox"), "form": form, "address": waiting.address}
    return render(request, "account/sign_on_code.html", context)


def _begun(request: HttpRequest, waiting: Pending, form: CodeForm) -> HttpResponseBase | None:
    """Signed in with the account of this person; None when it was refused, with the reason in the
    form."""
    try:
        proven = pending.prove(request, waiting, form.cleaned_data.get("code", ""))
        person = actions.begin(
            sign_on=proven.sign_on,
            address=proven.address,
            password_given=_password_is_right(request, proven, form),
            now=timezone.now(),
        )
    except Refused as refusal:
        if refusal.code == "sign-on-password-needed":
            form.ask_password()
        if refusal.field != "password":  # a wrong one is noted where it is looked at
            refusing.note(request, refusal, sub=waiting.sign_on.sub)
        in_form(form, refusal)
        return None
    pending.let_go(request)
    record_sign_on(request, person)
    return perform_login(request, person, email_verification="none", redirect_url=waiting.next)


def _password_is_right(request: HttpRequest, proven: Pending, form: CodeForm) -> bool:
    """Tried as at the sign-in page, with its limits. Raises Refused."""
    password = form.cleaned_data.get("password", "")
    if not password:
        return False
    try:
        found = get_account_adapter(request).authenticate(
            request, email=proven.address, password=password
        )
    except forms.ValidationError as error:  # too often
        raise Refused(error.messages[0], "password", code="too-many-attempts") from error
    if found is None:
        raise Refused(
            _("Dit wachtwoord klopt niet. Probeer opnieuw."), "password", code="password-wrong"
        )
    return True


@public
@require_safe
@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    """Signed out here; on to the provider of identity, to sign out there too.

    A page and not a redirect: the policy of forms (CSP form-action) would stop the form of signing
    out at the first address beyond the provider.
    """
    try:
        there = issuer.sign_out_address()
    except NO_ANSWER:
        there = ""
    context = {"title": _("Je bent hier afgemeld"), "there": there}
    return render(request, "account/sign_on_signed_out.html", context)
