"""allauth's forms of the second factor, with our words."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext as _


def as_code(field: forms.Field, hint: str) -> None:
    """A field for a code: digits on a phone, filled in by itself where that can."""
    field.label = _("Code")
    field.help_text = hint
    field.widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    )


class OurCode(forms.Form):
    """The field of both forms below."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        hint = _("De 6 cijfers uit je app, of een reservecode van 8 cijfers.")
        as_code(self.fields["code"], hint)


class SecondStepForm(OurCode, AuthenticateForm):
    """The second step of signing in."""


class SecondStepAgainForm(OurCode, ReauthenticateForm):
    """The same, of somebody who is signed in."""


class NewAppForm(ActivateTOTPForm):
    """An app with codes shows that it works."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        as_code(self.fields["code"], _("De 6 cijfers die de app nu toont."))
        del self.fields["code"].widget.attrs["autofocus"]  # the picture stands above it


class NewPasskeyForm(AddWebAuthnForm):
    """A passkey gets a name; it signs in without a password unless one asks otherwise."""

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
    """Another name for a passkey."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = _("Naam")
