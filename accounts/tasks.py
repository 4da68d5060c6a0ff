"""What Celery runs for accounts. Tested in `accounts.tests.test_mail_queue`."""

from celery import shared_task
from django.utils import timezone

from accounts import mail_queue
from history.recording import coming_from


@shared_task(name=mail_queue.SEND_TASK)
def send_mails() -> int:
    """After a commit and every minute: send the mails about accounts. Returns how many left."""
    with coming_from(f"task:{mail_queue.SEND_TASK}"):
        return mail_queue.send_due(now=timezone.now())
