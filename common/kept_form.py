"""A form that somebody sent after their session had ended: kept until they have signed in again.

It waits in the session of their browser, on the server, and is shown once, to them alone, to send
again or to abandon; nothing is sent by itself. Whose form it is follows from the session that
ended, whose row stays in the database for a while; without that row nothing is kept (the store of
sessions tells what it held, as `ended`). Nor are files, or forms of more than MOST_KEPT characters.
When a form has a file, its other fields come back in the form itself, which says that the file has
to be chosen again.
"""

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.uploads import upload_refusal

KEY = "kept_form"
MOST_KEPT = 500_000
BESIDE_FILE = "voucherportal.kept_beside_file"  # in request.META

Fields = list[tuple[str, str]]


def keep_form(request: HttpRequest, *, confirming: bool = False) -> None:
    """Remember the form that this request posts, and where.

    confirming: its sender is signed in, and only has to confirm who they are.
    """
    owner = str(request.user.pk) if confirming else owner_of_ended_session(request)
    if owner is None or request.method != "POST":
        return
    fields: Fields = [
        (name, str(value))
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    with_file = bool(request.FILES) or upload_refusal(request) is not None
    size = sum(len(name) + len(value) for name, value in fields)
    if (fields or with_file or confirming) and size <= MOST_KEPT:
        request.session[KEY] = {
            "path": request.get_full_path(),
            "fields": fields,
            "owner": owner,
            "with_file": with_file,
            "confirming": confirming,
        }


def owner_of_ended_session(request: HttpRequest) -> str | None:
    """The id of the person whose session this browser had; None when that cannot be established."""
    ended: dict[str, str] = getattr(request.session, "ended", {})
    return ended.get(SESSION_KEY)


def kept_beside_file(request: HttpRequest) -> dict[str, str]:
    """What was typed beside a file that was not kept, as initial values for this page's form."""
    found: dict[str, str] = request.META.get(BESIDE_FILE, {})
    return found


def give_back(request: HttpRequest) -> HttpResponse | None:
    """The page with what was typed at this address, once; None when there is nothing, or when the
    form's own page shows it (`kept_beside_file`)."""
    kept = request.session.get(KEY) if request.method == "GET" else None
    if not kept or kept["path"] != request.get_full_path():
        return None
    del request.session[KEY]
    if kept["owner"] != str(request.user.pk):
        return None
    if kept["with_file"]:
        messages.warning(request, _("Je was afgemeld. Kies het bestand opnieuw."))
        request.META[BESIDE_FILE] = dict(kept["fields"])
        return None
    confirmed = kept["confirming"]
    context = {
        "title": _("Je kan nu verder") if confirmed else _("Wat je typte, is er nog"),
        "confirmed": confirmed,
        "address": kept["path"],
        "fields": kept["fields"],
    }
    response = render(request, "kept_form.html", context)
    response["Cache-Control"] = "no-store"
    return response
