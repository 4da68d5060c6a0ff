"""The forms with which the ministry sets up what a wave needs, and loads codes.

Tested in `pages.ministry.tests.test_stock`, `pages.ministry.tests.test_files`.
"""

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.fields import DayField, FileForm
from common.uploads import with_limit
from pages.shared.one_column import OneColumn
from vouchers.models import Agreement, Period, Pool, Provider

MOST_INSTRUCTIONS = 2_000  # characters


class HttpsField(forms.URLField):
    """A URL; https is assumed when the scheme is missing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(assume_scheme="https", **options)


class ColumnNames(SimpleArrayField):
    """Names of columns with commas between them, as many as a letter has room for."""

    MOST_CHARACTERS = 1_000

    def to_python(self, value: Any) -> Any:
        """Looks at the length before it takes the text apart."""
        if isinstance(value, str):
            MaxLengthValidator(self.MOST_CHARACTERS)(value)
        return super().to_python(value)


class ProviderForm(OneColumn, forms.ModelForm):
    """Who supplies codes and what they look like. The slug comes from the first name and stays as
    it is."""

    secret_columns = ColumnNames(
        forms.CharField(max_length=50),
        max_length=10,
        label=gettext_lazy("Andere geheime kolommen"),
        required=False,
        help_text=gettext_lazy("Met komma's ertussen. Ze komen samen met de code op de brief."),
    )
    ignored_characters = forms.CharField(
        label=gettext_lazy("Tekens die niet tellen in de code"),
        required=False,
        strip=False,
        max_length=20,
        help_text=gettext_lazy("Een spatie en een streepje, als een gezin ze mag weglaten."),
    )

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
        # It stands on each letter, and a thousand are printed at once.
        self.fields["instructions"].validators.append(MaxLengthValidator(MOST_INSTRUCTIONS))
        if codes_loaded:
            for name in ("code_column", "secret_columns", "case_matters", "ignored_characters"):
                self.fields[name].disabled = True
            self.fields["ignored_characters"].help_text = _(
                "Er zijn al codes geladen: hoe we ze lezen en vergelijken, ligt nu vast."
            )

    def clean_name(self) -> str:
        """The name must yield a slug that is still free."""
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
        help_text=gettext_lazy("Een golf krijgt codes als ze helemaal in deze tijd valt."),
    )
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
        said = super().clean() or self.cleaned_data
        in_order(self, "starts_on", "ends_on")
        return said


class PoolForm(OneColumn, forms.ModelForm):
    """A stock of codes with one validity. Once it has codes, only an extension moves its last
    day."""

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
    """A wave: when organisations may send requests, which days the report covers."""

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
            for name in ("prefix", "reports_from", "reports_until"):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Er zijn al aanvragen: dit ligt nu vast.")

    def clean_name(self) -> str:
        """The name must yield a slug that is still free."""
        name: str = self.cleaned_data["name"]
        if not self.instance.pk:
            self.instance.slug = _free_slug(name, Period)
        return name

    def clean_prefix(self) -> str:
        """Letters and digits only, since people read it out on the telephone."""
        prefix: str = self.cleaned_data["prefix"].upper()
        if not prefix.isalnum():
            raise ValidationError(_("Gebruik alleen letters en cijfers, bijvoorbeeld G3."))
        return prefix

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        in_order(self, "asks_from", "asks_until")
        in_order(self, "reports_from", "reports_until")
        return said


class LoadCodesForm(OneColumn, FileForm):
    button = gettext_lazy("Bestand laden")
    file = forms.FileField(
        label=gettext_lazy("Bestand met codes"),
        allow_empty_file=True,
        max_length=None,
        help_text=with_limit(
            gettext_lazy("CSV zoals de provider het bezorgt, ten hoogste {megabytes} MB.")
        ),
    )


def in_order(form: forms.ModelForm, first: str, last: str) -> None:
    """Add an error to the last day when it is before the first."""
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if start and end and end < start:
        form.add_error(last, _("Deze dag valt voor {day}.").format(day=f"{start:%d/%m/%Y}"))


def _free_slug(name: str, model: type[Provider] | type[Period]) -> str:
    """The slug of a name. Raises ValidationError when there is none, or it is taken."""
    slug = slugify(name)
    if not slug or model._default_manager.filter(slug=slug).exists():
        raise ValidationError(_("Kies een andere naam: deze bestaat al of heeft geen letters."))
    return slug
