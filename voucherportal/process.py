"""What a process of the portal is, and which secrets it may hold: each its own, and no more (ADR
39)."""

import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from pathlib import PurePath

from django.core.exceptions import ImproperlyConfigured

KEYS_OF_CODES = frozenset({"SECRET_KEY", "VOUCHER_KEYS", "FINGERPRINT_KEYS"})
FORMER = frozenset({"SECRET_KEY_FALLBACKS", "FINGERPRINT_KEY"})
SECRETS = KEYS_OF_CODES | FORMER | {"SEAL_KEYS", "DATABASE_OWNER_URL"}
SEAL_QUEUE = "seal"


class Process(StrEnum):
    WEB = "web"
    WORKER = "worker"
    BEAT = "beat"
    SEAL = "seal"
    COMMAND = "command"


# Web and worker need the same: both receive files (web encrypts what it takes in) and find codes,
# and web shows codes and prints letters.
NEEDED = {
    Process.WEB: KEYS_OF_CODES,
    Process.WORKER: KEYS_OF_CODES,
    Process.BEAT: frozenset(),
    Process.SEAL: frozenset({"SEAL_KEYS"}),
    Process.COMMAND: KEYS_OF_CODES,
}
# Beside what it needs. An operator's command may be anything, `migrate` and `verify_history` too.
ALLOWED = {
    Process.WEB: FORMER,
    Process.WORKER: FORMER,
    Process.BEAT: frozenset(),
    Process.SEAL: frozenset(),
    Process.COMMAND: SECRETS,
}


def how_started(argv: Sequence[str]) -> Process:
    """What this process is when PROCESS does not say: celery's words; gunicorn comes in by wsgi.py,
    which sets PROCESS."""
    program, words = PurePath(argv[0] if argv else ""), argv[1:]
    if "celery" not in (program.name, program.parent.name):
        return Process.COMMAND
    if "beat" in words:
        return Process.BEAT
    if "worker" not in words:
        return Process.COMMAND
    queues = [after for before, after in pairwise(words) if before == "-Q"]
    queues += [word.partition("=")[2] for word in words if word.startswith("--queues=")]
    return Process.SEAL if queues == [SEAL_QUEUE] else Process.WORKER


def this_process(argv: Sequence[str]) -> Process:
    """PROCESS, else how it was started. Raises ImproperlyConfigured for no such kind."""
    named = os.environ.get("PROCESS", "")
    if not named:
        return how_started(argv)
    if named not in set(Process):
        raise ImproperlyConfigured(f"PROCESS is none of {', '.join(Process)}.")
    return Process(named)


def not_its_own(values: Mapping[str, str], process: Process) -> list[str]:
    """The secrets among these that this process has no use for."""
    may = NEEDED[process] | ALLOWED[process]
    return sorted(name for name in SECRETS - may if values.get(name))


def own(values: Mapping[str, str], process: Process) -> dict[str, str]:
    """The same without the secrets that are not this process's."""
    others = not_its_own(values, process)
    return {name: text for name, text in values.items() if name not in others}
