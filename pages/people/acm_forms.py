"""Forms of a first sign-on through the government.

Tested in `accounts.acm.tests.test_road`.
"""

from copy import deepcopy
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class AddressForm(forms.Form):
    address = forms.EmailField(
        label=gettext_lazy("Je e-mailadres op het werk"),
        max_length=254,
        help_text=gettext_lazy("We sturen er een code naartoe, en later mails over je vouchers."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Dit moet je nog invullen."),
            "invalid": gettext_lazy("Dit is geen e-mailadres. Schrijf het als naam@school.be."),
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False


class CodeForm(forms.Form):
    """The mailed code; and, once that was right and an account was found, its password."""

    code = forms.CharField(
        label=gettext_lazy("Code uit de mail"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "short"}),
        error_messages={"required": gettext_lazy("Dit moet je nog invullen.")},
    )
    password = forms.CharField(
        label=gettext_lazy("Wachtwoord"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, proven: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        if proven:
            self.ask_password()
        else:
            del self.fields["password"]

    def ask_password(self) -> None:
        """The code was right: only the password is asked now."""
        self.fields.pop("code", None)
        password = self.fields.setdefault("password", deepcopy(self.base_fields["password"]))
        password.required = True
        password.error_messages["required"] = _("Dit moet je nog invullen.")
