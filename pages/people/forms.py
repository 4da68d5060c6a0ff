"""Forms about people and organisations. Tested in `pages.people.tests.test_views`."""

import re
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import people, policies
from accounts.models import MINISTRY_PEOPLE, Role, User
from accounts.names import NOT_A_NAME, is_a_name
from common.fields import ChoiceOfAny, SearchField
from common.filters import Filter
from common.refused import Refused, allowed
from schools.models import EducationType, Organisation, OrganisationQuerySet, Province

STILL_THERE = [("ja", gettext_lazy("ja")), ("nee", gettext_lazy("nee, gesloten"))]
MOST_NUMBERS = 2_000  # characters of a list of organisations


def name_of_a_person(text: str) -> None:
    """The action asks the same; here all that is wrong with a form is said at once."""
    if not is_a_name(text):
        raise ValidationError(NOT_A_NAME)


class OrganisationFilter(Filter[OrganisationQuerySet]):
    exact = {"soort": "kind", "provincie": "province"}

    zoek = SearchField(gettext_lazy("Nummer, naam of gemeente"))
    soort = ChoiceOfAny(gettext_lazy("Soort"), Organisation.Kind.choices)
    provincie = ChoiceOfAny(gettext_lazy("Provincie"), Province.choices)
    type = ChoiceOfAny(gettext_lazy("Type onderwijs"), EducationType.choices)
    bestaat = ChoiceOfAny(gettext_lazy("Bestaat nog"), STILL_THERE)

    def __init__(self, address: QueryDict, *, path: str = "", today: date) -> None:
        """today: an organisation closed by this day no longer exists."""
        super().__init__(address, path=path)
        self.today = today

    def clean_zoek(self) -> str:
        """A KBO number may be typed with its dots."""
        words = self.cleaned_data["zoek"].split()
        numbers = re.compile(r"[0-9.]+")
        return " ".join(w.replace(".", "") if numbers.fullmatch(w) else w for w in words)

    def found(self, organisations: OrganisationQuerySet) -> OrganisationQuerySet:
        found = super().found(organisations).matching(self.values.get("zoek", ""))
        if education_type := self.values.get("type"):
            found = found.of_type(education_type)
        if still_there := self.values.get("bestaat"):
            gone = found.filter(closed_on__lte=self.today)
            found = found.existing_on(self.today) if still_there == "ja" else gone
        return found


class PersonFilter(Filter[QuerySet[User]]):
    exact = {"rol": "role"}

    zoek = SearchField(gettext_lazy("Naam, e-mail of organisatie"))
    rol = ChoiceOfAny(gettext_lazy("Rol"), Role.choices)
    status = ChoiceOfAny(gettext_lazy("Status"), people.AccountState.choices)

    def condition(self) -> Q:
        fits = super().condition() & people.matching(self.values.get("zoek", ""))
        if state := self.values.get("status"):
            fits &= people.IN_STATE[people.AccountState(state)]
        return fits


class InvitationForm(forms.Form):
    """Who is invited. `invitation()` returns the arguments of `accounts.actions.invite`."""

    name = forms.CharField(
        label=gettext_lazy("Voornaam en naam"),
        max_length=200,
        validators=[name_of_a_person],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mailadres"),
        max_length=254,
        help_text=gettext_lazy("Het eigen adres van die persoon: iedereen meldt zich apart aan."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("Dit is geen e-mailadres. Schrijf het als naam@school.be.")
        },
    )

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by = by
        for field in self.fields.values():
            field.error_messages["required"] = _("Dit moet je nog invullen.")
        self.helper = FormHelper()
        self.helper.form_tag = False

    def invitation(self) -> dict[str, Any]:
        """Name, address, role and organisations."""
        return {name: self.cleaned_data[name] for name in ("name", "email")}


class ColleagueForm(InvitationForm):
    """A coordinator invites a colleague; with only one organisation there is nothing to choose."""

    organisations = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Voor welke organisaties?"),
        queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        super().__init__(*args, by=by, **options)
        self.own = Organisation.objects.visible_to(by).order_by("name", "number")
        if self.own.count() == 1:
            del self.fields["organisations"]
        else:
            field = self.fields["organisations"]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = self.own
            field.error_messages["required"] = _("Kies minstens één organisatie.")

    def invitation(self) -> dict[str, Any]:
        """A coordinator of the ticked organisations, or of the only one."""
        organisations = list(self.cleaned_data.get("organisations", self.own))
        return {**super().invitation(), "role": Role.COORDINATOR, "organisations": organisations}


class MinistryInvitationForm(InvitationForm):
    """The ministry invites a coordinator; an administrator may also invite the ministry's
    people."""

    role = forms.ChoiceField(label=gettext_lazy("Rol"), widget=forms.RadioSelect)
    organisations = forms.CharField(
        label=gettext_lazy("Nummers van de organisaties"),
        required=False,
        help_text=gettext_lazy(
            "Instellingsnummer of KBO-nummer, één op elke regel. Alleen voor een coördinator."
        ),
        max_length=MOST_NUMBERS,
        widget=forms.Textarea(attrs={"rows": 3, "class": "short"}),
    )

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        super().__init__(*args, by=by, **options)
        roles = [
            (role.value, role.label)
            for role in (Role.COORDINATOR, *MINISTRY_PEOPLE)
            if allowed(policies.check_can_invite, by, role)
        ]
        role_field = self.fields["role"]
        assert isinstance(role_field, forms.ChoiceField)
        role_field.choices = roles
        role_field.initial = Role.COORDINATOR
        if len(roles) == 1:
            role_field.widget = forms.HiddenInput()
            self.fields["organisations"].required = True
            self.fields["organisations"].help_text = _(
                "Instellingsnummer of KBO-nummer, één op elke regel."
            )

    def clean_organisations(self) -> list[Organisation]:
        """The organisations with these numbers; the error names a number that does not exist."""
        parts = re.split(r"[\n,;]", self.cleaned_data["organisations"])
        digits = [re.sub(r"\D", "", part) for part in parts if part.strip()]
        numbers = [number.zfill(6) for number in dict.fromkeys(digits)]
        try:
            policies.check_not_too_many(len(numbers))
        except Refused as refusal:
            raise ValidationError(refusal.message) from refusal
        visible = Organisation.objects.visible_to(self.by)
        found = list(visible.filter(number__in=numbers).order_by("name"))
        known = {organisation.number for organisation in found}
        missing = [number for number in numbers if number not in known]
        if missing:
            raise ValidationError(
                ngettext(
                    "We kennen geen organisatie met nummer {numbers}. Zoek ze bij Organisaties.",
                    "We kennen geen organisaties met nummers {numbers}. Zoek ze bij Organisaties.",
                    len(missing),
                ).format(numbers=", ".join(missing))
            )
        return found

    def clean(self) -> dict[str, Any]:
        """A coordinator has an organisation, the ministry's people have none."""
        asked = super().clean() or self.cleaned_data
        if "organisations" in asked and "role" in asked:
            is_coordinator = asked["role"] == Role.COORDINATOR
            if is_coordinator and not asked["organisations"]:
                self.add_error("organisations", _("Geef het nummer van minstens één organisatie."))
            if not is_coordinator and asked["organisations"]:
                self.add_error(
                    "organisations", _("Laat dit leeg: alleen een coördinator heeft organisaties.")
                )
        return asked

    def invitation(self) -> dict[str, Any]:
        asked = self.cleaned_data
        return {
            **super().invitation(),
            "role": asked["role"],
            "organisations": asked["organisations"],
        }
