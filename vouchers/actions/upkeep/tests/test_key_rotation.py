"""Keys rotate while the portal works; afterwards nothing is left that the old key opens."""

import base64
import io
import signal
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import WaitingAct
from accounts.second_person import acts
from common.processes import die_with_parent
from common.refused import Refused
from common.tests.commands import run
from conftest import Cast
from history.keys import secret_id
from history.models import HistoryEvent
from voucherportal.environment import BASE_DIR
from vouchers import codes
from vouchers.actions.files import code_files, provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import reveals
from vouchers.actions.upkeep import key_rotation, rotation_agreed
from vouchers.codes import CodeUnreadable
from vouchers.models import HandOut, KeyRotation, Pool, ProviderFile, Voucher, VoucherRequest
from vouchers.states import FileKind, RowOutcome
from vouchers.tests.factories import (
    at,
    code_csv,
    code_of,
    granted_request,
    handed_out,
    load_codes,
    report_activations,
)
from vouchers.tests.races import at_once
from vouchers.tests.worker import environment, wait_until

NOW = at(date(2020, 4, 1))
OLD_ENCRYPTION, OLD_FINGERPRINT = {"old": b"o" * 32}, {"old-print": b"p" * 32}
NEW_ENCRYPTION, NEW_FINGERPRINT = {"new": b"n" * 32}, {"new-print": b"m" * 32}


class Ring:
    """The rings of this process, changed as an operator changes them."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.only_old()

    def only_old(self) -> None:
        self.settings.VOUCHER_KEYS, self.settings.FINGERPRINT_KEYS = OLD_ENCRYPTION, OLD_FINGERPRINT

    def both(self) -> None:
        self.settings.VOUCHER_KEYS = NEW_ENCRYPTION | OLD_ENCRYPTION
        self.settings.FINGERPRINT_KEYS = NEW_FINGERPRINT | OLD_FINGERPRINT

    def only_new(self) -> None:
        self.settings.VOUCHER_KEYS, self.settings.FINGERPRINT_KEYS = NEW_ENCRYPTION, NEW_FINGERPRINT


@pytest.fixture
def ring(settings: Any) -> Ring:
    """Only the old keys, so far."""
    return Ring(settings)


def rotate(cast: Cast) -> key_rotation.Rotation:
    """As the administrator does, without waiting for anybody."""
    return key_rotation.rotate(
        by=cast.administrator, now=NOW, progress=provider_files.quietly, patience=0
    )


def interrupted(cast: Cast, monkeypatch: pytest.MonkeyPatch, *, at_once: int) -> None:
    """Stopped after the first batch."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(key_rotation, "CODES_AT_ONCE", at_once)
    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate(by=cast.administrator, now=NOW, progress=stop)


def opened() -> list[str]:
    """What can be opened now: codes and files."""
    found = []
    for voucher in Voucher.objects.order_by("pk"):
        try:
            fields = codes.decrypt_voucher(voucher)
        except CodeUnreadable:
            continue
        found.append(fields["code"])
    for file in ProviderFile.objects.order_by("pk"):
        try:
            content = codes.decrypt_file(
                bytes(file.content), key_id=file.key_id, digest=bytes(file.digest)
            )
        except CodeUnreadable:
            continue
        found.append(content.decode())
    return found


def outcomes(file: ProviderFile) -> dict[str, int]:
    return file.rows.final().counts()


def test_afterwards_the_new_keys_open_everything_and_the_old_ones_nothing(
    cast: Cast, ring: Ring
) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2"])
    load_codes(cast.other_pool, by=cast.officer, codes=["AB-1"])
    before, events = opened(), HistoryEvent.objects.count()
    assert len(before) == 5
    ring.both()
    done = rotate(cast)
    assert (done.codes, done.files, done.unreadable, key_rotation.left().total) == (3, 2, 0, 0)
    ring.only_new()
    assert opened() == before
    ring.only_old()
    assert opened() == []
    assert HistoryEvent.objects.count() == events


def test_the_old_fingerprint_key_finds_nothing_and_the_new_one_everything(
    cast: Cast, ring: Ring
) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AB-1"])
    ring.both()
    rotate(cast)
    rule = codes.CodeRule(cast.provider.pk, case_matters=False, ignored_characters=" -")
    new, old = codes.fingerprints("ab1", rule)
    assert bytes(Voucher.objects.get().fingerprint) == new
    assert old != new


def test_a_rotation_leaves_who_when_what_and_between_which_keys(cast: Cast, ring: Ring) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    ring.both()
    rotate(cast)
    rotate(cast)  # nothing is left, so no further trace
    traces = KeyRotation.objects.order_by("pk").values_list(
        "what",
        "number",
        "seal_from",
        "seal_to",
        "fingerprint_from",
        "fingerprint_to",
        "rotated_at",
        "rotated_by",
    )
    same = ("old", "new", "old-print", "new-print", NOW, cast.administrator.pk)
    assert list(traces) == [("CODES", 3, *same), ("FILES", 1, *same)]


def test_one_of_the_two_keys_may_rotate_alone(cast: Cast, ring: Ring, settings: Any) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AB-1"])
    settings.FINGERPRINT_KEYS = NEW_FINGERPRINT | OLD_FINGERPRINT
    assert rotate(cast).codes == 1
    voucher = Voucher.objects.get()
    assert (voucher.key_id, voucher.fingerprint_key_id) == ("old", "new-print")
    fingerprint = bytes(voucher.fingerprint)
    settings.VOUCHER_KEYS = NEW_ENCRYPTION | OLD_ENCRYPTION
    assert rotate(cast).codes == 1
    voucher.refresh_from_db()
    assert (voucher.key_id, bytes(voucher.fingerprint)) == ("new", fingerprint)
    assert opened()[0] == "AB-1"


def test_only_an_administrator_rotates(cast: Cast, ring: Ring) -> None:
    for person in (cast.officer, cast.coordinator, cast.provider_user):
        with pytest.raises(Refused):
            key_rotation.rotate(by=person, now=NOW, progress=provider_files.quietly)


# Half way: some codes under the old keys, some under the new ones.


@pytest.fixture
def half_way(cast: Cast, ring: Ring, monkeypatch: pytest.MonkeyPatch) -> list[HandOut]:
    """Four codes that were handed out, two of them rotated before somebody stopped it."""
    load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2", "AB-3", "AB-4"])
    bonds = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=4
    )
    ring.both()
    interrupted(cast, monkeypatch, at_once=2)
    assert (key_rotation.left().codes, key_rotation.left().files) == (2, 1)
    return [HandOut.objects.select_related("voucher__provider").get(pk=each.pk) for each in bonds]


def test_half_way_a_code_is_known_under_either_key(cast: Cast, half_way: list[HandOut]) -> None:
    """Rule 1: uniqueness holds while two keys are in use."""
    file = load_codes(cast.pool, by=cast.officer, codes=["ab1", "ab 2", "AB3", "ab4", "AB-5"])
    assert outcomes(file) == {RowOutcome.KNOWN: 4, RowOutcome.NEW: 1}
    assert Voucher.objects.count() == 5


def test_half_way_an_activation_finds_its_code_under_either_key(
    cast: Cast, half_way: list[HandOut]
) -> None:
    file = report_activations(half_way, on=date(2020, 3, 20), by=cast.provider_user)
    assert outcomes(file) == {RowOutcome.NEW: 4}


def test_half_way_a_second_field_is_compared_under_either_key(
    cast: Cast, half_way: list[HandOut]
) -> None:
    """Failure 27: it is read with the fingerprint that the row has, not the one we asked
    for first."""
    lines = [f"{code_of(each)};pw-{code_of(each)};2020-03-20" for each in half_way[:-1]]
    lines += [f"{code_of(half_way[-1])};pw-of-another;2020-03-20"]
    received = provider_files.receive(
        kind=FileKind.ACTIVATIONS,
        provider=cast.provider,
        name="a.csv",
        content="\n".join(["code;wachtwoord;datum", *lines]).encode(),
        complete_until=date(2020, 3, 20),
        by=cast.provider_user,
        now=NOW,
    )
    file = provider_files.check(file=received.file, now=NOW)
    assert outcomes(file) == {RowOutcome.NEW: 3, RowOutcome.OTHER_DETAILS: 1}


def test_half_way_codes_can_be_revealed(cast: Cast, half_way: list[HandOut]) -> None:
    ids = [each.pk for each in half_way]
    shown = reveals.reveal(hand_outs=ids, by=cast.coordinator, now=NOW)
    assert [each.fields["code"] for each in shown] == ["AB-1", "AB-2", "AB-3", "AB-4"]


@pytest.mark.parametrize("rotated", [False, True])
def test_the_same_file_is_recognised_before_and_after(
    cast: Cast, ring: Ring, *, rotated: bool
) -> None:
    """Rule 7."""
    load_codes(cast.pool, by=cast.officer, codes=["AB-1"])
    ring.both()
    if rotated:
        rotate(cast)
    again = provider_files.receive(
        kind=FileKind.CODES,
        provider=cast.provider,
        pool=cast.pool,
        name="again.csv",
        content=code_csv(["AB-1"]),
        by=cast.officer,
        now=NOW,
    )
    assert again.is_new is False
    assert ProviderFile.objects.count() == 1


def test_a_stopped_rotation_goes_on_where_it_was(cast: Cast, half_way: list[HandOut]) -> None:
    assert rotate(cast).codes == 2
    assert key_rotation.left().total == 0
    assert sum(trace.number for trace in KeyRotation.objects.filter(what="CODES")) == 4


# A process that was not restarted.


def test_who_lacks_a_key_in_use_does_not_load(cast: Cast, ring: Ring) -> None:
    """It would not see that the code exists under the new key, and load it a second time."""
    load_codes(cast.pool, by=cast.officer, codes=["AB-1"])
    received = provider_files.receive(
        kind=FileKind.CODES,
        provider=cast.provider,
        pool=cast.pool,
        name="b.csv",
        content=code_csv(["AB-2"]),
        by=cast.officer,
        now=NOW,
    )
    provider_files.check(file=received.file, now=NOW)
    ring.both()
    load_codes(cast.pool, by=cast.officer, codes=["AB-2", "AB-3"])
    ring.only_old()
    with pytest.raises(CodeUnreadable, match="not in the ring"):
        provider_files.apply(file=received.file, by=cast.officer, now=NOW)
    assert Voucher.objects.count() == 3


def test_who_lacks_a_key_in_use_says_of_no_code_that_it_is_unknown(cast: Cast, ring: Ring) -> None:
    ring.both()
    load_codes(cast.pool, by=cast.officer, codes=["AB-1"])
    bonds = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    content = f"code;datum\n{code_of(bonds[0])};2020-03-20".encode()
    ring.only_old()
    received = provider_files.receive(
        kind=FileKind.ACTIVATIONS,
        provider=cast.provider,
        name="a.csv",
        content=content,
        complete_until=date(2020, 3, 20),
        by=cast.provider_user,
        now=NOW,
    )
    with pytest.raises(CodeUnreadable, match="not in the ring"):
        provider_files.check(file=received.file, now=NOW)


def test_what_no_key_opens_is_counted_and_kept(cast: Cast, ring: Ring, settings: Any) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    settings.VOUCHER_KEYS = NEW_ENCRYPTION  # somebody took the old one away too soon
    kept = list(Voucher.objects.values_list("secret", flat=True).order_by("pk"))
    done = rotate(cast)
    assert (done.codes, done.files, done.unreadable, key_rotation.left().total) == (0, 0, 3, 3)
    assert list(Voucher.objects.values_list("secret", flat=True).order_by("pk")) == kept


# The database itself.


@pytest.mark.parametrize(
    "change",
    [
        "secret = 'x'",
        "fingerprint = 'x'",
        "key_id = 'x'",
        "fingerprint_key_id = 'x'",
        "secret = 'x', fingerprint = 'x'",
        "secret = 'x', key_id = 'x', fingerprint = 'x'",
        "secret = 'x', fingerprint_key_id = 'x'",
    ],
)
def test_secrets_change_only_together_with_a_key(cast: Cast, change: str) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    file_change = change.replace("fingerprint", "digest").replace("secret", "content")
    for table, what in (("voucher", change), ("providerfile", file_change)):
        with (
            pytest.raises(IntegrityError, match="change only together"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE vouchers_{table} SET {what}")


def test_a_secret_can_be_emptied_and_does_not_come_back(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    Pool.objects.update(closed_at=NOW, closed_by=cast.officer)
    Voucher.objects.update(secret=b"")
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.update(secret=b"x", key_id="x")
    assert key_rotation.left().codes == 0


# The command.


def agreed(cast: Cast) -> None:
    """The administrator asked to rotate to the keys of now, and the supervisor let it go."""
    now, second = timezone.now(), cast.supervisor
    assert not rotation_agreed.is_agreed(by=cast.administrator, now=now)
    acts.let_go(act=WaitingAct.objects.open().get(), by=second, now=now)


def test_the_command_says_what_is_left_and_that_the_old_key_may_go(
    cast: Cast, ring: Ring, capsys: pytest.CaptureFixture[str]
) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    ring.both()
    checked = run(capsys, "rotate_keys", "--check", "--json")
    assert (checked.status, checked.object["left"]) == (1, {"codes": 3, "files": 1, "factors": 0})
    agreed(cast)
    answer = run(capsys, "rotate_keys", "--json")
    assert (answer.status, answer.object) == (
        0,
        {
            "codes": 3,
            "files": 1,
            "factors": 0,
            "unreadable": 0,
            "left": {"codes": 0, "files": 0, "factors": 0},
            "stopped": False,
            "keys": {"seal": "new", "fingerprint": "new-print"},
        },
    )
    assert answer.lines[:-1] == [
        "3 codes en 1 bestanden omgezet.",
        "Niets zit nog onder een oude sleutel. In VOUCHER_KEYS volstaat nu new, in "
        "FINGERPRINT_KEYS new-print.",
    ]
    assert run(capsys, "rotate_keys", "--check").status == 0


FORMER, PRESENT = "former-secret-" * 5, "present-secret-" * 5


@pytest.fixture
def factors(cast: Cast, settings: Any) -> list[Authenticator]:
    """An app and spare codes, set up under a SECRET_KEY that was replaced since."""
    settings.SECRET_KEY = FORMER
    made = [
        TOTP.activate(cast.officer, "GEHEIM").instance,
        RecoveryCodes.activate(cast.officer).instance,
    ]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = PRESENT, [FORMER]
    return made


def spare_codes(cast: Cast) -> list[str]:
    factor = Authenticator.objects.get(user=cast.officer, type="recovery_codes")
    return RecoveryCodes(factor).generate_codes()


def test_second_factors_move_to_the_present_secret_key_and_the_former_one_can_go(
    cast: Cast, factors: list[Authenticator], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = spare_codes(cast)
    checked = run(capsys, "rotate_keys", "--check", "--json")
    assert (checked.status, checked.object["left"]["factors"]) == (1, 2)
    agreed(cast)
    answer = run(capsys, "rotate_keys", "--json")
    assert (answer.status, answer.object["factors"]) == (0, 2)
    assert answer.lines[1] == "2 tweede stappen omgezet."
    assert answer.lines[3].startswith("SECRET_KEY_FALLBACKS mag leeg.")
    settings.SECRET_KEY_FALLBACKS = []
    assert spare_codes(cast) == before
    app = Authenticator.objects.get(user=cast.officer, type="totp")
    assert decrypt(app.data["secret"]) == "GEHEIM"
    assert run(capsys, "rotate_keys", "--check").status == 0
    traces = KeyRotation.objects.values_list("what", "number", "seal_from", "seal_to")
    assert list(traces) == [("FACTORS", 2, secret_id(FORMER), secret_id(PRESENT))]


def test_a_second_factor_that_no_secret_key_opens_is_counted_and_left(
    cast: Cast, factors: list[Authenticator], settings: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = []
    assert (rotate(cast).unreadable, key_rotation.left().factors) == (2, 2)
    settings.SECRET_KEY_FALLBACKS = [FORMER]
    assert (rotate(cast).factors, key_rotation.left().total) == (2, 0)


class Impatient(io.StringIO):
    """Presses Ctrl-C at the first sign of progress."""

    def write(self, text: str) -> int:
        raise KeyboardInterrupt


def test_ctrl_c_keeps_what_was_done_and_says_to_go_on(
    cast: Cast, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    ring.both()
    monkeypatch.setattr(key_rotation, "CODES_AT_ONCE", 1)
    said = io.StringIO()
    agreed(cast)
    with pytest.raises(SystemExit) as left:
        call_command("rotate_keys", stdout=said, stderr=Impatient())
    assert (left.value.code, key_rotation.left().codes) == (1, 2)
    assert said.getvalue().startswith("Onderbroken. Wat omgezet is, blijft omgezet;")


def test_an_officer_may_not_run_the_command(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(capsys, "rotate_keys", "--user", cast.officer.email)
    assert answer.status == 1
    assert answer.lines == ["Alleen een beheerder kan de sleutels wisselen."]


# At the same time, each on a connection of its own.


def load_while_rotating(cast: Cast, ring: Ring) -> tuple[int, list[BaseException]]:
    """400 codes are checked as new and then loaded by another file; rotation and the load of the
    first file run at the same time. Returns how many codes there are, and what went wrong."""
    numbers = [f"AB-{n}" for n in range(400)]
    late = provider_files.receive(
        kind=FileKind.CODES,
        provider=cast.provider,
        pool=cast.pool,
        name="late.csv",
        content=code_csv([*numbers, "LATE"]),
        by=cast.officer,
        now=NOW,
    ).file
    provider_files.check(file=late, now=NOW)
    load_codes(cast.pool, by=cast.officer, codes=numbers)
    ring.both()
    raised = at_once(
        [
            lambda: rotate(cast),
            lambda: provider_files.apply(file=late, by=cast.officer, now=NOW),
        ]
    )
    return Voucher.objects.count(), raised


@pytest.mark.django_db(transaction=True)
def test_a_load_during_a_rotation_loads_no_code_twice(
    cast: Cast, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "CODES_AT_ONCE", 10)
    assert load_while_rotating(cast, ring) == (401, [])


@pytest.mark.django_db(transaction=True)
def test_control_a_load_that_asks_under_the_current_key_only_loads_twice(
    cast: Cast, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = code_files._loaded
    monkeypatch.setattr(
        code_files,
        "_loaded",
        lambda provider, batch: plain(
            provider, [each._replace(fingerprints=each.fingerprints[:1]) for each in batch]
        ),
    )
    monkeypatch.setattr(key_rotation, "CODES_AT_ONCE", 10)
    # Or the unique index stops one of the two, where they meet.
    assert load_while_rotating(cast, ring) != (401, [])


@pytest.mark.django_db(transaction=True)
def test_rows_that_somebody_holds_are_left_and_taken_later(cast: Cast, ring: Ring) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    ring.both()
    with transaction.atomic():
        locked = Voucher.objects.select_for_update().order_by("pk")[0]
        assert at_once([lambda: rotate(cast)]) == []
    locked.refresh_from_db()
    assert (locked.key_id, key_rotation.left().codes) == ("old", 1)
    rotate(cast)
    assert key_rotation.left().total == 0


def written(ring: dict[str, bytes]) -> str:
    """A ring as written in the environment."""
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in ring.items())


def command() -> "subprocess.Popen[bytes]":
    """rotate_keys in a process of its own, with both keys."""
    rings = {
        "VOUCHER_KEYS": written(NEW_ENCRYPTION | OLD_ENCRYPTION),
        "FINGERPRINT_KEYS": written(NEW_FINGERPRINT | OLD_FINGERPRINT),
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys"],
        cwd=BASE_DIR,
        env=environment() | rings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )


@pytest.mark.django_db(transaction=True)
def test_killed_half_way_while_the_portal_works_and_run_again(cast: Cast, ring: Ring) -> None:
    numbers = [f"AB-{n}" for n in range(4_000)]
    load_codes(cast.pool, by=cast.officer, codes=numbers)
    requests = [
        granted_request(
            cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
        )
        for _ in range(6)
    ]
    ring.both()
    agreed(cast)
    process = command()
    wait_until(KeyRotation.objects.exists)
    seen = handed_out_and_revealed(cast, requests[:1])
    process.kill()
    assert process.wait(10) == -signal.SIGKILL
    done = sum(KeyRotation.objects.values_list("number", flat=True))
    assert 0 < key_rotation.left().codes == 4_000 - done
    process = command()
    seen += handed_out_and_revealed(cast, requests[1:])
    file = load_codes(cast.pool, by=cast.officer, codes=[*numbers[::100], "AB-new"])
    assert outcomes(file) == {RowOutcome.KNOWN: 40, RowOutcome.NEW: 1}
    assert process.wait(60) == 0
    assert len(set(seen)) == 12
    ring.only_old()
    assert opened() == []
    ring.only_new()
    assert sorted(opened()[:4_001]) == sorted([*numbers, "AB-new"])


def handed_out_and_revealed(cast: Cast, requests: list[VoucherRequest]) -> list[str]:
    """What the portal does all day."""
    seen = []
    for request in requests:
        handing_out.hand_out(request=request, by=cast.officer, now=NOW)
        bonds = HandOut.objects.filter(line__request=request).values_list("pk", flat=True)
        shown = reveals.reveal(hand_outs=list(bonds), by=cast.coordinator, now=NOW)
        seen += [each.fields["code"] for each in shown]
    return seen
