"""Texts that would escape the catalogue: written directly, or translated at the wrong moment."""

import ast
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.template.base import Lexer, TokenType

from common.texts.found_in_code import names_of_gettext, sources, texts_of_python, texts_of_template

SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-label", "data-template"}
VALUE = "x"  # stands for what a template fills in


def test_no_template_has_text_outside_the_catalogue() -> None:
    found = {
        path.name: texts
        for path, reader in sources()
        if reader is texts_of_template and (texts := list(plain_texts(path.read_text())))
    }
    assert found == {}


def test_nothing_is_translated_when_a_module_is_imported() -> None:
    found = [
        f"{path.name}:{line}"
        for path, reader in sources()
        if reader is texts_of_python
        for line in frozen(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "template",
    ["<p>Vul in</p>", '<a aria-label="Vul in" href="/x/">{{ x }}</a>', "{% if a %}Ja{% endif %}"],
)
def test_a_plain_text_is_found(template: str) -> None:
    assert len(list(plain_texts(template))) == 1


def test_a_frozen_text_is_found() -> None:
    module = (
        "from django.utils.translation import gettext as _, gettext_lazy\n"
        "A = _('bevroren')\nB = gettext_lazy('later')\nC = lambda: _('later')\n"
        "def f(a=_('bevroren')):\n    return _('later')\n"
    )
    assert sorted(frozen(module)) == [2, 5]


def plain_texts(source: str) -> Iterator[str]:
    """The text of a template outside its tags for translation."""
    reader = PlainTexts()
    reader.feed("".join(outside_translation(source)))
    reader.close()
    yield from reader.found


def outside_translation(source: str) -> Iterator[str]:
    inside = False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.split_contents()[0]
            inside = name == "blocktranslate" or (inside and name != "endblocktranslate")
        elif token.token_type == TokenType.VAR:
            yield VALUE
        elif token.token_type == TokenType.TEXT and not inside:
            yield token.contents


class PlainTexts(HTMLParser):
    """Text and spoken attributes with two letters or more."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if value and name in SPOKEN and says(value)]

    def handle_data(self, data: str) -> None:
        if says(data):
            self.found.append(data.strip())


def says(text: str) -> bool:
    """Whether it holds a word, other than what stands for a filled-in value."""
    return any(len(word.strip("x")) > 1 for word in text.split() if word.isalpha())


def frozen(source: str) -> Iterator[int]:
    """Lines that translate while a module is imported: in whatever language is active then."""
    tree = ast.parse(source)
    names = {
        name
        for name, function in names_of_gettext(tree).items()
        if not function.endswith(("_lazy", "_noop"))
    }
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno
        waiting += run_on_import(node)


def run_on_import(node: ast.AST) -> list[ast.AST]:
    """The parts that run when it is defined."""
    if isinstance(node, ast.Lambda):
        return []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*node.decorator_list, node.args]
    return list(ast.iter_child_nodes(node))
