"""Forms about people and organisations."""

from allauth.account.forms import ResetPasswordKeyForm

from schools import actions


class ChoosePasswordForm(ResetPasswordKeyForm):
    """The form behind the link in a mail: allauth's fields, our writer."""

    def save(self) -> None:
        """Keep the password; the address is proven with it."""
        actions.choose_password(person=self.user, password=self.cleaned_data["password1"])
