"""One's own account: what we know of you, how you sign in, what happened at the door."""

from typing import Any

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import links, own_account, policies
from accounts.models import SignInEvent, User
from accounts.second_factor import factors_of
from common.access import public, signed_in
from common.refused import Refused
from common.refused_shown import in_form, on_page
from pages.people.account_forms import AddressForm
from pages.people.summaries import NAMES_OF_FACTORS
from pages.shared.person_request import PersonRequest

EVENTS_SHOWN = 15
ASKS_AND_DOES = ["GET", "HEAD", "POST"]


@signed_in
@require_safe
def my_account(request: PersonRequest) -> HttpResponse:
    """The one place about oneself."""
    events = SignInEvent.objects.filter(person=request.user).latest_first()
    context = {
        "title": _("Mijn account"),
        "facts": list(_facts(request.user)),
        "events": events.select_related("by")[:EVENTS_SHOWN],
    }
    return render(request, "people/my_account.html", context)


def _facts(person: User) -> list[dict[str, Any]]:
    has_password = person.has_usable_password()
    factors = [str(NAMES_OF_FACTORS[each.type]) for each in factors_of(person).order_by("pk")]
    return [
        {"label": _("Naam"), "value": person.name},
        {"label": _("Rol"), "value": person.get_role_display()},
        {"label": _("E-mailadres"), "value": person.email, "hint": _waiting(person)}
        | _link(has_password, "change_address"),
        {"label": _("Taal"), "value": person.get_language_display()},
        {"label": _("Wachtwoord"), "value": _("gekozen") if has_password else _("geen")}
        | _link(has_password, "account_change_password"),
        {"label": _("Tweede stap"), "value": ", ".join(factors) or _("nog geen")}
        | _link(True, "mfa_index"),
        {
            "label": _("Aangemeld"),
            "value": _("hier, en misschien elders"),
            "url": reverse("own_sessions"),
            "link_label": _("Bekijken"),
        },
    ]


def _link(shown: bool, page: str) -> dict[str, str]:
    return {"url": reverse(page), "link_label": _("Veranderen")} if shown else {}


def _waiting(person: User) -> str:
    """What they asked and did not confirm yet, for as long as they still can."""
    asked = person.new_email_asked_at
    if not asked or timezone.now() - asked > links.AN_HOUR:
        return ""
    return _("Je vroeg {email}. Klik op de link in de mail die we naar dat adres stuurden.").format(
        email=person.new_email
    )


@signed_in
@require_http_methods(ASKS_AND_DOES)
def change_address(request: PersonRequest) -> HttpResponse:
    """Ask for another address; a link mailed to it confirms it."""
    form = AddressForm(request.POST or None, person=request.user)
    if not request.user.has_usable_password():
        messages.info(request, policies.NO_PASSWORD)
        return redirect("my_account")
    if form.is_valid():
        address = form.cleaned_data["email"]
        try:
            own_account.ask_address(person=request.user, address=address, now=timezone.now())
        except Refused as refusal:
            in_form(form, refusal)
        else:
            sentence = _(
                "We mailden {email}. Klik op de link in die mail: pas dan verandert je adres."
            )
            messages.success(request, sentence.format(email=address))
            return redirect("my_account")
    context = {"title": _("E-mailadres veranderen"), "form": form}
    return render(request, "people/change_address.html", context)


@public
@require_http_methods(ASKS_AND_DOES)
def confirm_address(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Behind the link in the mail to the new address; a GET changes nothing."""
    person = User.objects.filter(pk=pk, is_active=True).first()
    works = person is not None and links.ADDRESSES.check_token(person, token)
    if person is not None and works and request.method == "POST":
        try:
            changed = own_account.confirm_address(person=person, token=token, now=timezone.now())
        except Refused as refusal:
            on_page(request, refusal)
            works = False
        else:
            return _confirmed(request, changed)
    context = {
        "title": _("E-mailadres bevestigen") if works else _("Deze link werkt niet meer"),
        "address": person.new_email if person is not None and works else "",
    }
    return render(request, "people/confirm_address.html", context)


def _confirmed(request: HttpRequest, person: User) -> HttpResponse:
    """This browser stays signed in when it was; all others do not."""
    sentence = _("Vanaf nu meld je aan met {email}.")
    messages.success(request, sentence.format(email=person.email))
    if request.user != person:
        return redirect("account_login")
    update_session_auth_hash(request, person)
    return redirect("my_account")


@signed_in
def change_password(request: PersonRequest) -> HttpResponseBase:
    """allauth's page, for whoever has a password here."""
    if not request.user.has_usable_password():
        messages.info(request, policies.NO_PASSWORD)
        return redirect("my_account")
    return allauth_views.password_change(request)
