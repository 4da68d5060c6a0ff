"""Processes that never outlive whatever started them, however that ends.

Tested in `local.tests.test_embedded` and `local.tests.test_supervisor`.
"""

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(how: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends `how` when the starting thread ends, even by `kill -9`."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def set_signal() -> None:
        # A shell that starts us with `&` leaves these ignored, and a child would inherit that.
        for asked in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.SIG_DFL)
        prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return set_signal


def end_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """From now on the kernel sends `how` to this process when its parent dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
