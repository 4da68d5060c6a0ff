"""Sample data and real people never share a database; a demo is never served as the real thing."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from accounts.tests.factories import make_ministry_user
from history.models import PortalMark
from history.portal_mark import (
    is_demo,
    refuse_demo_without_switch,
    refuse_real_data_with_switch,
)
from local.demo_mark import RealData, mark_as_demo, refuse_real_data
from local.tests.stack import start
from schools.tests.factories import make_school

SENTENCE = "This database is marked as a demo with fictitious data, and DEMO is off."
REAL = "DEMO is on, and this database holds data that the demo did not make."


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


COMMANDS = {
    "web": ["-c", "import voucherportal.wsgi; print('serving')"],
    "worker": ["-m", "celery", "-A", "voucherportal", "worker"],
    "seal": ["-m", "celery", "-A", "voucherportal", "worker", "-Q", "seal"],
    "beat": ["-m", "celery", "-A", "voucherportal", "beat"],
}


@pytest.mark.django_db(transaction=True)
def test_gunicorns_application_does_not_import_on_a_demo_without_the_switch() -> None:
    mark_as_demo()
    done = start(*COMMANDS["web"], kind="web")
    assert done.returncode == 1
    assert SENTENCE in done.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("marked", "demo"), [(True, "1"), (False, "0")])
def test_gunicorns_application_imports(marked: bool, demo: str) -> None:
    if marked:
        mark_as_demo()
    done = start(*COMMANDS["web"], kind="web", DEMO=demo)
    assert (done.returncode, done.stdout) == (0, "serving\n")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", ["worker", "seal", "beat"])
def test_celery_does_not_start_on_a_demo_without_the_switch(program: str) -> None:
    mark_as_demo()
    done = start(*COMMANDS[program], kind=program)
    assert done.returncode == 1
    assert SENTENCE in done.stdout + done.stderr


@pytest.mark.django_db(transaction=True)
def test_management_commands_run_on_a_demo_without_the_switch() -> None:
    mark_as_demo()
    done = start("manage.py", "showmigrations", kind="command")
    assert (done.returncode, done.stderr) == (0, "")


# DEMO on by mistake (finding 13)


@pytest.mark.django_db
@override_settings(DEMO=True)
def test_with_the_switch_real_data_are_not_served() -> None:
    make_ministry_user()
    with pytest.raises(ImproperlyConfigured, match=REAL):
        refuse_real_data_with_switch()
    mark_as_demo_anyway()
    refuse_real_data_with_switch()


def mark_as_demo_anyway() -> None:
    PortalMark.objects.update_or_create(only=True, defaults={"demo": True})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", COMMANDS)
def test_nothing_starts_on_real_data_with_the_switch(program: str) -> None:
    make_ministry_user()
    done = start(*COMMANDS[program], kind=program, DEMO="1")
    assert done.returncode == 1
    assert REAL in done.stdout + done.stderr


@pytest.mark.django_db(transaction=True)
def test_no_command_runs_on_real_data_with_the_switch() -> None:
    make_ministry_user()
    done = start("manage.py", "balance", kind="command", DEMO="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert REAL in done.stderr
