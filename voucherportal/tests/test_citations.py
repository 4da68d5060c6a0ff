"""What code and docs cite exists: rules, failures, decisions, pages of docs and their parts.

The short forms: "rule 5", "failure 27", "ADR 22", "docs/figures.md", "docs/rules.md#words".
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "adr"
CITING = {".css", ".html", ".js", ".md", ".patch", ".py", ".sql", ".toml", ".txt", ".typ"}
NUMBERS = r"(\d+(?:(?:, | and |, and |–| to )\d+)*)"
# In rules.md and in the decisions these words number something.
KINDS = {"rule": "rule", "failure": "failure", "adr": "adr"}
NUMBERED = re.compile(rf"\b(rule|failure|adr)s? {NUMBERS}\b", re.IGNORECASE)
PAGE = re.compile(r"\bdocs/([\w/-]+\.md)(?:#([\w-]+))?")
NAMED = re.compile(r"`(\w+/[\w./-]*)[`#]")
LINK = re.compile(r"\]\(([^()\s]+)\)")
# Documents that are not in the repository, and numbers that mean nothing outside a tracker.
CLOSED = re.compile(
    r"(?<![\w-])design\.md|\bdesign,? (?:section|rule)|\bfailure[- ]modes?\b|\bissue \d|\.\./shared"
    r"|(?<!\]\()(?<![/\w-])(?:ui|facts|style)\.md",
    re.IGNORECASE,
)


class Text(NamedTuple):
    """A file that may cite, joined into one line: a citation may be split over two."""

    name: str
    text: str

    @property
    def in_one_line(self) -> str:
        return re.sub(r"[ \t]*\n[ \t#+-]*", " ", self.text)


def texts() -> Iterator[Text]:
    """Every text of ours but this one."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") or part == "node_modules" for part in parts)
        if hidden or path == Path(__file__) or not path.is_file():
            continue
        if path.suffix in CITING or path.name == "Makefile":
            yield Text("/".join(parts), path.read_text(encoding="utf-8"))


@cache
def anchors(page: Path) -> frozenset[str]:
    """What a link to a part of this page may name: its anchors and its headings."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return frozenset(re.findall(r'<a id="([^"]+)">', text)) | {slug(each) for each in headings}


def slug(heading: str) -> str:
    """The anchor that git hosts give a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def decisions() -> list[int]:
    return sorted(int(path.name[:4]) for path in DECISIONS.glob("[0-9]*.md"))


def numbered(kind: str) -> set[int]:
    if kind == "adr":
        return set(decisions())
    marks = [re.fullmatch(rf"{kind}-(\d+)", each) for each in anchors(DOCS / "rules.md")]
    return {int(mark[1]) for mark in marks if mark}


def dead_citations(text: str) -> list[str]:
    """What this text cites and nobody can find."""
    dead = [found[0] for found in CLOSED.finditer(text)]
    for found in NUMBERED.finditer(text):
        wanted = {int(number) for number in re.findall(r"\d+", found[2])}
        if not wanted <= numbered(found[1].lower()):
            dead.append(found[0])
    for found in PAGE.finditer(text):
        page = DOCS / found[1]
        if not page.is_file() or (found[2] and found[2] not in anchors(page)):
            dead.append(found[0])
    return dead


def test_what_is_cited_can_be_opened() -> None:
    dead = {each.name: dead_citations(each.in_one_line) for each in texts()}
    assert {name: found for name, found in dead.items() if found} == {}


def test_links_between_pages_lead_somewhere() -> None:
    dead = []
    for page in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            path, _hash, part = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (page.parent / path).resolve() if path else page
            if not there.exists() or (part and part not in anchors(there)):
                dead.append((page.name, target))
    assert dead == []


def test_decisions_have_numbers_without_a_gap_and_stand_in_the_index() -> None:
    assert decisions() == list(range(1, len(decisions()) + 1))
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d+)\]\((\d{4}-[\w-]+\.md)\) \|", index, re.MULTILINE)
    assert [name for _number, name in rows] == sorted(
        path.name for path in DECISIONS.glob("[0-9]*.md")
    )
    for number, name in rows:
        title = (DECISIONS / name).read_text(encoding="utf-8").splitlines()[0]
        assert title.startswith(f"# {number}. ")


def test_the_paths_that_pages_name_are_there() -> None:
    """In backticks, from the root: `vouchers/states.py`, `vouchers/models/`."""
    missing = []
    for page in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        for path in NAMED.findall(page.read_text(encoding="utf-8")):
            ours = (ROOT / path.partition("/")[0]).is_dir()
            if ours and not (ROOT / path).exists():
                missing.append((page.name, path))
    assert missing == []


def test_rules_and_failures_are_all_there() -> None:
    assert numbered("rule") == set(range(1, 12))
    assert numbered("failure") == set(range(1, 53))
    assert {"words", "states", "figures", "examples"} <= anchors(DOCS / "rules.md")


@pytest.mark.parametrize(
    "text",
    [
        "see design.md, section 5",
        "(design section 4)",
        "design rule 5",
        "issue 12",
        "(ui.md)",
        "rule 12",
        "rules 3 and 14",
        "failures 2, 3 and 99",
        "ADR 999",
        "docs/no-such-page.md",
        "docs/rules.md#no-such-part",
        "the failure mode 3",
    ],
)
def test_a_citation_that_leads_nowhere_is_found(text: str) -> None:
    """Control."""
    assert dead_citations(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "rule 5",
        "rules 1, 4 and 7",
        "Failures 2 and 3",
        "ADR 22",
        "docs/rules.md#figures",
        "a rule of the provider",
        "docs/facts.md",
        "docs/adr/0002-guards-from-states.md",
    ],
)
def test_a_citation_that_leads_somewhere_is_not(text: str) -> None:
    """Control."""
    assert dead_citations(text) == []
