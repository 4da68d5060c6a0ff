"""What a page says, and which parts of it are in the other language."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser

from common.texts import catalogue
from e2e.crawl import walk
from e2e.walker import Visitor
from local.demo_mail import kept_mails
from local.tests.stack import Stack

# Words that are common in one language and do not exist in the other.
DUTCH = {
    "aan", "aanvraag", "aanvragen", "als", "bestand", "bij", "brief", "brieven", "daarna", "dat",
    "deze", "dit", "door", "een", "en", "geen", "gezin", "gezinnen", "golf", "hebt", "het", "je",
    "jij", "jouw", "kan", "kies", "laad", "leerling", "leerlingen", "maar", "meer", "met", "naar",
    "niet", "nog", "ook", "om", "onze", "organisatie", "te", "terug", "tot", "uit", "van", "voor",
    "voorraad", "waar", "wat", "werkt", "wie", "wordt", "worden", "zijn", "zodra",
}  # fmt: skip
ENGLISH = {
    "and", "are", "been", "but", "cannot", "choose", "does", "for", "from", "have", "here", "if",
    "it", "not", "nothing", "only", "pupil", "pupils", "request", "should", "that", "the",
    "their", "there", "these", "they", "this", "to", "with", "you", "your",
}  # fmt: skip
OTHER = {"en": DUTCH, "nl": ENGLISH}
SPOKEN = {"alt", "aria-label", "data-label", "data-template", "placeholder", "title"}
UNSEEN = {"script", "style"}

# A page turns each address into a link, which splits a text there too.
ADDRESS = r"https?://\S+|[\w.-]+@[\w.-]+"
PIECES = re.compile(rf"\s*(?:\n|{ADDRESS})\s*")
# Every text in a database row: that is data, in the language of the person who wrote it.
# So are the names of the columns of a provider's file.
COLUMNS = ["datum", "voorraad", "wachtwoord"]
TEXTS_OF_ROWS = """
import json
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, TextField
found = set()
for model in apps.get_models():
    if model._meta.app_label in settings.OUR_APPS and model.__name__ not in {"PupilLine"}:
        for field in model._meta.concrete_fields:
            if isinstance(field, CharField | TextField) and not field.choices:
                found |= set(model._default_manager.values_list(field.name, flat=True).distinct())
print(json.dumps(sorted(text for text in found if text and len(text) > 2)))
"""


class Said(HTMLParser):
    """The texts of a page that people see or hear, and where its links go."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.unseen = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that are read aloud, and links; what follows may not be visible text."""
        values = dict(attrs)
        self.texts += [value for name, value in attrs if name in SPOKEN and value]
        if tag == "a" and (values.get("href") or "").startswith("/"):
            self.links.append((values["href"] or "").partition("#")[0])
        if tag in UNSEEN or ("lang" in values and tag != "html"):  # marked as another language
            self.unseen = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self.unseen:
            self.unseen = ""

    def handle_data(self, data: str) -> None:
        if not self.unseen and data.strip():
            self.texts.append(" ".join(data.split()))


def foreign(texts: Iterable[str], language: str, rows: Iterable[str] = ()) -> Iterator[str]:
    """The texts that contain words of the other language, apart from what `rows` say."""
    taken = "|".join(map(re.escape, sorted(rows, key=len, reverse=True)))
    for text in texts:
        own = re.sub(ADDRESS, " ", text)  # words in an address do not count
        own = re.sub(taken, " ", own) if taken else own
        words = set(re.findall(r"[a-zéëï]+", own.lower()))
        if words & OTHER[language] or (language == "en" and own.strip() in dutch_only()):
            yield text


@cache
def dutch_only() -> frozenset[str]:
    """Our texts that are different in English."""
    texts = (each for each in catalogue.read() if each.id and each.string != each.id)
    return frozenset(str(each.id) for each in texts)


def said_by_rows(stack: Stack) -> dict[str, list[str]]:
    """Lines of database rows and of sent mails that would be mistaken for the other language, by
    the language of the page."""
    texts = json.loads(stack.manage("shell", "--no-imports", "-c", TEXTS_OF_ROWS)) + COLUMNS
    for mail in kept_mails(stack.folder / "mail"):
        texts += [mail.subject, mail.text]
    lines = {line for text in texts for line in PIECES.split(text) if line.strip()}
    return {language: list(foreign(lines, language)) for language in OTHER}


def leftovers(visitor: Visitor, language: str, rows: Iterable[str]) -> dict[str, set[str]]:
    """What each page of this person still says in the other language; without a browser."""
    found: dict[str, set[str]] = {}
    for path, links in walk(visitor.name):
        answer = visitor.page.request.get(visitor.stack.address + path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert answer.status == 200, f"{path} answers {answer.status}"
        said = Said(answer.text())
        links += said.links
        found[path] = set(foreign(said.texts, language, rows))
    return found
