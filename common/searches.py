"""Words that somebody searches a list for and that may name a pupil: never in an address, which
ends up in logs of proxies and in the history of a shared computer.

The words stay in the session, under a mark that says nothing; the address holds the mark. So pages,
sorts and links back work as for any other filter, for as long as the session lasts.
"""

from collections.abc import Collection, Mapping

from django.http import HttpRequest
from django.utils.crypto import get_random_string

KEY = "searched"
MOST = 20  # of one session; the oldest goes first
MARK, LONGEST = 12, 100


def kept(request: HttpRequest) -> Mapping[str, str]:
    """The words that were searched for in this session, by their mark."""
    found: Mapping[str, str] = request.session.get(KEY, {})
    return found


def keep(request: HttpRequest, words: str) -> str:
    """The mark of these words, "" when there are none; the same words keep their mark."""
    words = words.strip()[:LONGEST]
    if not words:
        return ""
    others = {mark: text for mark, text in kept(request).items() if text != words}
    mark = next((each for each in kept(request) if each not in others), get_random_string(MARK))
    request.session[KEY] = dict([*others.items(), (mark, words)][-MOST:])
    return mark


def address(request: HttpRequest, path: str, private: Collection[str]) -> str:
    """Where a filter that was posted is asked: the list with what was chosen in its address, and
    marks in place of the words of private fields."""
    asked = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "list"):
        asked.pop(name, None)
    for name in private:
        asked[name] = keep(request, asked.get(name, ""))
    for name in [name for name in asked if not asked[name]]:
        del asked[name]
    return f"{path}?{asked.urlencode()}" if asked else path
