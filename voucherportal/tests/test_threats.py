"""Every test that docs/threats.md names exists."""

import re

from voucherportal.environment import BASE_DIR

NAMED = re.compile(r"`(test_\w+\.py|…)(?:::(test_\w+))?`")


def test_what_stops_each_threat_is_shown_by_a_test_that_exists() -> None:
    texts: dict[str, str] = {}  # two apps may have a file of one name
    for path in BASE_DIR.glob("*/**/tests/test_*.py"):
        texts[path.name] = texts.get(path.name, "") + path.read_text(encoding="utf-8")
    named = NAMED.findall((BASE_DIR / "docs/threats.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    file = ""
    for name, test in named:
        file = file if name == "…" else name
        assert not test or f"def {test}(" in texts[file], f"{file}::{test}"
