"""The storm itself: a crowd, a worker, and the moments at which something dies."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import Error, connection

from local.supervisor import Program
from storm import clients, failures, ledger, work
from storm.ledger import Ledger
from storm.stage import Size, Stage, build
from storm.sweep import Finding, sweep

Programs = dict[str, Program]

# Long enough for beat to do its round twice.
CALM_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a part of the run: whether it is as it should be, and why."""

    name: str
    good: bool
    figures: str
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        lines = [f"{'ok' if self.good else 'WRONG':6} {self.name}: {self.figures}"]
        lines += [f"         {finding}" for finding in self.findings if finding.count]
        return "\n".join(lines)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def run(size: Size, folder: Path, *, small: bool) -> Verdict:
    """Build the stage, let the storm pass and sweep. small: fewer things die."""
    stage = build(size)
    say(f"{len(stage.loaded)} codes, {len(stage.requests)} requests by {size.processes} processes")
    programs = failures.programs(folder)
    if small:  # a small run does not wait for its minute: see `calm`
        del programs["beat"]
    for program in programs.values():
        program.start()
    started = time.monotonic()
    try:
        pages = pass_over(stage, size, folder, programs, small=small)
        took = time.monotonic() - started
        calm(stage, programs, small=small)
    finally:
        for program in programs.values():
            program.kill_group()
    told = ledger.read(pages)
    findings = tuple(sweep(stage.loaded, told))
    return Verdict(
        name="storm",
        good=not any(finding.count for finding in findings),
        figures=figures_of(told, size, took),
        findings=findings,
    )


def pass_over(stage: Stage, size: Size, folder: Path, programs: Programs, *, small: bool) -> Path:
    """The crowd works, and things die at given shares of its work. Returns the folder of the
    ledger."""
    pages = folder / "ledger"
    pages.mkdir()
    turns = clients.Turns.of(len(stage.requests))
    crowd = clients.crowd(stage, turns, pages, processes=size.processes)
    servers = failures.Servers(settings.EMBEDDED_ROOT)
    for share, name, act in happenings(stage, pages, servers, programs["worker"], small=small):
        while turns.share < share and any(client.is_alive() for client in crowd):
            look_after(programs)
        say(f"{turns.share:4.0%} {name}")
        patiently(act)
    while any(client.is_alive() for client in crowd):
        look_after(programs)
    return pages


def look_after(programs: Programs) -> None:
    """What the supervisor of a server does: restart what ended. A worker that loses its Redis may
    exit."""
    for program in programs.values():
        program.keep_running()
    time.sleep(0.05)


Happening = tuple[float, str, Callable[[], None]]


def happenings(
    stage: Stage, pages: Path, servers: failures.Servers, worker: Program, *, small: bool
) -> list[Happening]:
    """What happens at which share of the crowd's work, in order."""
    report = partial(work.report_activations, stage, pages)
    apply = partial(work.apply_checked, stage)
    kill = partial(failures.kill_worker, worker)
    few: list[Happening] = [
        (0.10, "activations reported", report),
        (0.12, "worker killed", kill),
        (0.30, "period handed out by a job", partial(work.job_hands_out, stage)),
        (0.40, "files applied by jobs", apply),
        (0.45, "PostgreSQL crashes", partial(servers.restart_postgres, signal.SIGQUIT)),
        (0.60, "activations reported", report),
        (0.70, "Redis killed", partial(servers.restart_redis, signal.SIGKILL)),
    ]
    more: list[Happening] = [
        (0.33, "worker killed", kill),
        (0.50, "Redis stops", partial(servers.restart_redis, signal.SIGTERM)),
        (0.65, "worker killed", kill),
        (0.80, "PostgreSQL stops", partial(servers.restart_postgres, signal.SIGINT)),
        (0.85, "files applied by jobs", apply),
    ]
    return sorted(few if small else few + more, key=lambda each: each[0])


def patiently(act: Callable[[], None]) -> None:
    """Do it, retrying while the database is away."""
    for _attempt in range(50):
        try:
            return act()
        except Error:
            connection.close()
            time.sleep(0.2)
    return act()


def calm(stage: Stage, programs: Programs, *, small: bool) -> None:
    """Wait until the worker has done what is left."""
    deadline = time.monotonic() + CALM_SECONDS
    while left := work.unfinished():
        if time.monotonic() > deadline:
            say(f"did not end in {CALM_SECONDS:.0f} s: {left} jobs, files and mails")
            return
        work.apply_checked(stage)
        if small:
            work.go_by_as_beat()
        for _wait in range(20):
            look_after(programs)


def figures_of(told: Ledger, size: Size, took: float) -> str:
    """What happened, in one line."""
    seen = len(told.seen)
    return (
        f"{sum(told.handed_out.values())} codes handed out in {told.did['hand out']} requests and"
        f" {seen} shown by {size.processes} processes in {took:.0f} s;"
        f" {told.did['take back']} times taken back, {told.did['unknown']} answers lost,"
        f" {work.interrupted()} jobs taken up again, refused: "
        + ", ".join(f"{number} {why}" for why, number in told.refused.most_common())
    )
