"""What beat runs for the portal itself."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from voucherportal.celery import app
from voucherportal.tasks import clear_sessions


@pytest.mark.django_db
def test_sessions_are_deleted_a_day_after_they_ended() -> None:
    now = timezone.now()
    for name, days in (("long ago", 2.0), ("just ended", 0.5), ("alive", -0.5)):
        Session.objects.create(
            session_key=name, session_data="", expire_date=now - timedelta(days=days)
        )
    assert clear_sessions() == 1
    assert set(Session.objects.values_list("session_key", flat=True)) == {"just ended", "alive"}


def test_beat_sends_only_tasks_that_a_worker_knows() -> None:
    app.loader.import_default_modules()
    planned = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert planned == {
        "vouchers.pick_up_lost_jobs",
        "vouchers.send_mails",
        "vouchers.write_reminders",
        "voucherportal.clear_sessions",
        "vouchers.watch_reveals",
        "history.seal_history",
        "history.verify_history",
        "vouchers.watch_sealing",
        "vouchers.reclaim_unseen",
    }
    assert planned <= set(app.tasks)
