"""Prints the path of a Chromium that runs, for `make test`: CHROMIUM, one on PATH, or one it
installs.

As root on Debian and its relatives that is the distribution's package, elsewhere playwright's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowser(RuntimeError):
    """No Chromium could be found or installed; the text says what to do."""


def find_or_install() -> str:
    """The path of a Chromium. Raises NoBrowser."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not runs(named):
            raise NoBrowser(f"CHROMIUM={named} does not run.")
        return named
    return on_path() or of_playwright() or installed()


def on_path() -> str | None:
    """The first Chromium on PATH that runs."""
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path and runs(path)), None)


def of_playwright() -> str | None:
    """The Chromium that playwright downloaded earlier."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and runs(path) else None


def installed() -> str:
    """Install one and return its path. Raises NoBrowser."""
    print("Installing a Chromium for the browser tests", file=sys.stderr)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        call("apt-get", "update", "-q")
        call("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium")
        path = on_path()
    else:
        call(sys.executable, "-m", "playwright", "install", "chromium")
        path = of_playwright()
    if path is None:
        raise NoBrowser(
            "A Chromium was installed but does not run, probably for lack of system libraries:"
            " install the package chromium of your system, or set CHROMIUM to one that runs."
        )
    return path


def call(*command: str) -> None:
    """Run an installer; its output goes to stderr, since stdout is for the path."""
    try:
        subprocess.run(
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.CalledProcessError):
        raise NoBrowser(
            f"No Chromium found and `{' '.join(command)}` failed: install one, or set CHROMIUM to"
            " its path."
        ) from None


def runs(path: str) -> bool:
    """Whether this program starts and prints its version."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoBrowser as refusal:
        sys.exit(str(refusal))
