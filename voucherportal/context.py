"""What every page shows around its content: banner, navigation of the role, account and footer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from history.recording import SAFE_METHODS
from vouchers.models import Provider

Entries = tuple[tuple[str, Promise], ...]

PUBLIC_NAVIGATION: Entries = (
    ("public_home", _("Start")),
    ("who_can_ask", _("Wie kan aanvragen")),
    ("for_parents", _("Voor ouders")),
    ("public_figures", _("Cijfers")),
)
MINISTRY_NAVIGATION: Entries = (
    ("home", _("Start")),
    ("ministry_requests", _("Aanvragen")),
    ("ministry_pools", _("Voorraden")),
    ("ministry_periods", _("Golven")),
    ("ministry_organisations", _("Organisaties")),
    ("ministry_people", _("Mensen")),
    ("reports", _("Rapporten")),
    ("ministry_alerts", _("Meldingen")),
    ("ministry_jobs", _("Taken")),
    ("ministry_mails", _("Mails")),
)
NAVIGATION: dict[str, Entries] = {
    "coordinator": (
        ("home", _("Start")),
        ("request_list", _("Aanvragen")),
        ("letters", _("Brieven")),
        ("families", _("Gezinnen")),
        ("renewals", _("Verlengen")),
        ("my_organisation", _("Mijn organisatie")),
    ),
    "officer": MINISTRY_NAVIGATION,
    "supervisor": MINISTRY_NAVIGATION,
    "administrator": MINISTRY_NAVIGATION,
    "analyst": (
        ("home", _("Start")),
        ("reports", _("Rapporten")),
        ("report_exports", _("Exports")),
        ("ministry_balance", _("Boekhouding")),
    ),
    "provider": (
        ("home", _("Start")),
        ("provider_files", _("Bestanden")),
        ("provider_renewals", _("Verlengingen")),
        ("provider_pools", _("Voorraad")),
    ),
}


@dataclass(frozen=True)
class NavigationItem:
    """A link of the main navigation; `current` is "page", "true" (a page below it) or ""."""

    label: Promise
    url: str
    current: str


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what `base.html` needs besides the page itself."""
    return {
        "demo": settings.DEMO,
        "support_email": settings.SUPPORT_EMAIL,
        "version": settings.VERSION,
        "navigation": navigation(request),
        "workplace": SimpleLazyObject(lambda: workplace(request)),
        "here": here(request),
        "sign_on_url": reverse("acm_sign_on") if settings.ACM_ON else "",
        "passkeys": SimpleLazyObject(lambda: passkeys_work(request)),
    }


def here(request: HttpRequest) -> str:
    """The page to return to in another language: this one, or the one whose form this answers."""
    if request.method in SAFE_METHODS:
        return request.get_full_path()
    return request.headers.get("Referer", "/")


def passkeys_work(request: HttpRequest) -> bool:
    """Browsers make passkeys for a host name with https or for localhost; never for an IP."""
    name = request.get_host().partition(":")[0]
    is_name = not (name.startswith("[") or name.replace(".", "").isdigit())
    return is_name and (request.is_secure() or name == "localhost")


def navigation(request: HttpRequest) -> list[NavigationItem]:
    """The main navigation for this person; entries whose page does not exist are left out."""
    role = getattr(getattr(request, "user", None), "role", None)
    links = list(_existing(NAVIGATION.get(role, PUBLIC_NAVIGATION) if role else PUBLIC_NAVIGATION))
    under = [url for _label, url in links if request.path.startswith(url) and url != "/"]
    nearest = max(under, key=len, default=None)
    return [NavigationItem(label, url, _current(request, url, nearest)) for label, url in links]


def _existing(entries: Entries) -> Iterator[tuple[Promise, str]]:
    for name, label in entries:
        try:
            yield label, reverse(name)
        except NoReverseMatch:
            continue


def _current(request: HttpRequest, url: str, nearest: str | None) -> str:
    if request.path == url:
        return "page"
    return "true" if url == nearest else ""


def workplace(request: HttpRequest) -> str:
    """For whom somebody works, as the header shows it: organisation or provider, else the role."""
    user = request.user
    if user.is_anonymous:
        return ""
    if user.works_at_ministry:
        return user.get_role_display()
    if user.role == "provider":
        return ", ".join(str(provider) for provider in Provider.objects.visible_to(user))
    organisations = list(user.organisations.all())
    if len(organisations) == 1:
        return str(organisations[0])
    return _("{n} organisaties").format(n=len(organisations))
