"""The components of templates/components, as a page includes them."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from accounts.models import User
from common.templatetags.portal import page_numbers

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*\bsrc=)|(src|href)=\"https?://"
)


def show(component: str, **parameters: object) -> str:
    """A component, included with `only`, on one line."""
    pairs = " ".join(f"{name}={name}" for name in parameters)
    arguments = f"with {pairs} only" if pairs else "only"
    source = f'{{% include "components/{component}.html" {arguments} %}}'
    template = engines["django"].from_string(source)
    request = RequestFactory().get("/lijst/", {"status": "wacht", "page": "2"})
    return re.sub(r"[ \n]+", " ", template.render(parameters, request)).strip()


def links(html: str) -> list[str]:
    return [unescape(url) for url in re.findall(r'href="([^"#]*)"', html)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script_or_a_foreign_address(path: Path) -> None:
    html = re.sub(r"\{[%#].*?[%#]\}", "", path.read_text())
    assert [found.group() for found in INLINE.finditer(html)] == []


def test_paging_keeps_the_filter_in_the_address() -> None:
    html = show("pagination", page_obj=Paginator(range(120), 50).page(2))
    pages = [f"?status=wacht&page={number}" for number in (1, 1, 3, 3)]
    assert links(html) == pages
    assert "Pagina 2 van 3" in html


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (1, [1, 2, None, 460]),
        (3, [1, 2, 3, 4, None, 460]),
        (230, [1, None, 229, 230, 231, None, 460]),
        (460, [1, None, 459, 460]),
    ],
)
def test_of_hundreds_of_pages_the_first_the_last_and_the_neighbours_are_shown(
    page: int, shown: list[int | None]
) -> None:
    assert page_numbers(Paginator(range(23_000), 50).page(page)) == shown


def test_one_page_needs_no_paging() -> None:
    assert show("pagination", page_obj=Paginator(range(50), 50).page(1)) == ""


@pytest.mark.parametrize(
    ("sort", "address", "state"),
    [
        ("", "?status=wacht&sort=naam", ""),
        ("naam", "?status=wacht&sort=-naam", 'aria-sort="ascending"'),
        ("-naam", "?status=wacht&sort=naam", 'aria-sort="descending"'),
    ],
)
def test_a_heading_sorts_up_then_down_from_the_first_page(
    sort: str, address: str, state: str
) -> None:
    html = show("sort_header", label="Naam", field="naam", sort=sort)
    assert links(html) == [address]
    assert re.findall(r'aria-sort="\w+"', html) == [state][: len(state)]


@pytest.mark.parametrize(
    ("shown", "total", "said"),
    [(37, 2300, "37 van 2.300 aanvragen"), (2300, 2300, "2.300 aanvragen"), (1, 1, "1 aanvraag")],
)
def test_a_list_says_how_many_in_words(shown: int, total: int, said: str) -> None:
    html = show("list_count", shown=shown, total=total, one="aanvraag", many="aanvragen")
    assert re.sub("<[^>]+>", "", html) == said


def test_a_status_is_words_and_an_icon() -> None:
    html = show("status_pill", text="Codes klaar", tone="success")
    assert "Codes klaar" in html
    assert "icons.svg#success" in html


def test_what_people_typed_is_text_in_every_component() -> None:
    html = show("status_pill", text="<script>alert(1)</script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_progress_asks_every_second_until_it_is_finished() -> None:
    running = show("progress", percentage=40, sentence="Bezig", poll_url="/taak/1/", finished=False)
    finished = show(
        "progress",
        percentage=100,
        sentence="Klaar",
        poll_url="/taak/1/",
        finished=True,
        result_url="/taak/1/uitkomst/",
        result_label="Bekijk de uitkomst",
    )
    assert 'hx-trigger="every 1s"' in running
    assert '<progress aria-labelledby="voortgang-zin" max="100" value="40">' in running
    assert "hx-trigger" not in finished
    assert links(finished) == ["/taak/1/uitkomst/"]


def test_progress_promises_only_what_it_is_told() -> None:
    promise = "Je mag deze pagina sluiten, we mailen je als het klaar is."
    parameters = {"sentence": "Bezig", "poll_url": "/taak/1/", "finished": False}
    assert promise not in show("progress", **parameters)
    assert promise in show("progress", promise=promise, **parameters)


@pytest.mark.parametrize(
    ("parameters", "number"),
    [({"number": 47000}, "47.000"), ({"share": 0.1686}, "16,9\u00a0%"), ({}, "–")],
)
def test_a_figure_starts_with_its_number(parameters: dict[str, object], number: str) -> None:
    html = show("figure", label="geactiveerd", **parameters)
    assert re.sub("<[^>]+>", "|", html).split("|")[2].strip() == number


def test_the_bulk_bar_names_the_whole_list_only_when_it_knows_the_total() -> None:
    actions = [{"value": "approve", "label": "Goedkeuren"}]
    html = show("bulk_bar", actions=actions, total=2300, many="aanvragen")
    assert 'name="everything" value="1"' in html
    assert 'data-total="2300"' in html
    assert "Alle 2.300 aanvragen" in html
    assert "everything" not in show("bulk_bar", actions=actions)


def test_signing_out_is_a_form_with_a_token() -> None:
    html = show("account_menu", user=User(name="Karin Eigen", email="karin@example.org"))
    assert '<form method="post" action="/account/logout/">' in html
    assert re.search(r'name="csrfmiddlewaretoken" value="\w+"', html)


def test_a_confirmation_sends_along_what_was_chosen() -> None:
    request = RequestFactory().get("/aanvragen/goedkeuren/")
    template = engines["django"].get_template("components/confirmation.html")
    html = template.render(
        {
            "title": "Deze 2 aanvragen goedkeuren?",
            "happens": ["Samen 12 leerlingen."],
            "fields": [("selected", "1"), ("selected", "2")],
            "button": "2 aanvragen goedkeuren",
            "cancel_url": "/aanvragen/",
        },
        request,
    )
    assert re.findall(r'name="selected" value="(\d)"', html) == ["1", "2"]
    assert "csrfmiddlewaretoken" in html
    assert html.count("<h1>") == 1
