"""The coordinators' forms: the request and its pupils, one row of fields per pupil.

Tested in `pages.coordinator.tests.test_views`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.lists import numbers
from common.refused import Refused
from common.tables.pasted import read_two_columns
from pages.coordinator.school_names import find_schools, names_a_school
from schools.models import EducationType, Organisation
from vouchers.actions.requests.request_checks import MAX_LINES
from vouchers.actions.requests.requests import Defaults, LineInput, Problem
from vouchers.models import Period, Provider, VoucherRequest
from vouchers.references import is_heading
from vouchers.states import LineState, RequestState, Wish

BLANK_AT_FIRST = 10
BLANK_MORE = 5
LINE_SENT = re.compile(r"leerling-\d+-reference")
MOST_SCHOOL = 300  # characters: the longest name with its number and municipality


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A pupil as typed: the reference and, where several schools are possible, the school."""

    reference: str
    school: str = ""


@dataclass(frozen=True, slots=True)
class Pasted:
    """The lines from the box; whether a heading above them was skipped and a second column
    ignored."""

    lines: list[TypedLine]
    heading: bool = False
    left_out: bool = False


class WishField(forms.ChoiceField):
    """One choice for wish and provider: "NONE", "PREFER:3", "ONLY:3"."""

    def offer(self, providers: Iterable[Provider]) -> None:
        """Offer a choice for each of these providers."""
        sentences = {
            Wish.PREFER: _("Liever {provider}, anders een andere"),
            Wish.ONLY: _("Alleen {provider}. We wachten tot die codes er zijn."),
        }
        self.choices = [(Wish.NONE.value, _("Geen voorkeur"))] + [
            (f"{wish}:{provider.pk}", sentence.format(provider=provider.name))
            for provider in providers
            for wish, sentence in sentences.items()
        ]

    @staticmethod
    def parse(value: str) -> tuple[str, Provider | None]:
        """The wish and the provider of a choice."""
        wish, _colon, pk = (value or Wish.NONE).partition(":")
        return wish, Provider.objects.get(pk=pk) if pk else None


class RequestForm(forms.Form):
    """What applies to the whole request, and the box to paste pupils into."""

    use_required_attribute = False

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    period = forms.ModelChoiceField(
        queryset=Period.objects.none(), label=gettext_lazy("Golf"), empty_label=None
    )
    education_type = forms.ChoiceField(label=gettext_lazy("Type onderwijs"), required=False)
    wish = WishField(
        label=gettext_lazy("Van welke provider?"),
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Hun wifi werkt niet overal. Weet je dat de gezinnen dicht bij een hotspot van een "
            "provider wonen, kies dan die provider."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("Toelichting"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Alleen wat het ministerie moet weten. Geen namen van leerlingen."),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Kolom met referenties"),
        required=False,
        strip=False,  # a column may be empty at the top
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "Kopieer de kolom in Excel en plak ze hier. Eén leerling per regel."
        ),
    )
    pasted_school = forms.CharField(
        label=gettext_lazy("School van deze leerlingen"), required=False, max_length=MOST_SCHOOL
    )

    def __init__(
        self,
        *args: Any,
        organisation: Organisation,
        draft: VoucherRequest | None,
        day: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self._set_period(draft, day)
        self._set_types(organisation)
        if draft and draft.state == RequestState.RETURNED:
            self.fields["note"].label = _("Jouw antwoord")
            self.fields["note"].help_text = _(
                "Het ministerie leest dit bij je aanvraag. Geen namen van leerlingen."
            )
        if organisation.is_school:
            del self.fields["pasted_school"]
        else:
            self.fields["pasted"].help_text = _(
                "Kopieer de kolom in Excel en plak ze hier. Eén leerling per regel. In kolom 2 mag "
                "het nummer van de school staan (6 cijfers)."
            )
            self.fields["pasted_school"].widget.attrs.update(school_search())

    def _set_period(self, draft: VoucherRequest | None, day: date) -> None:
        wish = self.fields["wish"]
        assert isinstance(wish, WishField)
        providers = Provider.objects.order_by("name")
        if draft:
            del self.fields["period"], self.fields["form_token"]
            wish.offer(providers.offering_in(draft.period))
            return
        # A period that closed meanwhile can still be chosen: the action says why not.
        posted = numbers([self.data.get("period", "")])
        open_now = Q(pk__in=Period.objects.open_for_requests(day))
        periods = Period.objects.filter(open_now | Q(pk__in=posted)).latest_first()
        field = self.fields["period"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.initial = periods, periods.first()
        wish.offer(providers.filter(pk__in=_offering(periods)))

    def _set_types(self, organisation: Organisation) -> None:
        field = self.fields["education_type"]
        assert isinstance(field, forms.ChoiceField)
        if organisation.only_education_type:
            del self.fields["education_type"]
            return
        known = organisation.education_types or EducationType.values
        choices = [(value, label) for value, label in EducationType.choices if value in known]
        field.choices = [("", _("Kies een type")), *choices]
        if not organisation.is_school:
            field.help_text = _("Alleen nodig als een school meer dan één type onderwijs heeft.")

    def clean_pasted(self) -> list[tuple[str, str]]:
        """The first two columns, cut off at one line more than a request may have, and at a
        heading."""
        try:
            return read_two_columns(self.cleaned_data["pasted"], most=MAX_LINES + 2)
        except Refused as refusal:
            raise ValidationError(refusal.message, refusal.code) from refusal

    def defaults(self) -> Defaults:
        """What was chosen for the whole request; the form must be valid."""
        wish, provider = WishField.parse(self.cleaned_data["wish"])
        return Defaults(
            education_type=self.cleaned_data.get("education_type", ""),
            wish=wish,
            wish_provider=provider,
            note=self.cleaned_data["note"],
        )


def _offering(periods: Iterable[Period]) -> set[int]:
    return {provider.pk for period in periods for provider in Provider.objects.offering_in(period)}


def school_search() -> dict[str, str]:
    """Attributes of a field that searches schools by number, name or municipality."""
    return {
        "list": "scholen",
        "autocomplete": "off",
        "hx-get": reverse("request_schools"),
        "hx-trigger": "input changed delay:300ms",
        "hx-target": "#scholen",
    }


class LineForm(forms.Form):
    use_required_attribute = False

    reference = forms.CharField(required=False, max_length=200)
    school = forms.CharField(required=False, max_length=MOST_SCHOOL, label=gettext_lazy("School"))

    def __init__(self, *args: Any, several_schools: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = int((self.prefix or "-0").rsplit("-", 1)[1]) + 1
        self.number = number
        self.fields["reference"].label = _("Leerling {n}").format(n=number)
        self.fields["reference"].widget.attrs = {"autocomplete": "off", "class": "short"}
        if several_schools:
            self.fields["school"].label = _("School van leerling {n}").format(n=number)
            self.fields["school"].widget.attrs = school_search()
        else:
            del self.fields["school"]


class RequestForms:
    """The form of the request and its lines, as one thing to display and to post.

    Without data it shows the draft, or blank lines.
    """

    def __init__(
        self,
        *,
        organisation: Organisation,
        draft: VoucherRequest | None,
        day: date,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.organisation, self.draft, self.day = organisation, draft, day
        self.data = data
        if data is None:
            self._show(_head_of(draft), _lines_of(draft), BLANK_AT_FIRST if not draft else 2)
        else:
            self.head = self._head(data)
            self.lines = self._line_set(data=data)

    def _head(
        self, data: Mapping[str, Any] | None = None, initial: dict[str, Any] | None = None
    ) -> RequestForm:
        return RequestForm(
            data, initial=initial, organisation=self.organisation, draft=self.draft, day=self.day
        )

    def _line_set(self, *, extra: int = 0, **options: Any) -> forms.BaseFormSet[LineForm]:
        """Of what was sent no more lines than are there, whatever number comes with them."""
        sent = [name for name in options.get("data", ()) if LINE_SENT.fullmatch(name)]
        most = min(len(sent), MAX_LINES + 1_000) if "data" in options else MAX_LINES + 1_000
        kind = forms.formset_factory(
            LineForm, extra=extra, max_num=min(most, MAX_LINES + 100), absolute_max=most
        )
        several = not self.organisation.is_school
        return kind(prefix="leerling", form_kwargs={"several_schools": several}, **options)

    def _show(self, head: dict[str, Any], lines: Sequence[TypedLine], blank: int) -> None:
        """Show these values without validating them."""
        self.head = self._head(initial=head)
        initial = [{"reference": line.reference, "school": line.school} for line in lines]
        self.lines = self._line_set(initial=initial, extra=blank)

    # What was typed

    def typed(self) -> list[TypedLine]:
        """The lines with a reference, in order; a line without a school takes the one of the line
        above, unless that is too long to be one: it would be shown again on each line."""
        found: list[TypedLine] = []
        for form in self._filled():
            before = found[-1].school if found else ""
            above = before if len(before) <= MOST_SCHOOL else ""
            found.append(TypedLine(_typed(form, "reference"), _typed(form, "school") or above))
        return found

    def _filled(self) -> list[forms.Form]:
        return [form for form in self.lines.forms if _typed(form, "reference")]

    def inputs(self) -> list[LineInput]:
        """The lines for the action; a school that is not found is an error beside its field. What
        was typed has to be valid: only then its length is known."""
        typed = self.typed()
        schools = find_schools(line.school for line in typed)
        lines = []
        for form, line in zip(self._filled(), typed, strict=True):
            found = schools.get(line.school)
            if isinstance(found, str):
                form.add_error("school", found)
            lines.append(
                LineInput(line.reference, found if isinstance(found, Organisation) else None)
            )
        return lines

    def is_valid(self) -> bool:
        """Can everything be read? Whether it makes sense is up to the action."""
        return self.head.is_valid() and self.lines.is_valid()

    def answer_problems(self, *, answered: bool) -> Iterator[Problem]:
        """What prevents a returned request from being sent again: no answer, or nothing changed
        since; `answered`: the saved answer was typed after the question."""
        draft = self.draft
        if draft is None or draft.state != RequestState.RETURNED:
            return
        note = " ".join(str(self.head["note"].value() or "").split())
        if not note:
            yield Problem("note", _("Schrijf je antwoord op de vraag van het ministerie."))
        elif not (answered or note != " ".join(draft.note.split()) or self._changed(draft)):
            yield Problem(
                "note",
                _(
                    "Je veranderde nog niets. Beantwoord de vraag van het ministerie of pas de "
                    "leerlingen aan."
                ),
            )

    def _changed(self, draft: VoucherRequest) -> bool:
        """Do its pupils, type or wish differ from what was sent?"""
        since = draft.lines.filter(
            Q(state=LineState.DRAFT) | Q(withdrawn_at__gte=draft.returned_at)
        )
        shown, sent = _head_of(draft), _lines_of(draft)
        if self.organisation.is_school:
            sent = [TypedLine(line.reference) for line in sent]
        return (
            since.exists()
            or self.typed() != sent
            or any(
                name in self.head.fields and str(self.head[name].value() or "") != shown[name]
                for name in ("education_type", "wish")
            )
        )

    # Shown again

    def rearranged(self, action: str) -> None:
        """Add blank lines, remove a line or insert pasted ones: nothing is saved yet."""
        head = {name: self.head[name].value() for name in self.head.fields}
        lines = self.typed()
        name, _colon, number = action.partition(":")
        if name == "remove":
            gone = numbers([number])
            kept = [i for i, form in enumerate(self.lines.forms) if _typed(form, "reference")]
            lines = [line for i, line in zip(kept, lines, strict=True) if i + 1 not in gone]
        elif name == "paste" and self.pasted:
            lines += self.pasted.lines
            head |= {"pasted": "", "pasted_school": ""}
        self._show(head, lines, BLANK_MORE if name == "more" else 1)
        if name == "more":
            first = self.lines.forms[len(lines)].fields["reference"]
            first.widget.attrs["autofocus"] = True

    def as_new(self) -> None:
        """Show what was typed as a new form, for another request than the one already made."""
        head = {name: self.head[name].value() for name in self.head.fields}
        self._show(head | {"form_token": uuid4()}, self.typed(), 1)

    @cached_property
    def pasted(self) -> Pasted | None:
        """The content of the box; None when it is refused, with the reason beside it. When the
        second column has a school we know it is read as schools, so that a wrong number is reported
        beside its line."""
        if not {"pasted", "pasted_school"}.isdisjoint(self.head.errors):
            return None
        school = self.head.cleaned_data.get("pasted_school", "")
        rows = self.head.cleaned_data["pasted"]
        heading = bool(rows) and is_heading(rows[0][0])
        rows = rows[heading:][: MAX_LINES + 1]
        schools = not self.organisation.is_school and names_a_school(beside for _, beside in rows)
        lines = [
            TypedLine(first, second if schools and second else school) for first, second in rows
        ]
        left_out = not schools and any(second for _, second in rows)
        return Pasted(lines, heading, left_out)

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Show the action's refusals beside the fields they are about."""
        filled = self._filled()
        for problem in problems:
            form: forms.Form = self.head
            name: str | None = problem.field
            if problem.line is not None:
                form = filled[problem.line - 1]
            elif problem.field == "lines" and self.lines.forms:
                form, name = self.lines.forms[0], "reference"
            elif problem.field == "wish_provider":
                name = "wish"
            form.add_error(name if name in form.fields else None, problem.message)

    def as_kept(self) -> RequestForms:
        """The draft as if it had just been typed, so that problems can be shown beside it."""
        lines = [*(_lines_of(self.draft) or [TypedLine("")]), TypedLine(""), TypedLine("")]
        data: dict[str, Any] = {
            "leerling-TOTAL_FORMS": len(lines),
            "leerling-INITIAL_FORMS": 0,
            **_head_of(self.draft),
        }
        for i, line in enumerate(lines):
            data[f"leerling-{i}-reference"] = line.reference
            data[f"leerling-{i}-school"] = line.school
        return RequestForms(
            organisation=self.organisation, draft=self.draft, day=self.day, data=data
        )


def _typed(form: forms.Form, name: str) -> str:
    if name not in form.fields:
        return ""
    return " ".join(str(form[name].value() or "").split())


def _head_of(draft: VoucherRequest | None) -> dict[str, Any]:
    if draft is None:
        return {"wish": Wish.NONE.value}
    wish = f"{draft.wish}:{draft.wish_provider_id}" if draft.wish_provider_id else draft.wish
    return {"education_type": draft.education_type, "wish": wish, "note": draft.note}


def _lines_of(draft: VoucherRequest | None) -> list[TypedLine]:
    if draft is None:
        return []
    lines = draft.lines.standing_or_draft().select_related("school").order_by("position", "pk")
    return [TypedLine(line.reference, str(line.school or "")) for line in lines]
