"""The mails of the demo: none is delivered, everybody can read them on a page."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.access import public
from history.portal_mark import is_demo

MAILS_PER_PAGE = 20
# Seconds, microseconds and count within a process: how Python's Maildir names a file.
FILE_NAME = re.compile(r"(\d+)\.M(\d+)P\d+Q(\d+)")


@dataclass(frozen=True, slots=True)
class KeptMail:
    to: str
    subject: str
    at: datetime | None
    text: str


def kept_mails(folder: Path) -> list[KeptMail]:
    """The mails that the catcher stored in this Maildir, newest first; none without a folder."""
    return [_read(path) for path in _files(folder)]


def _files(folder: Path) -> list[Path]:
    """The files of a Maildir, newest first."""
    return sorted(folder.glob("new/*"), key=_order, reverse=True)


def _order(path: Path) -> tuple[int, ...]:
    found = FILE_NAME.match(path.name)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def _read(path: Path) -> KeptMail:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(preferencelist=("plain",))
    return KeptMail(
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        at=_when(mail),
        text=body.get_content() if body else "",
    )


def _when(mail: EmailMessage) -> datetime | None:
    if not mail["Date"]:
        return None
    at = parsedate_to_datetime(mail["Date"])
    # "-0000" means UTC without saying where the sender is; Python leaves it without a zone.
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@public
@require_safe
def demo_mail(request: HttpRequest) -> HttpResponse:
    """Every mail of the demo, for everybody: people invited cannot sign in yet. Demo only, and
    never beside a database that the demo did not make: mails hold links that choose passwords."""
    if not (settings.DEMO and is_demo()):
        raise Http404
    files = _files(settings.LOCAL_DIR / "mail")
    page = Paginator(files, MAILS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Mails van de oefenomgeving"),
        "page": page,
        "mails": [_read(path) for path in page],
    }
    return render(request, "schools/demo_mail.html", context)
