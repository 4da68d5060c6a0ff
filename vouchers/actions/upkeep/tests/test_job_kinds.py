"""The kinds of jobs: each has its row, its subject, and who may ask for it; nothing falls
through."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.refused import Refused
from conftest import Cast
from vouchers.actions.files import provider_files
from vouchers.actions.upkeep import jobs
from vouchers.actions.upkeep.job_kinds import KINDS
from vouchers.actions.upkeep.jobs import NotAJob
from vouchers.models import HandOut, Job, Period, ProviderFile
from vouchers.states import FileKind, JobState
from vouchers.tests.factories import at, code_csv, granted_request, load_codes

NOW = at(date(2020, 3, 11))


@pytest.fixture
def file(cast: Cast) -> ProviderFile:
    """A file with codes that nobody has checked yet."""
    return provider_files.receive(
        kind=FileKind.CODES, provider=cast.provider, pool=cast.pool, name="codes.csv",
        content=code_csv(["C1"]), by=cast.officer, now=NOW,
    ).file  # fmt: skip


def subjects(cast: Cast, file: ProviderFile) -> dict[type, dict[str, Any]]:
    """What a job can be about, by the name of its field."""
    return {ProviderFile: {"file": file}, Period: {"period": cast.period}}


@pytest.mark.parametrize("kind", list(Job.Kind))
def test_each_kind_has_its_row_and_the_portal_knows_it(kind: Job.Kind) -> None:
    assert jobs.kind_of(Job(kind=kind)) is KINDS[kind]
    assert "{job}" in str(KINDS[kind].sorry)


@pytest.mark.parametrize("kind", list(Job.Kind))
def test_the_database_and_the_row_agree_on_what_a_kind_is_about(
    cast: Cast, file: ProviderFile, kind: Job.Kind
) -> None:
    for about, fields in subjects(cast, file).items():
        job = Job(kind=kind, created_at=NOW, created_by=cast.officer, **fields)
        if about is KINDS[kind].about:
            job.save()
            assert jobs.subject_of(job) in fields.values()
            continue
        with pytest.raises(IntegrityError, match="job_kind_has_its_field"), transaction.atomic():
            job.save()


@pytest.mark.parametrize("kind", list(Job.Kind))
def test_a_job_about_nothing_another_thing_or_two_is_refused(
    cast: Cast, file: ProviderFile, kind: Job.Kind
) -> None:
    own = subjects(cast, file).pop(KINDS[kind].about)
    both: dict[str, Any] = {"file": file, "period": cast.period}
    other = {name: each for name, each in both.items() if name not in own}
    for fields in ({}, other, both):
        with pytest.raises(NotAJob):
            jobs.enqueue(kind=kind, by=cast.officer, now=NOW, **fields)
    assert not Job.objects.exists()


@pytest.mark.parametrize("who", ["coordinator", "provider_user", "other_provider_user"])
@pytest.mark.parametrize("kind", list(Job.Kind))
def test_each_kind_says_who_may_ask_it(
    cast: Cast, file: ProviderFile, kind: Job.Kind, who: str
) -> None:
    """Codes and whole periods are the ministry's."""
    load_codes(cast.pool, by=cast.officer, codes=1)
    granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    fields = subjects(cast, file)[KINDS[kind].about]
    with pytest.raises(Refused):
        jobs.enqueue(kind=kind, by=getattr(cast, who), now=NOW, **fields)
    assert not Job.objects.exists()
    if kind != Job.Kind.ERASE:  # of a period long closed
        assert jobs.enqueue(kind=kind, by=cast.officer, now=NOW, **fields).kind == kind


def test_a_job_of_which_nobody_knows_the_work_fails_and_does_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    granted_request(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    job = jobs.enqueue(kind=Job.Kind.HAND_OUT, period=cast.period, by=cast.officer, now=NOW)
    monkeypatch.setattr(jobs, "_kinds", {})
    assert jobs.run(job_id=job.pk, worker="host:1", now=NOW)
    job.refresh_from_db()
    assert (job.state, job.result, HandOut.objects.count()) == (JobState.FAILED, {}, 0)
    assert job.error == (
        "Er ging iets mis aan onze kant. Er is niets half gedaan. Probeer het opnieuw; lukt het "
        f"weer niet, mail ons dan en vermeld taak {job.pk}."
    )
    with pytest.raises(NotAJob):
        jobs.retry(job=job, by=cast.officer, now=NOW)
