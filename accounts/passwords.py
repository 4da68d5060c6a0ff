"""What a password must be, said in our own words (Django's own are English in places)."""

from typing import Any

from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """At least `min_length` characters."""

    def get_error_message(self) -> str:
        """Says how many."""
        return _("Dit wachtwoord is te kort. Neem minstens {n} tekens.").format(n=self.min_length)


class UnlikeThePerson(UserAttributeSimilarityValidator):
    """Not the name or the e-mail address in another order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"user_attributes": ("name", "email"), **options})

    def get_error_message(self) -> str:
        """Says what it looks like."""
        return _("Dit wachtwoord lijkt te veel op je naam of je e-mailadres. Neem een ander.")
