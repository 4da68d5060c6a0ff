"""The Celery application: work that outlives a page view. Settings: `CELERY_*` in settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")

app = Celery("voucherportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
