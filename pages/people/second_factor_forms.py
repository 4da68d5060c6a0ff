"""allauth's forms of the second factor, with our words.

Tested in `accounts.tests.test_second_factor`, `e2e.test_second_factor`.
"""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import app_codes, sign_ins
from accounts.models import How, SignInKind
from accounts.second_factor import main_factor_of


def as_code(field: forms.Field, hint: str) -> None:
    """Make this a field for a code: digits on a phone, filled in automatically where possible."""
    field.label = _("Code")
    field.help_text = hint
    field.widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    )


class CodeForm(BaseAuthenticateForm):
    """A code from an app, or a spare one: allauth's form, but for which codes are right
    (`accounts.app_codes`). Who has to wait is written down; a wrong code allauth tells itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        hint = _("De 6 cijfers uit je app, of een reservecode van 8 cijfers.")
        as_code(self.fields["code"], hint)

    def clean_code(self) -> str:
        try:
            forget_attempts = check_rate_limit(self.user)
        except ValidationError as refusal:
            if refusal.code == "too_many_login_attempts":
                sign_ins.record_lock(name=self.user.email)
            raise
        code: str = self.cleaned_data["code"]
        found = app_codes.authenticator_of(self.user, code)
        if found is None:
            if main := main_factor_of(self.user):
                self._emit_authentication_failed(main)
            raise get_adapter().validation_error("incorrect_code")
        forget_attempts()
        found.user = self.user
        self.authenticator = found
        return code


class SecondStepForm(CodeForm, AuthenticateForm):
    """The second step of signing in."""


class SecondStepAgainForm(CodeForm, ReauthenticateForm):
    """The same, for somebody who is already signed in."""


class PasskeyForm(AuthenticateWebAuthnForm):
    """A passkey as second step. allauth does not tell of one that is wrong, and stumbles over an
    answer that no browser gives."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError as refusal:
            if refusal.code == "too_many_login_attempts":
                sign_ins.record_lock(name=self.user.email)
            else:
                sign_ins.record(SignInKind.FACTOR_FAILED, person=self.user, how=How.PASSKEY)
            raise
        except (AttributeError, LookupError, TypeError, ValueError) as nonsense:
            sign_ins.record(SignInKind.FACTOR_FAILED, person=self.user, how=How.PASSKEY)
            raise get_adapter().validation_error("incorrect_code") from nonsense


class PasskeyAgainForm(PasskeyForm, ReauthenticateWebAuthnForm):
    """The same, for somebody who is already signed in."""


class PasskeyAloneForm(PasskeyForm, LoginWebAuthnForm):
    """A passkey instead of a password. Whose it would be, only a right one says."""


class NewAppForm(ActivateTOTPForm):
    """A code proves that a new app works."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        as_code(self.fields["code"], _("De 6 cijfers die de app nu toont."))
        del self.fields["code"].widget.attrs["autofocus"]  # the QR code above it must stay in view


class NewPasskeyForm(AddWebAuthnForm):
    """A passkey gets a name; unless one opts out, it signs in without a password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["name"] = _("Mijn passkey")
        self.fields["name"].label = _("Naam")
        self.fields["name"].help_text = _("Bijvoorbeeld: laptop van het werk.")
        self.fields["passwordless"].label = _("Ook gebruiken in plaats van je wachtwoord")
        self.fields["passwordless"].help_text = _(
            "Je toestel vraagt dan je pincode, je vinger of je gezicht."
        )


class PasskeyNameForm(EditWebAuthnForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = _("Naam")
