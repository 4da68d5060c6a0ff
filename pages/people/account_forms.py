"""Forms about one's own account. Tested in `pages.people.tests.test_account`."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.core import context
from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import attempts, own_account, policies, sign_ins
from accounts.models import How, SignInKind, User
from common.refused import Refused
from common.refused_shown import in_form


class ForgottenPasswordForm(ResetPasswordForm):
    """allauth's field; nobody is looked up here, so that every address is answered alike."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **options: Any) -> str:
        address = self.cleaned_data["email"]
        own_account.ask_password_link(address=address, now=timezone.now())
        return str(address)


class ChoosePasswordForm(ResetPasswordKeyForm):
    """The form behind the link in a mail: allauth's fields, but our action saves it."""

    def clean(self) -> dict[str, Any]:
        """Not for who signs on through the government."""
        given: dict[str, Any] = super().clean()
        try:
            policies.check_can_choose_password(self.user)
        except Refused as refusal:
            in_form(self, refusal)
        return given

    def save(self) -> None:
        """Save the password; this also proves the e-mail address."""
        own_account.choose_password(
            person=self.user, password=self.cleaned_data["password1"], now=timezone.now()
        )
        attempts.forget(context.request, self.user.email)


class OtherPasswordForm(ChangePasswordForm):
    """Another password, by whoever knows the one they have."""

    def clean_oldpassword(self) -> str:
        try:
            return str(super().clean_oldpassword())
        except ValidationError:
            sign_ins.record(SignInKind.FAILED, person=self.user, how=How.PASSWORD)
            raise

    def save(self) -> None:
        own_account.change_password(
            person=self.user, password=self.cleaned_data["password1"], now=timezone.now()
        )


class AddressForm(forms.Form):
    """Another address to sign in with, and the password: an open session is not enough."""

    email = forms.EmailField(
        label=gettext_lazy("Nieuw e-mailadres"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": gettext_lazy("Dit is geen e-mailadres. Schrijf het als naam@school.be."),
            "required": gettext_lazy("Dit moet je nog invullen."),
        },
    )
    password = forms.CharField(
        label=gettext_lazy("Je wachtwoord"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=gettext_lazy("Zo weten we dat jij het vraagt."),
        error_messages={"required": gettext_lazy("Dit moet je nog invullen.")},
    )

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_password(self) -> str:
        """allauth's limits count: this is no place to guess."""
        password = str(self.cleaned_data["password"])
        if not get_adapter().reauthenticate(self.person, password):
            raise ValidationError(_("Dit wachtwoord klopt niet. Probeer opnieuw."))
        return password
