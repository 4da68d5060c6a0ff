"""History's Celery task, run by beat.

Tested in `voucherportal.tests.test_tasks`.
"""

from celery import shared_task
from django.utils import timezone

from history import seals


@shared_task(name="history.seal_history")
def seal_history() -> int:
    """Every five minutes: seal the history that is finished. Returns how many events."""
    return seals.seal_all(now=timezone.now())
