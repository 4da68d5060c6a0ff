"""Mails about accounts, sent as a worker sends them."""

from django.utils import timezone

from accounts import mail_queue


def deliver() -> int:
    """Send what waits; returns how many left."""
    return mail_queue.send_due(now=timezone.now())
