from importlib import import_module

from django.apps import AppConfig


class VoucherportalConfig(AppConfig):
    name = "voucherportal"

    def ready(self) -> None:
        """Importing registers the check that every view declares its access."""
        import_module("voucherportal.checks")
