"""Things of the scheme for tests, walked to a later state by the real actions."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from accounts.models import Role, User
from accounts.tests.factories import PASSWORD
from common.days import at as at
from schools.models import Organisation
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import reveals
from vouchers.actions.requests import requests
from vouchers.models import (
    Activation,
    Agreement,
    HandOut,
    Period,
    Pool,
    Provider,
    ProviderFile,
    ProviderMember,
    VoucherRequest,
)
from vouchers.states import FileKind, RenewalRule, Wish

counter = itertools.count(1)


def make_provider(*, slug: str = "telenet", name: str = "Telenet", **fields: object) -> Provider:
    """A provider whose code files have columns `code` and `wachtwoord`."""
    defaults = {
        "start_url": f"https://start.{slug}.example/",
        "instructions": "Kies het netwerk.\nTyp je code in.",
        "secret_columns": ["wachtwoord"],
    }
    return Provider.objects.create(slug=slug, name=name, **(defaults | fields))


def make_provider_user(provider: Provider, *, email: str) -> User:
    """Somebody who works for this provider."""
    user = User.objects.create_user(
        email=email, password=PASSWORD, name=f"Iemand van {provider}", role=Role.PROVIDER
    )
    ProviderMember.objects.create(user=user, provider=provider)
    return user


def make_pool(
    provider: Provider,
    *,
    name: str = "maart",
    valid_until: date = date(2020, 6, 30),
    renewal_rule: str = RenewalRule.AT_ONCE,
) -> Pool:
    """An empty pool under an agreement for 2020."""
    agreement, _ = Agreement.objects.get_or_create(
        provider=provider,
        name="2020",
        defaults={"starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31)},
    )
    return Pool.objects.create(
        agreement=agreement, name=name, valid_until=valid_until, renewal_rule=renewal_rule
    )


def make_period(
    *,
    slug: str = "golf-1",
    name: str = "Golf 1",
    prefix: str = "G1",
    start: date = date(2020, 3, 1),
    end: date = date(2020, 7, 31),
) -> Period:
    """A period that takes requests and reports between two days."""
    return Period.objects.create(
        slug=slug, name=name, prefix=prefix,
        asks_from=start, asks_until=end, reports_from=start, reports_until=end,
    )  # fmt: skip


def code_csv(codes: Sequence[str]) -> bytes:
    """A provider's file with these codes, a password each."""
    rows = [f"{code};pw-{code}" for code in codes]
    return "\n".join(["code;wachtwoord", *rows]).encode()


def load_codes(
    pool: Pool, *, by: User, codes: Sequence[str] | int = 10, now: datetime | None = None
) -> ProviderFile:
    """Codes in a pool, through the real file actions; a number makes up that many."""
    if isinstance(codes, int):
        codes = [f"CODE-{next(counter):06d}" for _ in range(codes)]
    now = now or at(date(2020, 3, 2))
    received = provider_files.receive(
        kind=FileKind.CODES, provider=pool.agreement.provider, pool=pool,
        name="codes.csv", content=code_csv(codes), by=by, now=now,
    )  # fmt: skip
    provider_files.check(file=received.file, now=now)
    provider_files.apply(file=received.file, by=by, now=now)
    received.file.refresh_from_db()
    return received.file


def make_request(
    organisation: Organisation,
    period: Period,
    *,
    by: User,
    references: Sequence[str] | int = 1,
    school: Organisation | None = None,
    wish: str = Wish.NONE,
    wish_provider: Provider | None = None,
    now: datetime | None = None,
) -> VoucherRequest:
    """A draft with these references, all of one school (by default the asker itself)."""
    if isinstance(references, int):
        references = [f"LL-{next(counter):05d}" for _ in range(references)]
    school = school or organisation
    now = now or at(date(2020, 3, 9))
    request = requests.create_draft(organisation=organisation, period=period, by=by, now=now)
    requests.save_draft(
        request=request,
        defaults=requests.Defaults(
            education_type=school.education_types[0], wish=wish, wish_provider=wish_provider
        ),
        lines=[requests.LineInput(reference=text, school=school) for text in references],
        by=by,
        now=now,
    )
    request.refresh_from_db()
    return request


def submitted_request(
    organisation: Organisation, period: Period, *, by: User, now: datetime | None = None,
    **options: Any,
) -> VoucherRequest:  # fmt: skip
    """A request that was sent."""
    now = now or at(date(2020, 3, 9))
    request = make_request(organisation, period, by=by, now=now, **options)
    requests.submit(request=request, by=by, now=now)
    request.refresh_from_db()
    return request


def granted_request(
    organisation: Organisation, period: Period, *, by: User, officer: User,
    now: datetime | None = None, **options: object,
) -> VoucherRequest:  # fmt: skip
    """A request of which every line is granted."""
    now = now or at(date(2020, 3, 10))
    request = submitted_request(organisation, period, by=by, now=now, **options)
    requests.grant_all(request=request, by=officer, now=now)
    request.refresh_from_db()
    return request


def handed_out(
    organisation: Organisation, period: Period, *, by: User, officer: User,
    now: datetime | None = None, **options: object,
) -> list[HandOut]:  # fmt: skip
    """Hand-outs of a granted request, in the order of its lines; the pool has the codes already."""
    now = now or at(date(2020, 3, 11))
    request = granted_request(organisation, period, by=by, officer=officer, now=now, **options)
    handing_out.hand_out(request=request, by=officer, now=now)
    found = HandOut.objects.live().filter(line__request=request)
    return list(found.order_by("line__position"))


def activation_csv(rows: Sequence[tuple[str, date | str]]) -> bytes:
    """A provider's file of activations: code and day."""
    return "\n".join(["code;datum", *(f"{code};{day}" for code, day in rows)]).encode()


def code_of(hand_out: HandOut) -> str:
    """The code of a hand-out, as the provider who delivered it knows it (tests only)."""
    voucher = hand_out.voucher
    from vouchers import codes

    fields = codes.decrypt_voucher(voucher)
    return fields[voucher.provider.code_column]


def report_activations(
    hand_outs: Sequence[HandOut], *, on: date, by: User, now: datetime | None = None
) -> ProviderFile:
    """The provider reports these hand-outs active since a day; learned at `now`."""
    provider = hand_outs[0].voucher.provider
    now = now or at(on, 18)
    received = provider_files.receive(
        kind=FileKind.ACTIVATIONS, provider=provider, name="activaties.csv",
        content=activation_csv([(code_of(each), on) for each in hand_outs]),
        complete_until=on, by=by, now=now,
    )  # fmt: skip
    provider_files.check(file=received.file, now=now)
    provider_files.apply(file=received.file, by=by, now=now)
    received.file.refresh_from_db()
    return received.file


def activated(hand_out: HandOut) -> bool:
    """Whether this hand-out has an activation that was not withdrawn."""
    return Activation.objects.standing().filter(hand_out=hand_out).exists()


def reveal(hand_outs: Sequence[HandOut], *, by: User, now: datetime) -> list[reveals.Revealed]:
    """Print these codes for their own organisation."""
    return reveals.reveal(hand_outs=[each.pk for each in hand_outs], by=by, now=now)
