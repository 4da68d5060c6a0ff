"""A code that was not given out after all, is not needed, does not work, or goes to somebody else.

Tested in `pages.shared.tests.test_life`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common import searches
from common.confirm import Done, Question, ask_first, nothing_chosen, typed
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import in_form, on_page
from pages.coordinator.hand_outs import OF_FAMILIES, as_shown, chosen, own_codes, stage_filter
from pages.coordinator.shared import coordinator_only
from pages.shared.life_forms import AskReplacementForm, ReassignForm
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.life import giving_back, lifecycle, replacements
from vouchers.models import HandOut


@dataclass(frozen=True, slots=True)
class Correction:
    """Something to do with ticked codes: which of them it applies to, what the confirmation page
    says, and the act itself (which returns a sentence about what it did)."""

    label: str
    fits: Callable[[HandOut], bool]
    nothing: str
    title: Callable[[int], str]
    happens: Callable[[Sequence[HandOut]], list[str]]
    undo: str
    act: Callable[..., str]
    form: type[forms.Form] | None = None


def corrections() -> dict[str, Correction]:
    """The corrections, by the value of their button."""
    return {
        "not-given": Correction(
            label=_("Toch niet meegegeven"),
            fits=lambda each: each.given_at is not None,
            nothing=_("Vink brieven aan die als meegegeven staan."),
            title=lambda n: ngettext(
                "{n} brief toch niet meegegeven?", "{n} brieven toch niet meegegeven?", n
            ),
            happens=lambda _rows: [
                _("Je vindt ze weer onder ‘Afgedrukt, nog niet meegegeven’."),
                _("In cijfers over een vroegere dag blijft staan wat je toen zei."),
            ],
            undo=_("Je kan ze daarna opnieuw als meegegeven markeren."),
            act=_not_given,
        ),
        "give-back": Correction(
            label=_("Code teruggeven"),
            fits=lambda _each: True,
            nothing=_("Vink eerst aan welke codes je wil teruggeven."),
            title=lambda n: ngettext("{n} code teruggeven?", "{n} codes teruggeven?", n),
            happens=_before_giving_back,
            undo=_("Dit kan je niet ongedaan maken. Een nieuwe aanvraag kan wel."),
            act=_give_back,
        ),
        "ask-new": Correction(
            label=_("Nieuwe code vragen"),
            fits=lambda _each: True,
            nothing=_("Vink eerst aan voor wie je een nieuwe code wil."),
            title=lambda n: ngettext("{n} nieuwe code vragen?", "{n} nieuwe codes vragen?", n),
            happens=lambda _rows: [
                _("Het ministerie kijkt je vraag na. Je krijgt een mail als er een code is."),
                _("De oude code werkt dan niet meer. Je drukt een nieuwe brief af."),
                _("Is alleen de brief weg en ligt hij nog op school? Druk hem opnieuw af."),
            ],
            undo="",
            act=_ask_new,
            form=AskReplacementForm,
        ),
    }


def actions() -> list[dict[str, str]]:
    """The buttons under a list of codes."""
    found = [{"value": name, "label": each.label} for name, each in corrections().items()]
    return [{"value": "reassign", "label": _("Geef aan een andere leerling")}, *found]


@coordinator_only
@require_POST
def families_act(request: PersonRequest) -> HttpResponse:
    """Ask about the chosen correction of the ticked codes, then carry it out."""
    codes = chosen(request, stage_filter(request, *OF_FAMILIES))
    name = request.POST.get("action", "")
    if name == "reassign":
        return _to_reassign(request, codes)
    correction = corrections().get(name)
    if correction is None:
        return _back(request)
    codes = [each for each in codes if correction.fits(each)]
    if not codes:
        messages.warning(request, nothing_chosen(request, correction.nothing))
        return _back(request)
    return _ask(request, name, correction, codes)


def _ask(
    request: PersonRequest, name: str, correction: Correction, codes: Sequence[HandOut]
) -> HttpResponse:
    form = correction.form(typed(request)) if correction.form else None
    ids = [each.pk for each in codes]
    question = Question(
        title=correction.title(len(codes)).format(n=len(codes)),
        happens=correction.happens(codes),
        undo=correction.undo,
        form=form,
        ids=ids,
        fields=[("action", name)],
        action=f"{reverse('families_act')}?{request.GET.urlencode()}",
        button=correction.label,
        back=_back(request).url,
        parent_label=_("Gezinnen opvolgen"),
    )

    def act() -> Done:
        options = form.cleaned_data if form else {}
        done = correction.act(hand_outs=ids, by=request.user, now=timezone.now(), **options)
        return Done(done)

    return ask_first(request, question, act)


def _back(request: PersonRequest) -> HttpResponseRedirect:
    query = request.GET.urlencode()
    return redirect(reverse("families") + (f"?{query}" if query else ""))


def _to_reassign(request: PersonRequest, codes: Sequence[HandOut]) -> HttpResponse:
    if len(codes) != 1:
        messages.warning(request, _("Kies één leerling van wie je de code wil doorgeven."))
        return _back(request)
    return redirect("code_reassign", pk=codes[0].pk)


def _not_given(**options: Any) -> str:
    n = lifecycle.not_given(**options)
    return ngettext(
        "{n} brief staat niet meer als meegegeven.",
        "{n} brieven staan niet meer als meegegeven.",
        n,
    ).format(n=n)


def _before_giving_back(codes: Sequence[HandOut]) -> list[str]:
    seen = sum(each.revealed_at is not None for each in codes)
    sentences = [
        ngettext(
            "Deze leerling krijgt geen andere code op deze aanvraag.",
            "Deze {n} leerlingen krijgen geen andere code op hun aanvraag.",
            len(codes),
        ).format(n=len(codes))
    ]
    if seen:
        sentences.append(
            ngettext(
                "{n} code is al afgedrukt en krijgt niemand meer. Vernietig de brief.",
                "{n} codes zijn al afgedrukt en krijgt niemand meer. Vernietig de brieven.",
                seen,
            ).format(n=seen)
        )
    return sentences


def _give_back(**options: Any) -> str:
    done = giving_back.give_back(**options)
    n = done.in_stock + done.void
    return ngettext("{n} code teruggegeven.", "{n} codes teruggegeven.", n).format(n=n)


def _ask_new(**options: Any) -> str:
    n = replacements.ask(**options)
    return ngettext(
        "Je vroeg {n} nieuwe code. Het ministerie kijkt ze na.",
        "Je vroeg {n} nieuwe codes. Het ministerie kijkt ze na.",
        n,
    ).format(n=n)


@coordinator_only
@GET_OR_POST
def code_reassign(request: PersonRequest, pk: int) -> HttpResponse:
    """Give one pupil's code to another who is waiting."""
    hand_out = get_object_or_404(as_shown(own_codes(request.user)), pk=pk)
    back, reference = reverse("families"), hand_out.line.reference
    try:
        policies.check_can_give_away(request.user, hand_out)
    except Refused as refusal:
        on_page(request, refusal)
        return redirect(back)
    form = ReassignForm(request.POST if request.method == "POST" else None, hand_out=hand_out)
    if not giving_back.who_could_have(hand_out).exists():
        messages.warning(request, _nobody_waits(hand_out))
        return redirect(back)
    if form.is_valid():
        line = form.cleaned_data["line"]
        try:
            giving_back.reassign(
                hand_out=pk,
                line=line.pk,
                keep_waiting=form.cleaned_data["keep_waiting"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            in_form(form, refusal)
        else:
            messages.success(request, _reassigned(reference, line.reference, hand_out))
            mark = searches.keep(request, line.reference)
            return redirect(f"{reverse('letters')}?zoek={mark}")
    form.shown(cancel=back)
    context = {
        "title": _("De code van {reference} aan een andere leerling geven").format(
            reference=reference
        ),
        "lead": _destroy(reference) if hand_out.revealed_at else "",
        "form": form,
        "parent_url": back,
        "parent_label": _("Gezinnen opvolgen"),
    }
    return render(request, "ministry/form.html", context)


def _nobody_waits(hand_out: HandOut) -> str:
    return _(
        "Geen andere leerling wacht op een code van {provider}. Heeft niemand ze nodig, geef ze "
        "dan terug."
    ).format(provider=hand_out.voucher.provider)


def _destroy(reference: str) -> str:
    return _(
        "Vernietig de brief van {reference}: de andere leerling krijgt dezelfde code, op een "
        "nieuwe brief. Dit kan je niet ongedaan maken."
    ).format(reference=reference)


def _reassigned(before: str, after: str, hand_out: HandOut) -> str:
    if not hand_out.revealed_at:
        return _("De code van {before} is nu van {after}. Druk de brief af.").format(
            before=before, after=after
        )
    return _(
        "De code van {before} is nu van {after}. Vernietig de oude brief en druk de nieuwe af."
    ).format(before=before, after=after)
