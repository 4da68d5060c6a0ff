"""Fields that many forms share."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from common import search

# Formats that people type. Years of four digits come first, so that 2020 is never read as 20.
DAY_FORMATS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m-%d",
    "%d/%m/%y", "%d-%m-%y", "%d.%m.%y", "%d%m%Y",
)  # fmt: skip
MONTHS = {
    "januari": "01", "februari": "02", "maart": "03", "april": "04", "mei": "05", "juni": "06",
    "juli": "07", "augustus": "08", "september": "09", "oktober": "10", "november": "11",
    "december": "12",
    "january": "01", "february": "02", "march": "03", "may": "05", "june": "06", "july": "07",
    "august": "08", "october": "10",
}  # fmt: skip


YEARS = range(1900, 2200)


class DayField(forms.DateField):
    """A day in one field, dd/mm/jjjj, lenient: 3/4/20, 3-4-2020 and 3 april 2020 are read too."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("input_formats", DAY_FORMATS)
        options.setdefault(
            "widget",
            forms.DateInput(format="%d/%m/%Y", attrs={"class": "short", "autocomplete": "off"}),
        )
        options.setdefault("help_text", _("Bijvoorbeeld 31/12/2026."))
        options.setdefault("error_messages", {}).setdefault(
            "invalid", _("Dit is geen dag. Schrijf ze als dd/mm/jjjj, zoals 31/12/2026.")
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        """Dutch and English month names become numbers; surrounding spaces are ignored. A year
        outside YEARS is a typing error, and near the end of the calendar no day comes after it."""
        if isinstance(value, str):
            words = value.strip().lower().split()
            value = " ".join(MONTHS.get(word, word) for word in words)
        day = super().to_python(value)
        if day is not None and day.year not in YEARS:
            raise ValidationError(self.error_messages["invalid"], "invalid")
        return day


class SearchField(forms.CharField):
    """The search box of a list; words beyond those that are searched for are cut off."""

    def __init__(self, label: str | StrPromise) -> None:
        super().__init__(
            label=label,
            required=False,
            max_length=search.MOST_CHARACTERS,
            widget=forms.TextInput(attrs={"type": "search"}),
        )

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        return " ".join(typed.split()[: search.MOST_WORDS])


ANY = _("alle")


class ChoiceOfAny(forms.ChoiceField):
    """One of these choices, or all of them."""

    def __init__(
        self,
        label: str | StrPromise,
        choices: Sequence[tuple[str, str | StrPromise]],
        *,
        any_of_them: str | StrPromise = ANY,
    ) -> None:
        super().__init__(label=label, required=False, choices=[("", any_of_them), *choices])


class FileForm(forms.Form):
    """A form with a `file`; one refused unread is reported as such, not as missing."""

    def __init__(self, *args: Any, refusal: str | None = None, **options: Any) -> None:
        """refusal: why the file was not read; replaces the errors of the file field."""
        super().__init__(*args, **options)
        self.refusal = refusal

    def full_clean(self) -> None:
        super().full_clean()
        if self.refusal:
            self.errors.pop("file", None)
            self.add_error("file", self.refusal)
