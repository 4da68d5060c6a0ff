"""The English texts: which Dutch texts the code has, and their English in `locale/en`.

Pure Python, since the machine of a newcomer has no GNU gettext. `manage.py messages` brings the
file up to date with the code; `make env` compiles it (`python -m voucherportal.catalogue`).
"""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

BASE_DIR = Path(__file__).resolve().parent.parent
FOLDER = BASE_DIR / "locale/en"
PO = FOLDER / "LC_MESSAGES/django.po"
MO = PO.with_suffix(".mo")
SAME = FOLDER / "the_same.toml"
CODE = ("voucherportal", "schools", "vouchers", "reports")
NOT_SHOWN = {"tests", "migrations", ".venv"}
MADE_BY = {
    "project": "internetvouchers",
    "version": "0",
    "msgid_bugs_address": "",
    "last_translator": "",
    "language_team": "",
}
HEADER = "# English of the portal. The Dutch text is the msgid; words: docs/glossary.md."
# Positions of (context, singular, plural) among the arguments of Django's functions.
ARGUMENTS = {
    "gettext": (None, 0, None), "gettext_lazy": (None, 0, None), "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1), "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None), "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2), "npgettext_lazy": (0, 1, 2),
}  # fmt: skip
PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)[sd]")
IN_EXPRESSION = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')\)""")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that people read, as the code has it: in Dutch."""

    singular: str
    plural: str | None = None
    context: str | None = None

    @property
    def id(self) -> Any:
        """As a catalogue names it: one text, or the pair of singular and plural."""
        return (self.singular, self.plural) if self.plural else self.singular


class NotAText(Exception):
    """Code asks a translation of something that is not written there: nobody can translate it."""


# What the code says.


def texts_of_code() -> dict[Text, set[str]]:
    """Every text of the Python code and the templates, with the files in which it stands."""
    found: dict[Text, set[str]] = {}
    for path, reader in _sources():
        name = path.relative_to(BASE_DIR).as_posix()
        try:
            texts = list(reader(path.read_text(encoding="utf-8")))
        except Exception as error:
            error.add_note(f"in {name}")
            raise
        for text in texts:
            found.setdefault(text, set()).add(name)
    return found


def _sources() -> Iterator[tuple[Path, Any]]:
    for folder in CODE:
        for path in sorted((BASE_DIR / folder).rglob("*.py")):
            if not NOT_SHOWN & set(path.relative_to(BASE_DIR).parts):
                yield path, texts_of_python
    for path in sorted((BASE_DIR / "templates").rglob("*.*")):
        yield path, texts_of_template


def texts_of_python(source: str) -> Iterator[Text]:
    """The texts in calls of Django's gettext functions, under whatever name they were imported."""
    tree = ast.parse(source)
    names = dict(_names_of_gettext(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield _text_of_call(node, *ARGUMENTS[names[node.func.id]])


def _names_of_gettext(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for each in node.names:
                if each.name in ARGUMENTS:
                    yield each.asname or each.name, each.name


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
    from django.template import Template
    from django.template.base import Lexer, TokenType
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

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


# The file of translations.


def read() -> Catalog:
    """The translations as they stand in the file; an empty catalogue when there is none."""
    if not PO.exists():
        return Catalog(locale="en")
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def refreshed(old: Catalog, texts: dict[Text, set[str]]) -> Catalog:
    """The texts of the code with the translations that `old` has of them; new ones are empty."""
    new = Catalog(
        locale="en", header_comment=HEADER, creation_date=old.creation_date,
        revision_date=old.creation_date, fuzzy=False, **MADE_BY,
    )  # fmt: skip
    for text, files in texts.items():
        known = old.get(text.id, context=text.context)
        kept = known.string if known and known.id == text.id else ""
        flags = known.flags & {"fuzzy"} if known else set()
        locations = [(name, 0) for name in sorted(files)]
        new.add(text.id, kept, locations, flags, context=text.context)
    return new


def dropped(old: Catalog, new: Catalog) -> Iterator[tuple[Any, Any]]:
    """Texts, and their English, that the code no longer has: of use to who rewrote one."""
    for message in old:
        if message.id and new.get(message.id, context=message.context) is None:
            yield message.id, message.string


def as_po(catalog: Catalog) -> bytes:
    """A catalogue as its file: in the order of the code's files, which stand there without lines,
    so that a text that moves within its file changes nothing."""
    written = BytesIO()
    write_po(written, catalog, width=100, sort_by_file=True, include_lineno=False)
    return written.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """A catalogue as Django loads it."""
    written = BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def compile_texts() -> None:
    """Write the compiled file, whole or not at all, also when two do so at once."""
    draft = MO.with_name(f"{MO.name}.{os.getpid()}")
    draft.write_bytes(compiled(read()))
    draft.replace(MO)


def is_stale() -> bool:
    """Is there no compiled file, or one that is older than the translations?"""
    return not MO.exists() or MO.stat().st_mtime < PO.stat().st_mtime


# What is wrong with it.


def allowed_the_same() -> dict[str, str]:
    """Texts that are the same in English, each with the reason."""
    return tomllib.loads(SAME.read_text(encoding="utf-8"))


def flaws(catalog: Catalog, same: dict[str, str]) -> Iterator[str]:
    """A sentence for each translation that is missing, doubtful, or not the text of its Dutch."""
    for message in catalog:
        if message.id:
            for flaw in _flaws_of(message, same):
                yield f"{flaw}: {message.id!r}"


def _flaws_of(message: Message, same: dict[str, str]) -> Iterator[str]:
    dutch, english = _forms(message.id), _forms(message.string)
    if not all(english) or len(english) != len(dutch):
        yield "no English"
        return
    if message.fuzzy:
        yield "fuzzy"
    if any(one == other and one not in same for one, other in zip(dutch, english, strict=True)):
        yield "the same in English, and not listed"
    for one, other in zip(dutch, english, strict=True):
        if placeholders(one) != placeholders(other):
            yield "other placeholders"


def _forms(text: Any) -> tuple[str, ...]:
    """Singular and plural, or the only form."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def placeholders(text: str) -> set[str]:
    """What is filled in."""
    return set(PLACEHOLDER.findall(text))


if __name__ == "__main__":
    compile_texts()
