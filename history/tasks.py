"""History's Celery tasks, run by beat in the one process that holds SEAL_KEYS (ADR 39).

Tested in `voucherportal.tests.test_tasks` and `vouchers.actions.watch.tests.test_sealing`.
"""

from celery import shared_task
from django.utils import timezone

from history import seals
from history.alarms import tell, telling
from history.recording import coming_from
from history.seal_proof import verify


@shared_task(name="history.seal_history")
def seal_history() -> int:
    """Every five minutes: seal the history that is finished. Returns how many events."""
    with coming_from("task:history.seal_history"), telling():
        return seals.seal_all(now=timezone.now())


@shared_task(name="history.verify_history")
def verify_history() -> bool:
    """Every night: is all sealed history as it was sealed? Whatever is not, is passed on."""
    with coming_from("task:history.verify_history"), telling():
        proof = verify()
        tell(proof)
    return proof.finding is None
