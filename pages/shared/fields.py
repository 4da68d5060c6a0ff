"""Form fields of the voucher scheme that several forms share.

Tested in `pages.ministry.tests.test_requests`, `pages.ministry.tests.test_reclaims`.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from vouchers.models import Period


class PeriodField(forms.ModelChoiceField):
    """One wave of a list, named in the address by its slug; no choice means all of them."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Golf"),
            queryset=Period.objects.latest_first(),
            to_field_name="slug",
            required=False,
            empty_label=_("alle"),
        )
