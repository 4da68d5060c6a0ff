"""What is installed is what was chosen: each lock has its pins, and the hashes of everything."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)
CHOSEN = [
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-sbom.txt",
    "benchmarks/requirements.txt",
]
HASH = re.compile(r"sha256:[0-9a-f]{64}")


def chosen(path: Path) -> dict[str, str]:
    """Library → its pin, those of the files that it reads included."""
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].strip()
        if words.startswith("-r "):
            found |= chosen(path.parent / words.removeprefix("-r ").strip())
        elif words:
            pin = Requirement(words)
            found[canonicalize_name(pin.name)] = str(pin.specifier)
    return found


def locked(path: Path) -> dict[str, tuple[str, list[str]]]:
    """Library → its pin and its hashes, in a lock."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[str, list[str]]] = {}
    for line in text.splitlines():
        if line.strip() and not line.strip().startswith("#"):
            pin = Requirement(line.partition(" --hash")[0])
            found[canonicalize_name(pin.name)] = (str(pin.specifier), HASH.findall(line))
    return found


@pytest.mark.parametrize("name", CHOSEN)
def test_the_lock_fits_what_was_chosen(name: str) -> None:
    """After a pin changed: `make lock`."""
    pins, lock = chosen(ROOT / name), locked(ROOT / name.replace(".txt", ".lock"))
    assert pins
    assert {library: lock.get(library, ("",))[0] for library in pins} == pins
    assert all(re.fullmatch(r"==[^*,]+", pin) for pin, _hashes in lock.values())
    assert [library for library, (_pin, hashes) in lock.items() if not hashes] == []


def test_one_version_of_a_library_everywhere() -> None:
    """The peers of the bench stand in the same environment, and production runs what was tested."""
    production, tested, bench = (
        {library: pin for library, (pin, _hashes) in locked(ROOT / name).items()}
        for name in ("requirements.lock", "requirements-dev.lock", "benchmarks/requirements.lock")
    )
    assert production.items() <= tested.items()
    assert {name: pin for name, pin in bench.items() if tested.get(name, pin) != pin} == {}


def test_nothing_is_installed_but_by_a_lock() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"-r (\S+\.txt)", makefile) == []
    assert "pip install" not in makefile
    (words,) = re.findall(r"INSTALL_WORDS := (.*)", makefile)
    assert words.startswith("install ")
    assert "--require-hashes" in words
