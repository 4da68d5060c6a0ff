"""The Celery application: work that outlives a page view. Settings: `CELERY_*` in settings.py.

Tested in `voucherportal.tests.test_tasks` and `local.tests.test_demo_mark`.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_process_init
from django.core.exceptions import ImproperlyConfigured

from common.processes import end_with_parent
from voucherportal.start import check_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")

app = Celery("voucherportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_wrong_database(**signal: Any) -> None:
    """Stop a worker or beat with one sentence when the database is a demo's and DEMO is off, or our
    login owns it."""
    try:
        check_database()
    except ImproperlyConfigured as refusal:
        # A signal swallows every Exception; SystemExit is not one.
        raise SystemExit(str(refusal)) from refusal


@worker_process_init.connect
def end_with_the_worker(**signal: Any) -> None:
    """A process of the pool never outlives its worker, however that ends."""
    end_with_parent()
