"""How sessions end before their time: for good, when somebody's access changes, or because they say
so themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, update_session_auth_hash
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import sign_ins
from accounts.models import Session, SignInKind, User
from accounts.session_store import row_key
from history.recording import recorded


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser in which somebody is signed in, as they see it. `key` opens nothing."""

    key: str
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


def end_for_good(person: User, also: Sequence[str] = ()) -> None:
    """All sessions of this person end, and none of them ever opens again.

    Inside `recorded()`, with the row locked where more is decided about it; `also`: fields changed
    meanwhile, so that it is one event. The moment decides: it is part of what every session is tied
    to, also of one that is being saved or made right now. The rows end so that lists are right.
    """
    now = timezone.now()
    person.sessions_end_at = now
    person.save(update_fields=["sessions_end_at", *also])
    Session.objects.open_of(person, now).update(expire_date=now)


def end_others(*, person: User, request: HttpRequest) -> None:
    """Sign somebody out everywhere but in this browser."""
    with recorded(by=person, why=gettext_noop("overal elders afgemeld")):
        end_for_good(User.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk))
        sign_ins.record(SignInKind.SESSION_ENDED, person=person, by=person)
    stay_signed_in(request, person)


def end_one(*, person: User, key: str) -> bool:
    """Sign somebody out in one of their browsers; False when they were no longer signed in there.
    A request that is on its way there is interrupted."""
    ended = bool(Session.objects.visible_to(person).filter(session_key=key).delete()[0])
    if ended:
        sign_ins.record(SignInKind.SESSION_ENDED, person=person, by=person)
    return ended


def stay_signed_in(request: HttpRequest, person: User) -> None:
    """Keep this session of somebody whose sessions were ended in this request, by themselves."""
    person.refresh_from_db(fields=["sessions_end_at"])
    update_session_auth_hash(request, person)


def open_sessions(request: HttpRequest, person: User, now: datetime) -> list[OpenSession]:
    """Where somebody is signed in, the last used first."""
    tied_to = {person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()}
    this = row_key(request.session.session_key)
    return [
        OpenSession(row.pk, row.browser, row.address, row.began_at, row.seen_at, row.pk == this)
        for row in Session.objects.open_of(person, now).order_by("-seen_at")
        if _opens(row, person, tied_to)
    ]


def _opens(row: Session, person: User, tied_to: set[str]) -> bool:
    """Not one from before a new password, whose row stays until somebody comes with it."""
    data = row.get_decoded()
    return data.get(SESSION_KEY) == str(person.pk) and data.get(HASH_SESSION_KEY) in tied_to
