"""Forms of the ministry: find requests, decide, set up what a wave needs, load codes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout, Submit
from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from schools.models import EducationType, Organisation, Province
from vouchers.forms.fields import DayField
from vouchers.models import Agreement, HandOut, Period, Pool, Provider, PupilLine
from vouchers.models.files import ProviderFileQuerySet
from vouchers.models.requests import VoucherRequestQuerySet
from vouchers.states import FileKind, FileState, LineState, RequestState

Choices = list[tuple[str, str | StrPromise]]

ANY = gettext_lazy("alle")
REQUEST_NUMBER = re.compile(r"^\s*([A-Za-z0-9]+)\s*-\s*0*(\d+)\s*$")


class OneColumn:
    """Lets a form show itself: fields in order, one button, a way back."""

    fields: dict[str, forms.Field]
    button: str | StrPromise = gettext_lazy("Bewaren")

    def shown(self, *, cancel: str) -> FormHelper:
        """Sets and returns the layout that `{% crispy form %}` draws; asks for what is empty."""
        for field in self.fields.values():
            field.error_messages["required"] = _("Dit moet je nog invullen.")
        helper = FormHelper()
        helper.attrs = {"novalidate": True, "class": "measure"}
        back = format_html('<a href="{}">{}</a>', cancel, _("Niet doen"))
        buttons = Div(Submit("save", self.button), HTML(back), css_class="actions")
        helper.layout = Layout(*self.fields, buttons)
        self.helper = helper
        return helper


# Find requests


class RequestFilter(forms.Form):
    """What is in the address of the list of requests; an unknown value counts as not there."""

    TO_DECIDE = "te-beslissen"
    EVERYTHING = "alle"
    STATES: Choices = [
        (TO_DECIDE, gettext_lazy("te beslissen")),
        ("wacht-op-codes", gettext_lazy("wacht op codes")),
        ("wacht-op-aanvrager", gettext_lazy("wacht op de aanvrager")),
        ("uitgereikt", gettext_lazy("uitgereikt")),
        ("geweigerd", gettext_lazy("helemaal geweigerd")),
        ("ingetrokken", gettext_lazy("ingetrokken")),
        (EVERYTHING, gettext_lazy("alle")),
    ]

    zoek = forms.CharField(
        label=gettext_lazy("Zoeken"), required=False, max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("nummer, naam of gemeente")}
        ),
    )  # fmt: skip
    staat = forms.ChoiceField(label=gettext_lazy("Status"), choices=STATES, required=False)
    golf = forms.ModelChoiceField(
        label=gettext_lazy("Golf"), queryset=Period.objects.latest_first(), to_field_name="slug",
        required=False, empty_label=ANY,
    )  # fmt: skip
    provincie = forms.ChoiceField(
        label=gettext_lazy("Provincie"),
        choices=[("", ANY), *Province.choices],
        required=False,
    )
    type = forms.ChoiceField(
        label=gettext_lazy("Type onderwijs"),
        choices=[("", ANY), *EducationType.choices],
        required=False,
    )

    def __init__(self, address: QueryDict) -> None:
        asked = address.copy()
        if not any(asked.get("staat") == value for value, _label in self.STATES):
            asked["staat"] = self.TO_DECIDE
        self.asked = asked
        super().__init__(asked)
        self.full_clean()

    @property
    def state(self) -> str:
        """Which part of the work."""
        return str(self.asked["staat"])

    def found(self, requests: VoucherRequestQuerySet) -> VoucherRequestQuerySet:
        """Those of these requests that fit."""
        said = self.cleaned_data
        found = requests.filter(_in_state(self.state))
        if period := said.get("golf"):
            found = found.filter(period=period)
        lines = PupilLine.objects.filter(request=OuterRef("pk"))
        if province := said.get("provincie"):
            found = found.filter(Exists(lines.filter(province=province)))
        if education_type := said.get("type"):
            found = found.filter(Exists(lines.filter(education_type=education_type)))
        if text := said.get("zoek"):
            found = found.filter(_searched(text))
        return found

    def _labels(self) -> dict[str, dict[str, str | StrPromise]]:
        """What a value of a list of choices reads like."""
        types, provinces = EducationType.choices, Province.choices
        return {"staat": dict(self.STATES), "type": dict(types), "provincie": dict(provinces)}

    def chips(self) -> list[dict[str, str]]:
        """The filters that are on, each with the address of the list without it."""
        chips = []
        for name, field in self.fields.items():
            said = self.cleaned_data.get(name)
            if not said or (name == "staat" and said == self.EVERYTHING):
                continue
            without = self.asked.copy()
            without.pop("page", None)
            without[name] = self.EVERYTHING if name == "staat" else ""
            shown = self._labels().get(name, {}).get(said, said)
            chips.append({"label": f"{field.label}: {shown}", "url": f"?{without.urlencode()}"})
        return chips


def _in_state(state: str) -> Q:
    """Requests in a part of the ministry's work; granted in part and served are counts of lines."""
    granted = PupilLine.objects.filter(request=OuterRef("pk"), state=LineState.GRANTED)
    live = HandOut.objects.live().filter(line=OuterRef("pk"))
    waiting = Exists(granted.filter(~Exists(live)))
    decided = Q(state=RequestState.DECIDED)
    conditions = {
        RequestFilter.TO_DECIDE: Q(state=RequestState.SUBMITTED),
        "wacht-op-codes": decided & Q(waiting),
        "wacht-op-aanvrager": Q(state=RequestState.RETURNED),
        "uitgereikt": decided & Q(Exists(granted)) & ~Q(waiting),
        "geweigerd": decided & ~Q(Exists(granted)),
        "ingetrokken": Q(state=RequestState.WITHDRAWN),
    }
    return conditions.get(state, Q())


def _searched(text: str) -> Q:
    """A request's number as one says it (G3-421), else words of the organisation."""
    number = REQUEST_NUMBER.match(text)
    if number and len(number[2]) < 10:
        return Q(period__prefix__iexact=number[1], number=int(number[2]))
    return Q(organisation__in=Organisation.objects.matching(text))


class FileFilter(forms.Form):
    """What is in the address of the list of files."""

    staat = forms.ChoiceField(
        label=gettext_lazy("Status"), choices=[("", ANY), *FileState.choices], required=False
    )
    soort = forms.ChoiceField(
        label=gettext_lazy("Soort"), choices=[("", ANY), *FileKind.choices], required=False
    )

    def found(self, files: ProviderFileQuerySet) -> ProviderFileQuerySet:
        """Those of these files that fit."""
        self.full_clean()
        if state := self.cleaned_data.get("staat"):
            files = files.filter(state=state)
        if kind := self.cleaned_data.get("soort"):
            files = files.filter(kind=kind)
        return files


# Decide


class DecisionForm(forms.Form):
    """Which pupils are refused and why; the others are granted. `lines`: the asked ones, in order.

    One reason may hold for all ticked pupils; the reason beside a pupil goes before it.
    """

    reason = forms.CharField(
        label=gettext_lazy("Reden voor alle aangevinkte leerlingen"), required=False,
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("De school leest deze reden."),
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, lines: Sequence[PupilLine]
    ) -> None:
        super().__init__(data)
        self.lines = lines
        for number, line in enumerate(lines, 1):
            self.fields[f"refuse_{line.pk}"] = forms.BooleanField(
                label=_("Leerling {n} weigeren").format(n=number), required=False
            )
            self.fields[f"reason_{line.pk}"] = forms.CharField(
                label=_("Andere reden voor leerling {n}").format(n=number), required=False,
                max_length=500,
            )  # fmt: skip

    def rows(self) -> list[tuple[PupilLine, forms.BoundField, forms.BoundField]]:
        """Each line with its two fields, for the table."""
        return [(each, self[f"refuse_{each.pk}"], self[f"reason_{each.pk}"]) for each in self.lines]

    def clean(self) -> dict[str, Any]:
        """A refusal has a reason; a reason without a tick would be lost."""
        said = self.cleaned_data
        for line in self.lines:
            refused, own = said.get(f"refuse_{line.pk}"), said.get(f"reason_{line.pk}")
            if refused and not (own or said.get("reason")):
                self.add_error(f"reason_{line.pk}", _("Geef een reden om te weigeren."))
            if own and not refused:
                self.add_error(
                    f"refuse_{line.pk}", _("Je gaf een reden. Vink ‘weigeren’ aan of wis de reden.")
                )
        return said

    @property
    def refused(self) -> dict[int, str]:
        """Line → reason."""
        said = self.cleaned_data
        return {
            line.pk: said[f"reason_{line.pk}"] or said["reason"]
            for line in self.lines
            if said[f"refuse_{line.pk}"]
        }

    @property
    def granted(self) -> set[int]:
        """The other lines."""
        return {line.pk for line in self.lines} - set(self.refused)


class ReturnForm(OneColumn, forms.Form):
    """A question with which a request goes back."""

    button = gettext_lazy("Terugsturen")
    question = forms.CharField(
        label=gettext_lazy("Wat wil je weten of laten aanpassen?"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("De aanvrager leest deze vraag en past de aanvraag dan aan."),
    )  # fmt: skip


class RefuseRenewalsForm(forms.Form):
    """Why renewals are refused."""

    reason = forms.CharField(
        label=gettext_lazy("Waarom niet?"), max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("De school leest deze reden."),
        error_messages={"required": gettext_lazy("Zeg waarom, zodat de school verder kan.")},
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.helper = FormHelper()
        self.helper.form_tag = False


# Set up


class HttpsField(forms.URLField):
    """An address; without a scheme it is https."""

    def __init__(self, **options: Any) -> None:
        super().__init__(assume_scheme="https", **options)


class ProviderForm(OneColumn, forms.ModelForm):
    """Who supplies codes and how they look. The address follows the name it was made with."""

    secret_columns = SimpleArrayField(
        forms.CharField(max_length=50),
        label=gettext_lazy("Andere geheime kolommen"), required=False,
        help_text=gettext_lazy("Met komma's ertussen. Ze komen samen met de code op de brief."),
    )  # fmt: skip
    ignored_characters = forms.CharField(
        label=gettext_lazy("Tekens die niet tellen in de code"), required=False, strip=False,
        max_length=20,
        help_text=gettext_lazy("Een spatie en een streepje, als een gezin ze mag weglaten."),
    )  # fmt: skip

    class Meta:
        model = Provider
        fields = (
            "name",
            "start_url",
            "instructions",
            "code_column",
            "secret_columns",
            "case_matters",
            "ignored_characters",
        )
        widgets = {"instructions": forms.Textarea(attrs={"rows": 5})}
        field_classes = {"start_url": HttpsField}

    def __init__(self, *args: Any, codes_loaded: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if codes_loaded:
            for name in ("case_matters", "ignored_characters"):
                self.fields[name].disabled = True
            self.fields["ignored_characters"].help_text = _(
                "Er zijn al codes geladen: hoe ze vergeleken worden, ligt nu vast."
            )

    def clean_name(self) -> str:
        """A name that makes an address of its own."""
        name: str = self.cleaned_data["name"]
        if not self.instance.pk:
            self.instance.slug = _free_slug(name, Provider)
        return name


class AgreementChoice(forms.ModelChoiceField):
    """A choice of agreements that names the provider."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.provider}, {obj.name}"


class AgreementForm(OneColumn, forms.ModelForm):
    """What a provider promised, and for how long."""

    starts_on = DayField(
        label=gettext_lazy("Geldt vanaf"),
        help_text=gettext_lazy("Een golf krijgt alleen codes als ze helemaal in deze tijd valt."),
    )  # fmt: skip
    ends_on = DayField(label=gettext_lazy("Geldt tot en met"))

    class Meta:
        model = Agreement
        fields = ("provider", "name", "starts_on", "ends_on", "promised", "credited")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["provider"].disabled = True
        else:
            del self.fields["credited"]

    def clean(self) -> dict[str, Any]:
        """In order."""
        said = super().clean() or self.cleaned_data
        _in_order(self, "starts_on", "ends_on")
        return said


class PoolForm(OneColumn, forms.ModelForm):
    """A stock of codes with its own validity. With codes in it, its last day moves by extension."""

    agreement = AgreementChoice(
        label=gettext_lazy("Afspraak"),
        queryset=Agreement.objects.select_related("provider").order_by(
            "provider__name", "-starts_on"
        ),
    )
    valid_until = DayField(label=gettext_lazy("Codes geldig tot en met"))

    class Meta:
        model = Pool
        fields = ("agreement", "name", "valid_until", "renewal_rule")

    def __init__(self, *args: Any, codes_loaded: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if codes_loaded:
            for name in ("agreement", "valid_until"):
                self.fields[name].disabled = True
            self.fields["valid_until"].help_text = _(
                "Er zitten al codes in deze voorraad. Verleng ze om deze dag te veranderen."
            )


class ExtendPoolForm(OneColumn, forms.Form):
    """A later last day for all codes of a pool."""

    button = gettext_lazy("Verlengen")
    valid_until = DayField(label=gettext_lazy("Alle codes worden geldig tot en met"))


class PeriodForm(OneColumn, forms.ModelForm):
    """A wave: when organisations may ask, over which days the report runs."""

    asks_from = DayField(label=gettext_lazy("Aanvragen vanaf"))
    asks_until = DayField(label=gettext_lazy("Aanvragen tot en met"))
    reports_from = DayField(label=gettext_lazy("Rapport vanaf"))
    reports_until = DayField(label=gettext_lazy("Rapport tot en met"))

    class Meta:
        model = Period
        fields = (
            "name",
            "prefix",
            "asks_from",
            "asks_until",
            "reports_from",
            "reports_until",
            "basis",
            "decision_days",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["prefix"].widget.attrs["class"] = "short"
        if self.instance.last_number:
            self.fields["prefix"].disabled = True
            self.fields["prefix"].help_text = _("Er zijn al aanvragen met deze letters.")

    def clean_name(self) -> str:
        """A name that makes an address of its own."""
        name: str = self.cleaned_data["name"]
        if not self.instance.pk:
            self.instance.slug = _free_slug(name, Period)
        return name

    def clean_prefix(self) -> str:
        """Letters and digits, since one says it on the telephone."""
        prefix: str = self.cleaned_data["prefix"].upper()
        if not prefix.isalnum():
            raise ValidationError(_("Gebruik alleen letters en cijfers, bijvoorbeeld G3."))
        return prefix

    def clean(self) -> dict[str, Any]:
        """In order."""
        said = super().clean() or self.cleaned_data
        _in_order(self, "asks_from", "asks_until")
        _in_order(self, "reports_from", "reports_until")
        return said


class LoadCodesForm(OneColumn, forms.Form):
    """A provider's file with codes."""

    button = gettext_lazy("Bestand laden")
    file = forms.FileField(
        label=gettext_lazy("Bestand met codes"), allow_empty_file=True, max_length=None,
        help_text=gettext_lazy("CSV zoals de provider het bezorgt, ten hoogste 20 MB."),
    )  # fmt: skip

    def __init__(self, *args: Any, refusal: str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.refusal = refusal

    def full_clean(self) -> None:
        """A file that was refused unread says so, instead of being called missing."""
        super().full_clean()
        if self.refusal:
            self.errors.pop("file", None)
            self.add_error("file", self.refusal)


def _in_order(form: forms.ModelForm, first: str, last: str) -> None:
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if start and end and end < start:
        form.add_error(last, _("Deze dag valt voor {day}.").format(day=f"{start:%d/%m/%Y}"))


def _free_slug(name: str, model: type[Provider] | type[Period]) -> str:
    """The address that a name makes. Raises ValidationError when there is none, or it is taken."""
    slug = slugify(name)
    if not slug or model._default_manager.filter(slug=slug).exists():
        raise ValidationError(_("Kies een andere naam: deze bestaat al of heeft geen letters."))
    return slug
