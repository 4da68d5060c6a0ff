"""The portal's own Celery task, run by beat."""

from datetime import timedelta

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

# A form typed in a session that ended is given back through that session's row: `kept_form`.
GRACE = timedelta(days=1)


@shared_task(name="voucherportal.clear_sessions")
def clear_sessions() -> int:
    """Every day: delete sessions that ended more than a day ago. Returns how many."""
    ended = Session.objects.filter(expire_date__lt=timezone.now() - GRACE)
    return ended.delete()[0]
