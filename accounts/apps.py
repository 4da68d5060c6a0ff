from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the acts that wait for a second person here: importing them needs the models."""
        from accounts import admissions, roles
        from accounts.second_person import kinds

        kinds.register({**admissions.KINDS, **roles.KINDS})
