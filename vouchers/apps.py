from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "vouchers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of jobs and of acts that wait for a second person, and who hears of a
        broken seal: importing these needs the models."""
        from accounts.second_person import kinds
        from history.alarms import chain_broken
        from vouchers.actions.stock import start_pages
        from vouchers.actions.upkeep import jobs, rotation_agreed
        from vouchers.actions.upkeep.job_kinds import KINDS
        from vouchers.actions.watch.sealing import tell_broken

        jobs.register(KINDS)
        kinds.register({**start_pages.KINDS, **rotation_agreed.KINDS})
        chain_broken.connect(tell_broken, dispatch_uid="alert of a broken seal")
