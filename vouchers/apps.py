from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "vouchers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of jobs, and who hears of a broken seal: importing these needs the
        models."""
        from history.alarms import chain_broken
        from vouchers.actions.upkeep import jobs
        from vouchers.actions.upkeep.job_kinds import KINDS
        from vouchers.actions.watch.sealing import tell_broken

        jobs.register(KINDS)
        chain_broken.connect(tell_broken, dispatch_uid="alert of a broken seal")
