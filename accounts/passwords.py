"""What a password must be, in our own words (Django's own are partly in English).

Tested in `accounts.tests.test_adapter`.
"""

from typing import Any

from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import MOST_CHARACTERS, User


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return _("Dit wachtwoord is te kort. Neem minstens {n} tekens.").format(n=self.min_length)


class ShortEnough:
    """What is hashed has a bound. A sentence of many words fits."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > MOST_CHARACTERS:
            raise ValidationError(
                _("Dit wachtwoord is te lang. Neem hoogstens {n} tekens.").format(n=MOST_CHARACTERS)
            )

    def get_help_text(self) -> str:
        return ""


class UnlikeThePerson(UserAttributeSimilarityValidator):
    """Not a variation on the name or the e-mail address."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"user_attributes": ("name", "email"), **options})

    def get_error_message(self) -> str:
        return _("Dit wachtwoord lijkt te veel op je naam of je e-mailadres. Neem een ander.")
