"""The Celery application: work that outlives a page view. Settings: `CELERY_*` in settings.py.

Tested in `voucherportal.tests.test_tasks`, `local.tests.test_demo_mark` and
`local.tests.test_starts`.
"""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init, worker_process_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from common.processes import end_with_parent
from voucherportal.start import check_when_it_comes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")

app = Celery("voucherportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_wrong_database(**signal: Any) -> None:
    """Stop a worker or beat with one sentence when database, login or keys are not right; wait for
    a database that does not answer yet."""
    try:
        check_when_it_comes()
    except ImproperlyConfigured as refusal:
        # A signal swallows every Exception; SystemExit is not one.
        raise SystemExit(str(refusal)) from refusal


@beat_init.connect
def refuse_a_folder_that_cannot_be_written(**signal: Any) -> None:
    """Beat keeps in a file what it sent when; said at once, not when it first writes."""
    folder = Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).parent
    if not os.access(folder, os.W_OK):
        raise SystemExit(f"Beat cannot write in {folder}: set LOCAL_DIR to a folder where it can.")


@setup_logging.connect
def keep_our_own_logging(**signal: Any) -> None:
    """LOGGING of settings.py holds for worker and beat too, whatever --loglevel says: the last seal
    has to be in the log (docs/operations.md)."""


@worker_process_init.connect
def end_with_the_worker(**signal: Any) -> None:
    """A process of the pool never outlives its worker, however that ends."""
    end_with_parent()
