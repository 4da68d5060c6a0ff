"""What pages say about each kind of job: one class per kind, to be read top down.

What the job does and who may ask for it: `vouchers.actions.upkeep.job_kinds`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from common.formats import as_number
from pages.ministry.division_forms import address_of
from vouchers.actions.hand_out.plan import Plan
from vouchers.actions.upkeep.erasing import erased_in_words
from vouchers.models import Job, Pool, ProviderFile
from vouchers.states import UNFINISHED_JOBS, FileState, JobState


class Link(NamedTuple):
    url: str
    label: str


@dataclass(frozen=True)
class JobPage(ABC):
    """What pages say about one job to a reader who may see it."""

    job: Job
    reader: User

    @property
    @abstractmethod
    def title(self) -> str:
        """What is being done, as a page heading."""

    @property
    @abstractmethod
    def about(self) -> Link:
        """What the job is about, for the ministry's list of jobs."""

    @property
    @abstractmethod
    def parent(self) -> Link:
        """The page above the job's own."""

    @property
    @abstractmethod
    def address(self) -> str:
        """The page that shows the result."""

    @property
    @abstractmethod
    def going_on(self) -> str:
        """What to say while it waits or runs."""

    @property
    @abstractmethod
    def next(self) -> Link:
        """Where to continue once it has ended."""

    @property
    def done(self) -> str:
        return _("Klaar.")

    @property
    def result(self) -> dict[str, Any]:
        """The result, as context for the job's own page."""
        return {}

    @property
    def makes_sense(self) -> bool:
        """Would another try be of any use?"""
        return True

    @property
    def sentence(self) -> str:
        if self.job.state == JobState.FAILED:
            return self.job.error
        return self.done if self.job.state == JobState.DONE else self.going_on

    @property
    def progress(self) -> dict[str, Any]:
        """The parameters of `components/progress.html`, during the job and after it."""
        job, ended = self.job, self.job.state not in UNFINISHED_JOBS
        return {
            "percentage": job.percentage if job.total else None,
            "sentence": self.sentence,
            "finished": ended,
            "tone": "error" if job.state == JobState.FAILED else "success",
            "poll_url": reverse("job_progress", args=[job.pk]),
            "promise": _("Je mag deze pagina sluiten. Het werk gaat door."),
            "result_url": self.next.url if ended else "",
            "result_label": self.next.label,
        }


class FilePage(JobPage):
    """A job on a file is shown on the page of that file."""

    # The state of the file while it waits for this job.
    needs: FileState

    @property
    def file(self) -> ProviderFile:
        assert self.job.file
        return self.job.file

    @property
    def title(self) -> str:
        return str(self.job.get_kind_display()).capitalize()

    @property
    def about(self) -> Link:
        return Link(reverse("ministry_file", args=[self.file.pk]), self.file.name)

    @property
    def parent(self) -> Link:
        return Link(self.address, self.file.name)

    @property
    def address(self) -> str:
        page = "provider_file" if self.reader.role == Role.PROVIDER else "ministry_file"
        return reverse(page, args=[self.file.pk])

    @property
    def next(self) -> Link:
        return Link(self.address, _("Bekijk het bestand"))

    @property
    def makes_sense(self) -> bool:
        return self.file.state == self.needs


class CheckFilePage(FilePage):
    needs = FileState.RECEIVED

    @property
    def going_on(self) -> str:
        job = self.job
        if job.state == JobState.QUEUED and not job.total:
            return _("Het bestand staat klaar om nagekeken te worden…")
        return _("Rij {done} van {total} nagekeken…").format(
            done=as_number(job.done), total=as_number(job.total)
        )


class ApplyFilePage(FilePage):
    needs = FileState.CHECKED

    @property
    def going_on(self) -> str:
        return _("We passen het bestand toe…")


class PeriodPage(JobPage):
    """A job on a whole period has a page of its own, under the list of jobs."""

    @property
    def about(self) -> Link:
        assert self.job.period
        requests = f"{reverse('ministry_requests')}?staat=alle&golf={self.job.period.slug}"
        return Link(requests, str(self.job.period))

    @property
    def parent(self) -> Link:
        return Link(reverse("ministry_jobs"), _("Taken"))

    @property
    def address(self) -> str:
        return reverse("job_progress", args=[self.job.pk])


class HandOutPage(PeriodPage):
    @property
    def title(self) -> str:
        return _("Codes uitreiken voor heel {period}").format(period=self.job.period)

    @property
    def going_on(self) -> str:
        return _("We reiken de codes uit…")

    @property
    def done(self) -> str:
        if "division" in self.job.result:
            return _("Klaar: de codes zijn verdeeld.")
        return _("Klaar: wie wachtte, kreeg een code.") if self.job.result else _("Klaar.")

    @property
    def next(self) -> Link:
        if self.job.result:
            return Link(self.served_url, _("Bekijk de aanvragen"))
        page = reverse("ministry_period_hand_out", args=[self.job.period_id])
        asked = address_of(Plan(**self.job.plan)) if self.job.plan else ""
        return Link(f"{page}?{asked}" if asked else page, _("Bekijk waarom"))

    @property
    def served_url(self) -> str:
        """The requests that got codes."""
        return f"{reverse('ministry_requests')}?staat=alle&taak={self.job.pk}"

    @property
    def result(self) -> dict[str, Any]:
        """Each count with a link to what it counts."""
        job = self.job
        if not job.result:
            return {"result": None}
        codes: dict[str, int] = job.result["pools"]
        pools = Pool.objects.with_last_day().filter(pk__in=codes)
        pools = pools.select_related("agreement__provider").order_by("pk")
        return {
            "result": {
                "period": job.period,
                "codes": job.result["codes"],
                "requests": job.result["requests"],
                "requests_url": self.served_url,
                "division": job.result.get("division"),
                "pools": [(pool, codes[str(pool.pk)]) for pool in pools],
            }
        }


class ErasePage(PeriodPage):
    @property
    def title(self) -> str:
        return _("{period} wissen").format(period=self.job.period)

    @property
    def going_on(self) -> str:
        return _("We wissen de golf…")

    @property
    def next(self) -> Link:
        return Link(reverse("ministry_periods"), _("Naar de golven"))

    @property
    def result(self) -> dict[str, Any]:
        return {"erased": erased_in_words(self.job.result)}


JOB_PAGES: dict[Job.Kind, type[JobPage]] = {
    Job.Kind.CHECK_FILE: CheckFilePage,
    Job.Kind.APPLY_FILE: ApplyFilePage,
    Job.Kind.HAND_OUT: HandOutPage,
    Job.Kind.ERASE: ErasePage,
}


def page_for(job: Job, reader: User) -> JobPage:
    """What pages say about this job to this reader."""
    return JOB_PAGES[Job.Kind(job.kind)](job, reader)
