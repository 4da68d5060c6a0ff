"""What pages say about jobs: every kind has its own words and addresses."""

from datetime import date

import pytest
from django.urls import reverse

from conftest import Cast, SignIn
from pages.shared.job_pages import JOB_PAGES, JobPage, page_for
from vouchers.actions.files import provider_files
from vouchers.actions.upkeep.job_kinds import KINDS
from vouchers.models import Job, ProviderFile
from vouchers.states import FileKind, FileState, JobState
from vouchers.tests.factories import at, code_csv

NOW = at(date(2020, 3, 11))


@pytest.fixture
def pages(cast: Cast) -> list[JobPage]:
    """A job of each kind, as an officer sees it."""
    file = provider_files.receive(
        kind=FileKind.CODES,
        provider=cast.provider,
        pool=cast.pool,
        name="codes.csv",
        content=code_csv(["C1"]),
        by=cast.officer,
        now=NOW,
    ).file
    return [page_for(_job(cast, kind, file), cast.officer) for kind in Job.Kind]


def _job(cast: Cast, kind: Job.Kind, file: ProviderFile) -> Job:
    fields = {"file": file} if KINDS[kind].about is ProviderFile else {"period": cast.period}
    return Job.objects.create(kind=kind, created_at=NOW, created_by=cast.officer, **fields)


def test_each_kind_has_its_page() -> None:
    assert set(JOB_PAGES) == set(Job.Kind)
    assert len(set(JOB_PAGES.values())) == len(Job.Kind)


def test_each_kind_has_words_of_its_own(pages: list[JobPage]) -> None:
    for words in (
        [page.title for page in pages],
        [page.going_on for page in pages],
        [page.sentence for page in pages],
    ):
        assert all(words)
        assert len(set(words)) == len(pages)
    assert all(page.done.startswith("Klaar") for page in pages)


def test_a_job_that_failed_says_why(pages: list[JobPage]) -> None:
    for page in pages:
        page.job.state, page.job.error = JobState.FAILED, f"Mislukt: {page.job.pk}."
        assert page.sentence == f"Mislukt: {page.job.pk}."


def test_the_addresses_of_each_kind_lead_somewhere(
    cast: Cast, pages: list[JobPage], as_user: SignIn
) -> None:
    client = as_user(cast.officer)
    listed = client.get(reverse("ministry_jobs"))
    assert {(job, about) for job, about, _state in listed.context["rows"]} == {
        (page.job, page.about) for page in pages
    }
    for page in pages:
        own = client.get(reverse("job_progress", args=[page.job.pk]))
        assert own.context["title"] == page.title
        assert own.context["progress"] == page.progress
        for url in (page.address, page.about.url, page.parent.url, page.next.url):
            assert client.get(url, follow=True).status_code == 200
        assert page.about.label
        assert page.parent.label
        assert page.next.label


def test_what_failed_on_a_file_is_tried_again_only_while_the_file_waits_for_it(
    pages: list[JobPage],
) -> None:
    of = {page.job.kind: page for page in pages}
    sense = {}
    for state in FileState:
        for kind in (Job.Kind.CHECK_FILE, Job.Kind.APPLY_FILE):
            file = of[kind].job.file
            assert file
            file.state = state
            if of[kind].makes_sense:
                sense[kind] = state
    assert sense == {
        Job.Kind.CHECK_FILE: FileState.RECEIVED,
        Job.Kind.APPLY_FILE: FileState.CHECKED,
    }
    assert of[Job.Kind.HAND_OUT].makes_sense
