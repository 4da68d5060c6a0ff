"""The portal's own Celery task, run by beat."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from accounts.models import Session

# A form typed in a session that ended is given back through that session's row: `kept_form`.
GRACE = timedelta(days=1)


@shared_task(name="voucherportal.clear_sessions")
def clear_sessions() -> int:
    """Every hour: delete sessions that ended more than a day ago, and those of nobody that ended.
    Returns how many."""
    now = timezone.now()
    ended = Q(expire_date__lt=now - GRACE) | Q(expire_date__lt=now, user=None)
    return Session.objects.filter(ended).delete()[0]
