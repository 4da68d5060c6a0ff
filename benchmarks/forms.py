"""Each form at its largest allowed input compared with the same form at half of it (rule 11).

Ours is the largest, the floor is half: twice as much may take twice the time and a little. What is
pasted, typed and uploaded is the worst that a form lets through. Nothing is kept.
"""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from benchmarks import data, pages
from benchmarks.comparing import Clock, Comparison
from common import search
from common.tables import pasted
from common.tables.reading import read_table
from pages.coordinator.school_names import MOST_NAMES, find_schools
from pages.people.forms import MOST_NUMBERS
from schools.models import Organisation
from vouchers.actions.requests.request_checks import MAX_LINES
from vouchers.actions.stock import voiding
from vouchers.models import Period, Provider

TIMES = 4
WORDS = [f"{chr(ord('a') + at)}{'e' * 10}" for at in range(search.MOST_WORDS)]
Work = Callable[[Clock, float], None]


def comparisons(size: data.Size) -> list[Comparison]:
    """One per form; files are smaller in a try."""
    part_of_file = 0.01 if size.is_a_try else 1.0
    works: dict[str, Work] = {
        "200 kB of blanks pasted": blanks,
        "a column of 1,000 pupils pasted": column,
        "1,000 pupils typed and kept": typed,
        "50 schools by name": schools,
        "a school searched while typing": typing,
        "organisations searched": partial(searched, page="ministry_organisations"),
        "people searched": partial(searched, page="ministry_people"),
        "a list of organisations to invite for": invited,
        "a list of 20,000 codes": partial(listed, of=part_of_file),
        "a file of 20 MB with an endless heading": partial(uploaded, of=part_of_file),
    }
    return [
        Comparison(
            work=f"largest form, {name}",
            ours=partial(averaged, work=work, part=1.0, times=1 if size.is_a_try else TIMES),
            floor=partial(averaged, work=work, part=0.5, times=1 if size.is_a_try else TIMES),
            at_most=2.5,
        )
        for name, work in works.items()
    ]


def averaged(clock: Clock, *, work: Work, part: float, times: int) -> None:
    """This part of the largest input, a few times; the first time is not counted."""
    work(Clock(), part)
    together = Clock()
    for _time in range(times):
        work(together, part)
    clock.add(together, times)


def blanks(clock: Clock, part: float) -> None:
    """A line of blank cells above as many blank lines: nothing to take, everything to look at."""
    half = int(pasted.MAX_CHARACTERS * part / 2)
    _request(clock, {"action": "paste", "pasted": "\t" * half + "\n" * half})


def column(clock: Clock, part: float) -> None:
    lines = "\n".join(f"LL-{at:04d}" for at in range(int(MAX_LINES * part)))
    _request(clock, {"action": "paste", "pasted": lines})


def typed(clock: Clock, part: float) -> None:
    references = [f"LL-{at:04d}" for at in range(int(MAX_LINES * part))]
    lines = {f"leerling-{at}-reference": each for at, each in enumerate(references)}
    form = {
        "action": "save",
        "leerling-TOTAL_FORMS": str(len(lines)),
        "form_token": str(uuid4()),
        "period": str(Period.objects.get(slug="golf-10").pk),
        "wish": "NONE",
    }
    _request(clock, form | lines, kept=True)


def schools(clock: Clock, part: float) -> None:
    """Names that no school has: each of their words is looked for everywhere."""
    names = [f"basisschool {' '.join(WORDS[2:])} {at}" for at in range(int(MOST_NAMES * part))]
    with clock:
        assert len(find_schools(names)) == len(names)


def typing(clock: Clock, part: float) -> None:
    words = WORDS[: int(search.MOST_WORDS * part)]
    address = f"{reverse('request_schools')}?{urlencode({'x': ' '.join(words)})}"
    _get(clock, data.coordinator(), address)


def searched(clock: Clock, part: float, *, page: str) -> None:
    words = WORDS[: int(search.MOST_WORDS * part)]
    _get(clock, data.officer(), f"{reverse(page)}?{urlencode({'zoek': ' '.join(words)})}")


def invited(clock: Clock, part: float) -> None:
    """Numbers that no organisation has."""
    numbers = "\n".join(
        f"{at:06d}" for at in range(900_000, 900_000 + int(MOST_NUMBERS * part / 7))
    )
    client = pages.client_of(data.officer())
    asked = {"name": "An", "email": "an@bench.example", "role": "coordinator"}
    with clock:
        page = client.post(
            reverse("ministry_invite"), asked | {"organisations": numbers}, secure=settings.HTTPS
        )
    assert page.status_code == 200, page.status_code


def listed(clock: Clock, part: float, *, of: float) -> None:
    provider = Provider.objects.order_by("pk")[0]
    rows = range(int(voiding.MOST_LISTED * part * of))
    content = "\n".join([provider.code_column, *map(data.code, rows)]).encode()
    with clock:
        assert voiding.named_in(provider, content)


def uploaded(clock: Clock, part: float, *, of: float) -> None:
    """A heading of a megabyte, all of it empty but its first cell, and rows of that cell alone."""
    size = int(settings.UPLOAD_MAX_BYTES * part * of)
    heading = "code" + ";" * min(size // 10, 900_000)
    rows = min((size - len(heading)) // 8, 200_000)
    content = "\n".join([heading, *(f"C{at:06d}" for at in range(rows))]).encode()
    with clock:
        assert sum(1 for _row in read_table(content, needed={"code": []}).rows) == rows


def _request(clock: Clock, fields: dict[str, str], *, kept: bool = False) -> None:
    """The form of a request by somebody who acts for several schools."""
    own = Organisation.objects.visible_to(data.coordinator()).order_by("pk")[0]
    address = f"{reverse('request_new')}?organisatie={own.pk}"
    counts = {"leerling-TOTAL_FORMS": "0", "leerling-INITIAL_FORMS": "0"}
    with transaction.atomic():
        client = pages.client_of(data.coordinator())
        with clock:
            page = client.post(address, counts | fields, secure=settings.HTTPS)
        assert page.status_code == (302 if kept else 200), page.status_code
        transaction.set_rollback(True)


def _get(clock: Clock, who: User, address: str) -> None:
    client = pages.client_of(who)
    with clock:
        pages.get(client, address)
