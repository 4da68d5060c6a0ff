"""Pages about organisations and the people who act for them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, policies
from accounts.actions import MailNotSent
from accounts.models import MINISTRY, MINISTRY_PEOPLE, Membership, Role, User, WaitingAct
from accounts.people import in_words
from accounts.second_factor import factors_of, with_second_factor
from accounts.second_person.kinds import waiting_for
from accounts.session_ends import stay_signed_in
from common import confirm
from common.access import roles_required
from common.confirm import Done, Question
from common.lists import page_of, sort_of
from common.refused import Refused, allowed
from common.refused_shown import in_form, on_page
from pages.people.forms import (
    ColleagueForm,
    InvitationForm,
    MinistryInvitationForm,
    OrganisationFilter,
    PersonFilter,
)
from pages.people.summaries import (
    facts_of_person,
    history_of,
    page_of_organisation,
    page_of_person,
    shown,
    with_everything,
)
from pages.shared.person_request import PersonRequest
from schools.models import Organisation, RegisterImport

ORGANISATION_SORTS = {
    "naam": ("name", "number"),
    "nummer": ("number", "kind"),
    "gemeente": ("municipality", "name", "number"),
}
PERSON_SORTS = {"naam": ("name", "email"), "aangemeld": ("last_login", "name", "email")}
REFUSALS = (Refused, MailNotSent)
ask_first = partial(confirm.ask_first, refusals=REFUSALS)
ASKS_AND_DOES = ["GET", "HEAD", "POST"]


# Coordinators.


@roles_required(Role.COORDINATOR)
@require_safe
def my_organisation(request: PersonRequest) -> HttpResponse:
    """The facts and the colleagues of each organisation the reader acts for."""
    own = with_everything(Organisation.objects.visible_to(request.user))
    now = timezone.now()
    organisations = [
        shown(each, to=request.user, now=now) for each in own.order_by("name", "number")
    ]
    context = {
        "waiting": waiting_for(request.user).count(),
        "title": _("Mijn organisatie") if len(organisations) < 2 else _("Mijn organisaties"),
        "organisations": organisations,
    }
    return render(request, "schools/my_organisation.html", context)


@roles_required(Role.COORDINATOR)
@require_http_methods(ASKS_AND_DOES)
def colleagues(request: PersonRequest) -> HttpResponse:
    """Invite a colleague."""
    form = ColleagueForm(request.POST or None, by=request.user)
    if form.is_valid() and invited(request, form):
        return redirect("my_organisation")
    context = {"title": _("Collega uitnodigen"), "form": form, "back": reverse("my_organisation")}
    return render(request, "schools/invite.html", context)


# Coordinators and the ministry.


@roles_required(Role.COORDINATOR, *MINISTRY)
@require_http_methods(ASKS_AND_DOES)
def membership_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Remove somebody from an organisation."""
    rows = Membership.objects.visible_to(request.user)
    membership = get_object_or_404(rows.select_related("user", "organisation"), pk=pk)
    organisation = membership.organisation
    question = Question(
        back=page_of_organisation(organisation, request.user),
        parent_label=organisation.name if request.user.is_ministry else _("Mijn organisatie"),
        button=_("Weghalen"),
        danger=True,
        **_what_removing_means(membership, request.user),
    )

    def act() -> Done:
        actions.remove_from_organisation(membership=membership, by=request.user)
        if membership.user == request.user:
            stay_signed_in(request, request.user)
        sentence = _("{person} werkt niet meer voor {organisation}.")
        return Done(sentence.format(person=membership.user.name, organisation=organisation.name))

    return ask_first(
        request, question, act, check=lambda: policies.check_can_remove(request.user, membership)
    )


def _what_removing_means(membership: Membership, reader: User) -> dict[str, Any]:
    """Title and sentences of the confirmation page before somebody, or the reader, is removed."""
    stays = _("Wat al gevraagd en uitgedeeld is, blijft zoals het is.")
    if membership.user == reader:
        leaves = _("Je werkt dan niet meer voor {organisation} en ziet er niets meer van.")
        return {
            "title": _("Jezelf weghalen?"),
            "happens": [leaves.format(organisation=membership.organisation), stays],
            "undo": _("Een collega kan je later opnieuw uitnodigen."),
        }
    person = membership.user.name
    leaves = _("{person} werkt dan niet meer voor {organisation}.")
    return {
        "title": _("{person} weghalen?").format(person=person),
        "happens": [leaves.format(person=person, organisation=membership.organisation), stays],
        "undo": _("Je kan {person} later opnieuw uitnodigen.").format(person=person),
    }


@roles_required(Role.COORDINATOR, *MINISTRY)
@require_POST
def person_invite_again(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a fresh link to somebody who never chose a password."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    return _do(
        request,
        lambda: actions.invite_again(person=person, by=request.user, now=timezone.now()),
        done=_("We hebben een nieuwe link gestuurd naar {email}.").format(email=person.email),
        back=page_of_person(person, request.user),
    )


# The ministry: organisations.


@roles_required(*MINISTRY)
@require_safe
def ministry_organisations(request: PersonRequest) -> HttpResponse:
    """All organisations, and how old the register data are."""
    everything = Organisation.objects.visible_to(request.user)
    filters = OrganisationFilter(request.GET, path=request.path, today=timezone.localdate())
    sort, order = sort_of(request, ORGANISATION_SORTS, otherwise="naam")
    found = filters.found(everything)
    context = {
        "title": _("Organisaties"),
        "filters": filters,
        "page": page_of(request, found.order_by(*order)),
        "total": everything.count(),
        "sort": sort,
        "imports": RegisterImport.objects.latest_of_each(),
    }
    return render(request, "schools/organisations.html", context)


@roles_required(*MINISTRY)
@require_safe
def ministry_organisation(request: PersonRequest, pk: int) -> HttpResponse:
    """One organisation: facts, people, and a link to its requests."""
    rows = with_everything(Organisation.objects.visible_to(request.user))
    organisation = get_object_or_404(rows, pk=pk)
    context = {
        "title": str(organisation),
        "shown": shown(organisation, to=request.user, now=timezone.now()),
        "waiting": WaitingAct.objects.visible_to(request.user)
        .open()
        .filter(organisation=organisation)
        .count(),
        "is_there": organisation.exists_on(timezone.localdate()),
        "can_invite": allowed(
            policies.check_can_invite, request.user, Role.COORDINATOR, [organisation]
        ),
    }
    return render(request, "schools/organisation.html", context)


# The ministry: people.


@roles_required(*MINISTRY)
@require_safe
def ministry_people(request: PersonRequest) -> HttpResponse:
    """Everybody, searched by name, address or organisation."""
    everybody = User.objects.visible_to(request.user)
    filters = PersonFilter(request.GET, path=request.path)
    sort, order = sort_of(request, PERSON_SORTS, otherwise="naam")
    found = filters.found(everybody).order_by(*order)
    page = page_of(request, with_second_factor(found).prefetch_related("organisations"))
    now = timezone.now()
    context = {
        "title": _("Mensen"),
        "filters": filters,
        "page": page,
        "rows": [(person, in_words(person, now)) for person in page],
        "total": everybody.count(),
        "sort": sort,
    }
    return render(request, "schools/people.html", context)


@roles_required(*MINISTRY)
@require_safe
def ministry_person(request: PersonRequest, pk: int) -> HttpResponse:
    """One person: role, organisations, and what happened to the account."""
    person = get_object_or_404(
        User.objects.visible_to(request.user).select_related("invited_by"), pk=pk
    )
    memberships = person.memberships.select_related("organisation")
    context = {
        "title": person.name,
        "person": person,
        "state": in_words(person, timezone.now()),
        "facts": list(facts_of_person(person)),
        "memberships": memberships.order_by("organisation__name", "organisation__number"),
        "events": history_of(person),
        "can_invite_again": allowed(policies.check_can_invite_again, request.user, person),
        "can_change_role": any(
            allowed(policies.check_can_change_role, request.user, person, role)
            for role in MINISTRY_PEOPLE
        ),
        "waiting": WaitingAct.objects.visible_to(request.user).open().about(person),
        "can_block": allowed(policies.check_can_block, request.user, person),
        "can_unblock": allowed(policies.check_can_unblock, request.user, person),
        "can_reset_second_factor": allowed(
            policies.check_can_reset_second_factor,
            request.user,
            person,
            factors_of(person).count(),
        ),
    }
    return render(request, "schools/person.html", context)


@roles_required(*MINISTRY)
@require_http_methods(ASKS_AND_DOES)
def ministry_invite(request: PersonRequest) -> HttpResponse:
    """Invite a coordinator, or somebody of the ministry; `?organisatie=` fills in a number."""
    number = request.GET.get("organisatie", "")
    form = MinistryInvitationForm(
        request.POST or None, by=request.user, initial={"organisations": number}
    )
    if form.is_valid() and invited(request, form):
        return redirect("ministry_people")
    context = {
        "title": _("Iemand uitnodigen"),
        "form": form,
        "back": reverse("ministry_people"),
        "places": Organisation.objects.visible_to(request.user).filter(number=number),
    }
    return render(request, "schools/invite.html", context)


@roles_required(*MINISTRY)
@require_http_methods(ASKS_AND_DOES)
def ministry_person_block(request: PersonRequest, pk: int) -> HttpResponse:
    """Stop somebody from signing in."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    happens = [
        _("{person} kan niet meer aanmelden en wordt nu afgemeld.").format(person=person.name),
        _("Links in mails die {person} nog heeft, werken niet meer.").format(person=person.name),
    ]
    if alone := _organisations_left_alone(person):
        happens.append(
            _("Niemand anders werkt voor: {names}.").format(names=", ".join(map(str, alone)))
        )
    question = Question(
        back=page_of_person(person, request.user),
        parent_label=person.name,
        title=_("{person} blokkeren?").format(person=person.name),
        happens=happens,
        undo=_("Je kan dit later weer opheffen."),
        button=_("Blokkeren"),
        danger=True,
    )

    def act() -> Done:
        actions.block(person=person, by=request.user)
        sentence = _("{person} kan niet meer aanmelden.").format(person=person.name)
        return Done(sentence, undo_url=reverse("ministry_person_unblock", args=[pk]))

    return ask_first(
        request, question, act, check=lambda: policies.check_can_block(request.user, person)
    )


@roles_required(*MINISTRY)
@require_http_methods(ASKS_AND_DOES)
def ministry_person_unblock(request: PersonRequest, pk: int) -> HttpResponse:
    """Let somebody sign in again."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    names = ", ".join(str(each) for each in person.organisations.order_by("name"))
    happens = [_("{person} kan weer aanmelden.").format(person=person.name)]
    if names:
        happens.append(
            _("{person} werkt dan weer voor: {names}.").format(person=person.name, names=names)
        )
    question = Question(
        back=page_of_person(person, request.user),
        parent_label=person.name,
        title=_("Blokkering van {person} opheffen?").format(person=person.name),
        happens=happens,
        undo=_("Je kan {person} later opnieuw blokkeren.").format(person=person.name),
        button=_("Opheffen"),
    )

    def act() -> Done:
        actions.unblock(person=person, by=request.user)
        sentence = _("{person} kan weer aanmelden.").format(person=person.name)
        return Done(sentence, undo_url=reverse("ministry_person_block", args=[pk]))

    return ask_first(
        request, question, act, check=lambda: policies.check_can_unblock(request.user, person)
    )


@roles_required(Role.ADMINISTRATOR)
@require_http_methods(ASKS_AND_DOES)
def ministry_person_second_factor(request: PersonRequest, pk: int) -> HttpResponse:
    """Reset the second factor of somebody who lost their phone and spare codes."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    name = person.name
    question = Question(
        back=page_of_person(person, request.user),
        parent_label=name,
        title=_("Tweede stap van {person} wissen?").format(person=name),
        happens=[
            _("Bel {person} eerst op: doe dit alleen als je zeker weet wie het vraagt.").format(
                person=name
            ),
            _("{person} wordt nu overal afgemeld en krijgt een mail.").format(person=name),
            _(
                "{person} meldt zich daarna aan met het wachtwoord en kiest een nieuwe tweede stap."
            ).format(person=name),
        ],
        undo=_("Dit kan je niet ongedaan maken."),
        button=_("Tweede stap wissen"),
        danger=True,
    )

    def act() -> Done:
        actions.reset_second_factor(person=person, by=request.user, now=timezone.now())
        return Done(_("De tweede stap van {person} is gewist.").format(person=name))

    return ask_first(
        request,
        question,
        act,
        check=lambda: policies.check_can_reset_second_factor(
            request.user, person, factors_of(person).count()
        ),
    )


def _organisations_left_alone(person: User) -> list[Organisation]:
    """The organisations for which nobody else can sign in."""
    own = person.organisations.prefetch_related("memberships__user").order_by("name", "number")
    return [
        each
        for each in own
        if not any(
            other.user.is_active and other.user_id != person.pk for other in each.memberships.all()
        )
    ]


def invited(
    request: PersonRequest, form: InvitationForm, invite: Callable[..., User] = actions.invite
) -> bool:
    """Invite the person named in the form; False when that was refused, with the reason in the
    form."""
    try:
        person = invite(**form.invitation(), by=request.user, now=timezone.now())
    except Refused as refusal:
        in_form(form, refusal)
        return False
    except MailNotSent as failure:
        messages.warning(request, failure.message)
        return True
    messages.success(request, _mailed(person, request.user))
    return True


def _mailed(person: User, by: User) -> str:
    """Outside the ministry an existing account and a new one get the same message, so that it does
    not give away which it was."""
    if by.is_ministry:
        if waits := _waits_for_second(person):
            return waits
        sentence = _("{person} krijgt een mail op {email} met een link om te beginnen.")
        return sentence.format(person=person.name, email=person.email)
    sentence = _("We mailden {email}. Die persoon kan meteen aan de slag.")
    return sentence.format(email=person.email)


def _waits_for_second(person: User) -> str:
    """For which organisations, or which role, somebody waits; "" when nothing does."""
    waiting = WaitingAct.objects.open().about(person).select_related("organisation")
    places = [str(act.organisation) for act in waiting if act.organisation]
    if places:
        sentence = _(
            "Wacht op een tweede: {person} begint bij {places} zodra een collega daar of iemand "
            "anders van het ministerie het nakeek. Dan vertrekt de mail."
        )
        return sentence.format(person=person.name, places=", ".join(places))
    if waiting:
        sentence = _("Wacht op een tweede: {person} krijgt de rol en de mail als die het nakeek.")
        return sentence.format(person=person.name)
    return ""


def _do(request: PersonRequest, act: Callable[[], object], *, done: str, back: str) -> HttpResponse:
    """Act, say what happened or why not, and return to `back`."""
    try:
        act()
    except Refused as refusal:
        on_page(request, refusal)
    except MailNotSent as failure:
        messages.error(request, failure.message)
    else:
        messages.success(request, done)
    return redirect(back)
