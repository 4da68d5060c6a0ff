"""Which texts in the code are for people to read: in Dutch, wherever they are."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template import Template
from django.template.base import Lexer, TokenType
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

BASE_DIR = Path(__file__).resolve().parents[2]
CODE = (
    "common", "history", "schools", "accounts", "vouchers", "reports", "pages", "local",
    "voucherportal",
)  # fmt: skip
NOT_SHOWN = {"tests", "migrations"}
# Positions of (context, singular, plural) among the arguments of Django's functions.
ARGUMENTS = {
    "gettext": (None, 0, None), "gettext_lazy": (None, 0, None), "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1), "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None), "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2), "npgettext_lazy": (0, 1, 2),
}  # fmt: skip
IN_EXPRESSION = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')\)""")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that people read, in Dutch as in the code."""

    singular: str
    plural: str | None = None
    context: str | None = None

    @property
    def id(self) -> Any:
        """The key in a catalogue: one text, or the pair of singular and plural."""
        return (self.singular, self.plural) if self.plural else self.singular

    @property
    def order(self) -> tuple[str, ...]:
        return self.singular, self.plural or "", self.context or ""


class NotAText(Exception):
    """Code asks for the translation of something that is not a literal: nobody can translate it."""


def texts_of_code() -> dict[Text, set[str]]:
    """Every text of the Python code and the templates, with the files it is in."""
    found: dict[Text, set[str]] = {}
    for path, reader in sources():
        name = path.relative_to(BASE_DIR).as_posix()
        try:
            texts = list(reader(path.read_text(encoding="utf-8")))
        except Exception as error:
            error.add_note(f"in {name}")
            raise
        for text in texts:
            found.setdefault(text, set()).add(name)
    return found


def sources() -> Iterator[tuple[Path, Callable[[str], Iterator[Text]]]]:
    """Every file that may hold a text, with the function that reads its texts."""
    for folder in CODE:
        for path in sorted((BASE_DIR / folder).rglob("*.py")):
            if not NOT_SHOWN & set(path.relative_to(BASE_DIR).parts):
                yield path, texts_of_python
    for path in sorted((BASE_DIR / "templates").rglob("*.*")):
        yield path, texts_of_template


def texts_of_python(source: str) -> Iterator[Text]:
    """The texts in calls of Django's gettext functions, under whatever name they were imported."""
    tree = ast.parse(source)
    names = names_of_gettext(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield _text_of_call(node, *ARGUMENTS[names[node.func.id]])


def names_of_gettext(tree: ast.AST) -> dict[str, str]:
    """The names that this module gives to Django's gettext functions, and which each is."""
    return {
        each.asname or each.name: each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for each in node.names
        if each.name in ARGUMENTS
    }


def _text_of_call(call: ast.Call, context: int | None, singular: int, plural: int | None) -> Text:
    def argument(position: int | None) -> str | None:
        if position is None:
            return None
        given = call.args[position]
        if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
            raise NotAText(f"line {call.lineno}: {ast.unparse(call)}")
        return given.value

    return Text(argument(singular) or "", argument(plural), argument(context))


def texts_of_template(source: str) -> Iterator[Text]:
    """The texts of `translate`, `blocktranslate` and `_("…")`, as Django reads a template."""
    nodes = Template(source).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield _text_of_translate(node)
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        yield _text_of_block(node)
    for token in Lexer(source).tokenize():
        if token.token_type in {TokenType.VAR, TokenType.BLOCK}:
            for double, single in IN_EXPRESSION.findall(token.contents):
                yield Text(double or single)


def _text_of_translate(node: Any) -> Text:
    written = getattr(node.filter_expression.var, "literal", node.filter_expression.var)
    if not isinstance(written, str):
        raise NotAText(f"translate {node.filter_expression.token}")
    return Text(written, context=_literal(node.message_context))


def _text_of_block(node: Any) -> Text:
    def written(tokens: Any) -> str:
        text: str = node.render_token_list(tokens)[0]
        return text

    plural = written(node.plural) if node.plural else None
    return Text(written(node.singular), plural, _literal(node.message_context))


def _literal(context: Any) -> str | None:
    return None if context is None else str(context.var)
