"""Sample data and real people never share a database; a demo is never served as the real thing."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from accounts.tests.factories import make_ministry_user
from history.models import PortalMark
from history.portal_mark import is_demo, refuse_demo_without_switch
from local.demo_mark import RealData, mark_as_demo, refuse_real_data
from local.tests.stack import own_servers
from schools.tests.factories import make_school
from voucherportal.environment import BASE_DIR

SENTENCE = "This database is marked as a demo with fictitious data, and DEMO is off."


@pytest.mark.django_db
def test_an_empty_database_may_get_sample_data() -> None:
    refuse_real_data()
    mark_as_demo()
    assert is_demo()


@pytest.mark.django_db
def test_a_database_with_an_organisation_gets_no_sample_data() -> None:
    make_school(number="000018")
    with pytest.raises(RealData, match="an empty database only"):
        mark_as_demo()
    assert PortalMark.objects.count() == 0


@pytest.mark.django_db
def test_a_database_with_a_person_gets_no_sample_data() -> None:
    make_ministry_user()
    with pytest.raises(RealData, match="an empty database only"):
        refuse_real_data()


@pytest.mark.django_db
def test_a_demo_database_may_get_more_sample_data() -> None:
    mark_as_demo()
    make_school(number="000018")
    refuse_real_data()


@pytest.mark.django_db
@pytest.mark.parametrize(("demo", "switch"), [(False, False), (False, True), (True, True)])
def test_serving_starts(demo: bool, switch: bool) -> None:
    if demo:
        mark_as_demo()
    with override_settings(DEMO=switch):
        refuse_demo_without_switch()


@pytest.mark.django_db
@override_settings(DEMO=False)
def test_serving_a_demo_without_the_switch_is_refused() -> None:
    mark_as_demo()
    with pytest.raises(ImproperlyConfigured, match=SENTENCE):
        refuse_demo_without_switch()


def start(*command: str, demo: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the test database as production would, with the switch DEMO as given."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    environment = {
        **inherited,
        **own_servers(),
        "PUBLIC_URL": "https://vouchers.example.org",
        "TRUSTED_PROXIES": "1",
        "DEMO": demo,
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_gunicorns_application_does_not_import_on_a_demo_without_the_switch() -> None:
    mark_as_demo()
    done = start("-c", "import voucherportal.wsgi", demo="0")
    assert done.returncode == 1
    assert SENTENCE in done.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("marked", "demo"), [(True, "1"), (False, "0")])
def test_gunicorns_application_imports(marked: bool, demo: str) -> None:
    if marked:
        mark_as_demo()
    done = start("-c", "import voucherportal.wsgi; print('serving')", demo=demo)
    assert (done.returncode, done.stdout) == (0, "serving\n")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", ["worker", "beat"])
def test_celery_does_not_start_on_a_demo_without_the_switch(program: str) -> None:
    mark_as_demo()
    done = start("-m", "celery", "-A", "voucherportal", program, demo="0")
    assert done.returncode == 1
    assert SENTENCE in done.stdout + done.stderr


@pytest.mark.django_db(transaction=True)
def test_management_commands_run_on_a_demo_without_the_switch() -> None:
    mark_as_demo()
    done = start("manage.py", "showmigrations", demo="0")
    assert (done.returncode, done.stderr) == (0, "")
