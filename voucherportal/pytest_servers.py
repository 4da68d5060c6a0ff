"""Pytest plugin, named in the root conftest.py: the embedded servers are up while tests run."""

from collections.abc import Iterator

import pytest

from voucherportal import embedded


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Own the embedded servers when the settings use them; not for `--collect-only`."""
    from django.conf import settings

    if not settings.EMBEDDED_ROOT or session.config.option.collectonly:
        return (yield)
    ownership = embedded.own(settings.EMBEDDED_ROOT)
    try:
        return (yield)
    finally:
        ownership.release()
