"""What beat runs for the portal itself."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Session, User
from accounts.tests.factories import make_ministry_user
from voucherportal.celery import app
from voucherportal.tasks import clear_sessions


@pytest.mark.django_db
def test_sessions_are_deleted_a_day_after_they_ended() -> None:
    user = make_ministry_user()
    made: list[tuple[str, float, User | None]] = [
        ("long ago", 2.0, user),
        ("just ended", 0.5, user),
        ("alive", -0.5, user),
    ]
    made += [("nobody's, ended", 0.01, None), ("nobody's, alive", -0.01, None)]
    now = timezone.now()
    for name, days, whose in made:
        Session.objects.create(
            session_key=name,
            session_data="",
            expire_date=now - timedelta(days=days),
            began_at=now,
            seen_at=now,
            user=whose,
        )
    assert clear_sessions() == 2
    left = set(Session.objects.values_list("session_key", flat=True))
    assert left == {"just ended", "alive", "nobody's, alive"}


def test_beat_sends_only_tasks_that_a_worker_knows() -> None:
    app.loader.import_default_modules()
    planned = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert planned == {
        "vouchers.pick_up_lost_jobs",
        "vouchers.send_mails",
        "accounts.send_mails",
        "vouchers.write_reminders",
        "voucherportal.clear_sessions",
        "vouchers.watch_reveals",
        "history.seal_history",
        "history.verify_history",
        "vouchers.watch_sealing",
        "vouchers.reclaim_unseen",
    }
    assert planned <= set(app.tasks)
