"""What may wait for a second person: a row of a table for each kind of act.

An app registers its kinds when it is ready, so that this module knows none of them.

Tested in `accounts.second_person.tests.test_acts`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.models import MINISTRY, Role, User, WaitingAct

Facts = Mapping[str, Any]

WITH_COLLEAGUES = (Role.COORDINATOR, *MINISTRY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActUndo:
    """How an act is taken back, and what history says about that. `work` raises Refused."""

    work: Callable[[WaitingAct, User, datetime], None]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActKind:
    """One kind of act.

    about: what `subject` numbers. roles: who may let it go; coordinators only for their own
    organisation. facts: what the act is about as it is now, nothing but texts and numbers; raises
    ObjectDoesNotExist when it is gone. sentences: these in words, in the reader's language: all
    that both people read. check_can_ask: the policy for who asks, asked again when it is let go;
    raises Refused. work: does it, in the transaction of the second person. undo: takes it back;
    None when nothing can. why: what history says about it, in Dutch.
    """

    title: str | StrPromise
    about: type[Model]
    roles: Sequence[str]
    facts: Callable[[WaitingAct], Facts]
    sentences: Callable[[Facts], list[str]]
    check_can_ask: Callable[[User, WaitingAct], None]
    work: Callable[[WaitingAct, User, datetime], None]
    why: str
    undo: ActUndo | None = None


_kinds: dict[str, ActKind] = {}


def register(kinds: Mapping[str, ActKind]) -> None:
    """Register these kinds of acts, before any is asked."""
    _kinds.update(kinds)


def kind_of(act: WaitingAct) -> ActKind:
    """The row for the kind of an act."""
    return _kinds[act.kind]


def titles() -> list[tuple[str, str | StrPromise]]:
    """Each kind with its title, for a filter."""
    return [(name, kind.title) for name, kind in _kinds.items()]


def checksum_of(act: WaitingAct) -> str:
    """The same for as long as the act says and does the same. Raises ObjectDoesNotExist."""
    what = [act.kind, act.subject, act.organisation_id, act.payload, act.why]
    content = json.dumps([what, kind_of(act).facts(act)], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def has_the_role(user: User, act: WaitingAct) -> bool:
    """Whether the role of somebody who sees this act may let it go."""
    return user.role in kind_of(act).roles


def others(act: WaitingAct) -> QuerySet[User]:
    """Who may let it go: never who asked, nor the person it is about."""
    roles = kind_of(act).roles
    fits = Q(role__in=[role for role in roles if role != Role.COORDINATOR])
    if Role.COORDINATOR in roles:
        fits |= Q(role=Role.COORDINATOR, memberships__organisation=act.organisation_id)
    found = User.objects.filter(fits, is_active=True).exclude(pk=act.asked_by_id).distinct()
    return found.exclude(pk=act.subject) if kind_of(act).about is User else found


def who_is_told(act: WaitingAct) -> QuerySet[User]:
    """Who gets a mail that it waits: the colleagues when there are any who read it, else everybody
    who may let it go."""
    reads = others(act).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX, signs_on_since=None)
    colleagues = reads.filter(role=Role.COORDINATOR)
    return colleagues if colleagues.exists() else reads


def subjects(acts: Iterable[WaitingAct]) -> dict[int, str]:
    """Act (id) → what it is about, in a word or two; one query for each kind."""
    by_kind: dict[str, list[WaitingAct]] = {}
    for act in acts:
        by_kind.setdefault(act.kind, []).append(act)
    found: dict[int, str] = {}
    for same in by_kind.values():
        rows = kind_of(same[0]).about._default_manager.in_bulk([each.subject for each in same])
        found |= {each.pk: str(rows.get(each.subject, _("bestaat niet meer"))) for each in same}
    return found


def waiting_for(user: User) -> QuerySet[WaitingAct]:
    """The open acts that wait for this very person."""
    mine = [name for name, kind in _kinds.items() if user.role in kind.roles]
    about_people = [name for name, kind in _kinds.items() if kind.about is User]
    found = WaitingAct.objects.visible_to(user).open().filter(kind__in=mine)
    about_me = Q(kind__in=about_people, subject=user.pk)
    return found.exclude(asked_by=user).exclude(about_me)
