from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "vouchers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of jobs here: importing them needs the models."""
        from vouchers.actions.upkeep import jobs
        from vouchers.actions.upkeep.job_kinds import KINDS

        jobs.register(KINDS)
