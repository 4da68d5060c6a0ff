from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "vouchers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of jobs, and of acts that wait for a second person, here: importing
        them needs the models."""
        from accounts.second_person import kinds
        from vouchers.actions.stock import start_pages
        from vouchers.actions.upkeep import jobs, rotation_agreed
        from vouchers.actions.upkeep.job_kinds import KINDS

        jobs.register(KINDS)
        kinds.register({**start_pages.KINDS, **rotation_agreed.KINDS})
