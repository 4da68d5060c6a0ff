"""Fields of the scheme that several forms share."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vouchers.models import Period


class PeriodField(forms.ModelChoiceField):
    """One wave of a list, by its short name in the address; all of them when none is chosen."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Golf"), queryset=Period.objects.latest_first(), to_field_name="slug",
            required=False, empty_label=_("alle"),
        )  # fmt: skip
