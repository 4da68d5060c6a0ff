"""Wiring of the portal: settings, servers, jobs, addresses. No rule of the scheme is in here."""

from voucherportal.celery import app as celery_app

__all__ = ["celery_app"]
