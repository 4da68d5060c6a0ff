"""Which Chromium the tests use."""

import shutil
from pathlib import Path

import pytest

from local import browser


def test_a_named_browser_that_does_not_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(browser.NoBrowser, match="CHROMIUM=/nowhere/chromium does not run"):
        browser.find_or_install()


def test_the_first_name_on_path_that_runs_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, works = tmp_path / "chromium", tmp_path / "google-chrome"
    broken.write_text("#!/bin/sh\nexit 1\n")
    works.symlink_to(shutil.which("true") or "/bin/true")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.on_path() == str(works)


def test_an_installer_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(browser.NoBrowser, match="No Chromium found and `false` failed"):
        browser.call("false")
