"""Forms about people and organisations."""

import re
from datetime import date
from typing import Any

from allauth.account.forms import ResetPasswordKeyForm
from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import actions, people, policies
from accounts.models import Role, User
from common.refused import allowed
from schools.models import EducationType, Organisation, OrganisationQuerySet, Province

ALL = ("", gettext_lazy("alle"))
STILL_THERE = [("ja", gettext_lazy("ja")), ("nee", gettext_lazy("nee, gesloten"))]
SEARCH = forms.TextInput(attrs={"type": "search"})
# A name ends up in a mail to somebody else: no address of a page in it.
NAME_OF_A_PERSON = RegexValidator(
    r"[/:@<>]",
    gettext_lazy("Dit is geen naam. Schrijf voornaam en achternaam."),
    inverse_match=True,
)


class ChoosePasswordForm(ResetPasswordKeyForm):
    """The form behind the link in a mail: allauth's fields, our writer."""

    def save(self) -> None:
        """Keep the password; the address is proven with it."""
        actions.choose_password(person=self.user, password=self.cleaned_data["password1"])


class FilterForm(forms.Form):
    """What the address of a list says; what it cannot mean counts as not there."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.form_method = "get"
        self.full_clean()


class OrganisationFilter(FilterForm):
    """Finds organisations."""

    zoek = forms.CharField(
        label=gettext_lazy("Nummer, naam of gemeente"),
        required=False,
        max_length=100,
        widget=SEARCH,
    )
    soort = forms.ChoiceField(
        label=gettext_lazy("Soort"), choices=[ALL, *Organisation.Kind.choices], required=False
    )
    provincie = forms.ChoiceField(
        label=gettext_lazy("Provincie"), choices=[ALL, *Province.choices], required=False
    )
    type = forms.ChoiceField(
        label=gettext_lazy("Type onderwijs"), choices=[ALL, *EducationType.choices], required=False
    )
    bestaat = forms.ChoiceField(
        label=gettext_lazy("Bestaat nog"), choices=[ALL, *STILL_THERE], required=False
    )

    def clean_zoek(self) -> str:
        """A KBO number may be typed with its dots."""
        words = self.cleaned_data["zoek"].split()
        numbers = re.compile(r"[0-9.]+")
        return " ".join(w.replace(".", "") if numbers.fullmatch(w) else w for w in words)

    def found(self, organisations: OrganisationQuerySet, today: date) -> OrganisationQuerySet:
        """Those of these organisations that fit."""
        asked = self.cleaned_data
        found = organisations.matching(asked.get("zoek", ""))
        if asked.get("soort"):
            found = found.filter(kind=asked["soort"])
        if asked.get("provincie"):
            found = found.filter(province=asked["provincie"])
        if asked.get("type"):
            found = found.of_type(asked["type"])
        if asked.get("bestaat") == "ja":
            found = found.existing_on(today)
        if asked.get("bestaat") == "nee":
            found = found.filter(closed_on__lte=today)
        return found


class PersonFilter(FilterForm):
    """Finds people."""

    zoek = forms.CharField(
        label=gettext_lazy("Naam, e-mail of organisatie"), required=False, max_length=100,
        widget=SEARCH,
    )  # fmt: skip
    rol = forms.ChoiceField(label=gettext_lazy("Rol"), choices=[ALL, *Role.choices], required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), choices=[ALL, *people.AccountState.choices], required=False
    )

    def found(self, everybody: QuerySet[User]) -> QuerySet[User]:
        """Those of these people who fit."""
        asked = self.cleaned_data
        fits = people.matching(asked.get("zoek", ""))
        if asked.get("rol"):
            fits &= Q(role=asked["rol"])
        if asked.get("status"):
            fits &= people.IN_STATE[people.AccountState(asked["status"])]
        return everybody.filter(fits)


class InvitationForm(forms.Form):
    """Who is invited. `invitation()` is what `accounts.actions.invite` takes."""

    name = forms.CharField(
        label=gettext_lazy("Voornaam en naam"), max_length=200, validators=[NAME_OF_A_PERSON],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("E-mailadres"), max_length=254,
        help_text=gettext_lazy("Het eigen adres van die persoon: iedereen meldt zich apart aan."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("Dit is geen e-mailadres. Schrijf het als naam@school.be.")
        },
    )  # fmt: skip

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
    """A coordinator invites a colleague; who has one organisation does not choose it."""

    organisations = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Voor welke organisaties?"), queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

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
    """The ministry invites a coordinator; an administrator invites the ministry's people too."""

    role = forms.ChoiceField(label=gettext_lazy("Rol"), widget=forms.RadioSelect)
    organisations = forms.CharField(
        label=gettext_lazy("Nummers van de organisaties"), required=False,
        help_text=gettext_lazy(
            "Instellingsnummer of KBO-nummer, één op elke regel. Alleen voor een coördinator."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "class": "short"}),
    )  # fmt: skip

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        super().__init__(*args, by=by, **options)
        roles = [
            (role.value, role.label)
            for role in (Role.COORDINATOR, Role.OFFICER, Role.ADMINISTRATOR)
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
        """The organisations with these numbers; a number that does not exist is named."""
        parts = re.split(r"[\n,;]", self.cleaned_data["organisations"])
        digits = [re.sub(r"\D", "", part) for part in parts if part.strip()]
        numbers = [number.zfill(6) for number in dict.fromkeys(digits)]
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
        """As the form says."""
        asked = self.cleaned_data
        return {
            **super().invitation(), "role": asked["role"], "organisations": asked["organisations"]
        }  # fmt: skip
