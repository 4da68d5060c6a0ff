from importlib import import_module

from django import forms
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VoucherportalConfig(AppConfig):
    name = "voucherportal"

    def ready(self) -> None:
        """Importing registers the check that every view declares its access.

        Every choice field, those of filters too, rejects an unknown value in our own words.
        """
        import_module("voucherportal.checks")
        unknown = _("Deze keuze bestaat niet. Kies er een uit de lijst.")
        for field in (forms.ChoiceField, forms.ModelChoiceField):
            field.default_error_messages = field.default_error_messages | {
                "invalid_choice": unknown
            }
