"""What a password must be, in our own words (Django's own are partly in English).

Tested in `accounts.tests.test_adapter`.
"""

from typing import Any

from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return _("Dit wachtwoord is te kort. Neem minstens {n} tekens.").format(n=self.min_length)


class UnlikeThePerson(UserAttributeSimilarityValidator):
    """Not a variation on the name or the e-mail address."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"user_attributes": ("name", "email"), **options})

    def get_error_message(self) -> str:
        return _("Dit wachtwoord lijkt te veel op je naam of je e-mailadres. Neem een ander.")
