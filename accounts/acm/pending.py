"""Between the first sign-on and an account there is a session and nothing else: who signed on,
which address they gave, and a digest of the code that was mailed there.

The code is typed in the browser in which it was asked, so that a link that somebody is talked into
following proves nothing. It is as long as a password, since it opens what an invitation gave.

Tested in `accounts.acm.tests.test_road`.
"""

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext as _

from accounts import mails
from accounts.acm.claims import SignOn
from common.refused import Refused

KEY = "sign_on"
LIVES = 45 * 60  # seconds
CODE_LIVES = 15 * 60
TRIES = 5
# Nothing that reads like another sign, no vowels: no words.
SIGNS = "BCDFGHJKLMNPQRSTVWXZ23456789"


@dataclass(frozen=True)
class Pending:
    """A first sign-on that waits. code: a digest; proven: the code was given."""

    sign_on: SignOn
    next: str
    until: float
    address: str = ""
    code: str = ""
    code_until: float = 0
    tries: int = 0
    proven: bool = False


def hold(request: HttpRequest, sign_on: SignOn, next_url: str) -> None:
    """Remember who signed on, in this browser's session."""
    _keep(request, Pending(sign_on, next_url, time.time() + LIVES))


def held(request: HttpRequest) -> Pending | None:
    """Who signed on in this browser and has no account yet."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None or kept["until"] < time.time():
        return None
    who = kept["sign_on"]
    sign_on = SignOn(**{**who, "organisations": tuple(who["organisations"])})
    return Pending(**{**kept, "sign_on": sign_on})


def let_go(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def send_code(request: HttpRequest, pending: Pending, address: str) -> None:
    """Mail a code to this address, whether or not somebody here has it: the answer is the same.

    Raises Refused; OSError or SMTPException when the mail server does not accept it.
    """
    for key in (pending.sign_on.sub, address.lower()):
        if not ratelimit.consume(request, action="sign_on_code", key=key):
            raise Refused(
                _("We stuurden al enkele mails. Kijk in je mailbox, of probeer het over een uur."),
                code="too-many-mails",
            )
    code = get_random_string(8, SIGNS)
    asked = replace(
        pending,
        address=address.strip().lower(),
        code_until=time.time() + CODE_LIVES,
        tries=0,
        proven=False,
    )
    mails.send_sign_on_code(
        address=address, name=pending.sign_on.name, code=f"{code[:4]}-{code[4:]}"
    )
    _keep(request, replace(asked, code=_digest(asked, code)))


def prove(request: HttpRequest, pending: Pending, typed: str) -> Pending:
    """The mailbox is theirs: this is the code that was mailed there. Raises Refused."""
    if pending.proven:
        return pending
    if not pending.code or time.time() > pending.code_until or pending.tries >= TRIES:
        raise Refused(
            _("Deze code werkt niet meer. Vraag een nieuwe."), "code", code="mailed-code-gone"
        )
    _keep(request, replace(pending, tries=pending.tries + 1))
    if not constant_time_compare(_digest(pending, typed), pending.code):
        raise Refused(
            _("Deze code klopt niet. Kijk ze na in de mail."), "code", code="mailed-code-wrong"
        )
    proven = replace(pending, proven=True)
    _keep(request, proven)
    return proven


def _keep(request: HttpRequest, pending: Pending) -> None:
    request.session[KEY] = asdict(pending)


def _digest(pending: Pending, code: str) -> str:
    """Keyed, and of this person and address only: the database does not tell the code."""
    plain = "".join(sign for sign in code.upper() if sign in SIGNS)
    words = f"{pending.sign_on.sub}\n{pending.address}\n{plain}"
    return salted_hmac("accounts.acm.pending", words, algorithm="sha256").hexdigest()
