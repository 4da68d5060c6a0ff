"""The form to invite somebody who works for a provider.
Tested in `pages.ministry.tests.test_people`."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import User
from pages.people.forms import InvitationForm
from vouchers.models import Provider


class ProviderInvitationForm(InvitationForm):
    provider = forms.ModelChoiceField(
        label=gettext_lazy("Provider"),
        queryset=Provider.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        super().__init__(*args, by=by, **options)
        field = self.fields["provider"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Provider.objects.visible_to(by).order_by("name")

    def invitation(self) -> dict[str, Any]:
        """Name, address and provider: the arguments of `people.invite_provider_person`."""
        return {**super().invitation(), "provider": self.cleaned_data["provider"]}
