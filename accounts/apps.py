from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Importing connects what happens at the door to its facts, and registers the acts that
        wait for a second person and the check of the roles of a sign-on; all need the models."""
        from accounts import admissions, roles
        from accounts.second_person import kinds

        import_module("accounts.sign_in_signals")
        import_module("accounts.acm.checks")
        kinds.register({**admissions.KINDS, **roles.KINDS})
