"""The pages that everybody may read: texts only, without a single database query."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.access import public


@public
@require_safe
def public_home(request: HttpRequest) -> HttpResponse:
    """The front door; anyone who is signed in is sent on to the start page of their role."""
    if request.user.is_authenticated:
        return redirect("home")
    title = _("Internet voor leerlingen die het thuis niet hebben")
    return render(request, "public/home.html", {"title": title})


@public
@require_safe
def who_can_ask(request: HttpRequest) -> HttpResponse:
    """Which organisations may request vouchers, for whom, and how it works."""
    return render(request, "public/who_can_ask.html", {"title": _("Wie kan aanvragen")})


@public
@require_safe
def for_parents(request: HttpRequest) -> HttpResponse:
    """What a family does with the letter, and what to do when the code does not work (level A2)."""
    return render(request, "public/for_parents.html", {"title": _("Voor ouders en leerlingen")})


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Which data are stored, why, for how long, and which rights people have."""
    context = {
        "title": _("Privacy"),
        "months": settings.ERASE_AFTER_MONTHS,
        "staff_months": settings.FORGET_AFTER_MONTHS,
    }
    return render(request, "public/privacy.html", context)


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement that the decree of 7 December 2018 requires."""
    return render(request, "public/accessibility.html", {"title": _("Toegankelijkheid")})


@public
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to ask for what."""
    return render(request, "public/contact.html", {"title": _("Contact")})
