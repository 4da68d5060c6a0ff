"""The portal's settings, middleware and WSGI application, with upload_site.py as its only pages."""

from django.conf import settings

from voucherportal.wsgi import application

__all__ = ["application"]

settings.ROOT_URLCONF = "common.tests.upload_site"
