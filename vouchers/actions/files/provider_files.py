"""A provider's file is a change set: received, checked, applied once, perhaps undone (rule 7).

Lock order: provider, then file; the files of one provider are applied one at a time.

Tested in `vouchers.actions.files.tests.test_code_files`,
`vouchers.actions.files.tests.test_activation_files`,
`vouchers.actions.files.tests.test_undo_of_codes`, `vouchers.actions.files.tests.test_any_file`.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.days import brussels_day, in_words
from common.refused import Refused
from common.tables.table import Table
from common.uploads import check_size
from history.recording import recorded
from vouchers import codes, policies
from vouchers.actions.files import activation_files, code_files
from vouchers.actions.files.file_rows import check_ring, shown_name, store
from vouchers.actions.hand_out import stock
from vouchers.actions.upkeep import jobs
from vouchers.actions.upkeep.jobs import Progress
from vouchers.models import Job, Pool, Provider, ProviderFile
from vouchers.states import STANDING_FILES, FileKind, FileState

KINDS = {FileKind.CODES: code_files, FileKind.ACTIVATIONS: activation_files}


@dataclass(frozen=True, slots=True)
class Received:
    """The file, and whether it is new; the same content, if not undone or discarded, is the same
    file."""

    file: ProviderFile
    is_new: bool


def quietly(done: int, total: int) -> None:
    """Progress that nobody watches."""


def receive(
    *,
    kind: FileKind,
    provider: Provider,
    name: str,
    content: bytes,
    by: User,
    now: datetime,
    pool: Pool | None = None,
    complete_until: date | None = None,
) -> Received:
    """Store a file, encrypted. Nothing is read from it yet.

    pool: where CODES go. complete_until: the day up to which ACTIVATIONS are complete. Content we
    already have, if not undone or discarded, gives that file and changes nothing. Raises Refused.
    """
    policies.check_can_deliver(by, provider, kind)
    _check_size(content)
    _check_belongings(kind, provider, pool, complete_until, now)
    digests = codes.digests(content)
    existing = ProviderFile.objects.filter(
        provider=provider, kind=kind, digest__in=digests, state__in=STANDING_FILES
    )
    encrypted = codes.encrypt_file(content, digest=digests[0])
    with recorded(by=by, why=gettext_noop("bestand ontvangen")):
        if found := existing.first():
            return Received(found, is_new=False)
        try:
            with transaction.atomic():
                file = ProviderFile.objects.create(
                    kind=kind, provider=provider, pool=pool, complete_until=complete_until,
                    name=_clean_name(name), size=len(content), digest=digests[0],
                    digest_key_id=codes.current_keys().fingerprint, key_id=encrypted.key_id,
                    content=encrypted.secret, uploaded_at=now, uploaded_by=by,
                )  # fmt: skip
        except IntegrityError:  # somebody sent the same at the same moment
            return Received(existing.get(), is_new=False)
    return Received(file, is_new=True)


def upload(*, by: User, now: datetime, **delivered: Any) -> Received:
    """Receive a file and enqueue its check, in one transaction: never one without the other.

    delivered: as `receive` takes it. Raises what that raises.
    """
    with recorded(by=by, why=gettext_noop("bestand ontvangen")):
        received = receive(by=by, now=now, **delivered)
        if received.file.state == FileState.RECEIVED:
            jobs.enqueue(kind=Job.Kind.CHECK_FILE, file=received.file, by=by, now=now)
    return received


def check(*, file: ProviderFile, now: datetime, progress: Progress = quietly) -> ProviderFile:
    """Judge each row, a batch per transaction; then the file is CHECKED.

    Resumes after the last line that was stored, so it may be stopped at any moment and run again. A
    file that cannot be read becomes REFUSED with the sentence. Raises CodeUnreadable.
    """
    file = ProviderFile.objects.select_related("provider").get(pk=file.pk)
    if file.state != FileState.RECEIVED:
        return file
    try:
        table = _table(file)
    except Refused as refused:
        return _finish_check(file, now, refusal=refused.message)
    after = _last_line(file)
    done = file.rows.count()
    progress(done, len(table))
    for batch in KINDS[FileKind(file.kind)].verdicts(file, table.rows, after=after):
        with recorded(by=file.uploaded_by, why=gettext_noop("bestand nagekeken")):
            if _locked(file).state != FileState.RECEIVED:
                return file
            stored = _last_line(file, after)  # more than we knew when somebody checks it too
            store(file, [verdict for verdict in batch if verdict.line > stored])
        after = batch[-1].line
        done += len(batch)
        progress(done, len(table))
    check_ring(file.provider)
    return _finish_check(file, now)


def apply(
    *, file: ProviderFile, by: User, now: datetime, progress: Progress = quietly
) -> dict[str, int]:
    """Do what the check announced, all or nothing; once, however often it is asked.

    What may have changed since the check is judged again; a row with another outcome gets a second
    row. Returns the number of rows per outcome. Raises Refused.
    """
    with _one_at_a_time(file, by=by, why=gettext_noop("bestand toegepast")) as file:
        policies.check_can_deliver(by, file.provider, file.kind)
        if file.state == FileState.APPLIED:
            return file.counts
        if file.state != FileState.CHECKED:
            raise Refused(_not_checked(file), code="file-not-checked")
        if file.kind == FileKind.CODES:
            code_files.load(file, _table_as_checked(file), now=now)
        else:
            activation_files.record(file, by=by, now=now)
        file.counts = file.rows.final().counts()
        file.state, file.applied_at, file.applied_by = FileState.APPLIED, now, by
        file.save(update_fields=["state", "applied_at", "applied_by", "counts"])
    total = sum(file.counts.values())
    progress(total, total)
    return file.counts


def vacuum_after_load(*, file: ProviderFile) -> None:
    """What is worth doing after applying, outside any transaction: fresh statistics for codes."""
    if file.kind == FileKind.CODES:
        stock.vacuum()


def undo(*, file: ProviderFile, by: User, now: datetime) -> int:
    """Take back what a file did; its rows stay readable. Returns how many activations or codes.

    ACTIVATIONS are withdrawn: figures as of an earlier day keep them (rule 6), and what another
    file, not undone, reported about the same hand-outs stays in force. CODES become void and may be
    loaded again; only while none of them ever left. Raises Refused.
    """
    with _one_at_a_time(file, by=by, why=gettext_noop("bestand ongedaan gemaakt")) as file:
        if file.kind == FileKind.CODES:
            code_files.lock_pool(file)
        policies.check_can_undo(by, file)
        file.state, file.undone_at, file.undone_by = FileState.UNDONE, now, by
        file.save(update_fields=["state", "undone_at", "undone_by"])
        if file.kind == FileKind.CODES:
            return code_files.unload(file, by=by, now=now)
        return activation_files.withdraw(file, by=by, now=now)


def discard(*, file: ProviderFile, by: User, now: datetime) -> ProviderFile:
    """Discard a file that was not applied; the same content may then be sent again.

    Raises Refused when it was already applied.
    """
    with _one_at_a_time(file, by=by, why=gettext_noop("bestand niet toegepast")) as file:
        policies.check_can_deliver(by, file.provider, file.kind)
        if file.state == FileState.REFUSED:
            return file
        if file.state not in (FileState.RECEIVED, FileState.CHECKED):
            raise Refused(
                _("Dit bestand is al toegepast. Maak het ongedaan als het fout is."),
                code="file-applied",
            )
        sentence = _("Weggelegd op {day} door {name}. Er is niets van toegepast.")
        return _refuse(file, sentence.format(day=in_words(now), name=by))


@contextmanager
def _one_at_a_time(file: ProviderFile, *, by: User, why: str) -> Iterator[ProviderFile]:
    """A transaction that has locked the provider's row and the file's; yields the file as it is
    now."""
    with recorded(by=by, why=why):
        Provider.objects.select_for_update(no_key=True, of=("self",)).get(pk=file.provider_id)
        yield _locked(file)


def _locked(file: ProviderFile) -> ProviderFile:
    files = ProviderFile.objects.select_related("provider", "pool").defer("content")
    return files.select_for_update(no_key=True, of=("self",)).get(pk=file.pk)


def _last_line(file: ProviderFile, after: int = 0) -> int:
    """The last line that has a row; rows are in the order of the lines. Starts at line `after`, so
    that no batch reads all rows again."""
    last: int | None = file.rows.filter(line__gt=after).aggregate(last=Max("line"))["last"]
    return last or after


def _table(file: ProviderFile) -> Table:
    content = codes.decrypt_file(bytes(file.content), key_id=file.key_id, digest=bytes(file.digest))
    return KINDS[FileKind(file.kind)].read(file, content)


def _table_as_checked(file: ProviderFile) -> Table:
    """The table that the check read. Raises Refused when the columns changed since."""
    try:
        return _table(file)
    except Refused:
        sentence = _(
            "De kolommen van {provider} zijn veranderd sinds {file} nagekeken is. Leg dit bestand "
            "weg en laad het opnieuw."
        )
        raise Refused(
            sentence.format(provider=file.provider, file=shown_name(file.name)),
            code="columns-changed",
        ) from None


def _finish_check(file: ProviderFile, now: datetime, *, refusal: str = "") -> ProviderFile:
    with recorded(by=file.uploaded_by, why=gettext_noop("bestand nagekeken")):
        file = _locked(file)
        if file.state != FileState.RECEIVED:
            return file
        file.checked_at = now
        if refusal:
            return _refuse(file, refusal)
        file.state, file.counts = FileState.CHECKED, file.rows.counts()
        file.save(update_fields=["state", "checked_at", "counts"])
    return file


def _refuse(file: ProviderFile, sentence: str) -> ProviderFile:
    file.state, file.refusal = FileState.REFUSED, sentence[:1000]
    file.save(update_fields=["state", "refusal", "checked_at"])
    return file


def _check_size(content: bytes) -> None:
    if not content:
        raise Refused(
            _("Dit bestand is leeg. Kies het bestand met de lijst."), "file", code="file-empty"
        )
    check_size(content, "file")


def _check_belongings(
    kind: FileKind,
    provider: Provider,
    pool: Pool | None,
    complete_until: date | None,
    now: datetime,
) -> None:
    """Codes go to an open pool of this provider; activations are complete up to a past day."""
    if kind == FileKind.CODES:
        if pool is None or pool.agreement.provider_id != provider.pk:
            raise Refused(_("Kies een voorraad van deze provider."), "pool", code="pool-of-another")
        if pool.closed_at is not None:
            raise Refused(
                _("Voorraad {pool} is gesloten. Kies een andere voorraad.").format(pool=pool),
                "pool",
                code="pool-closed",
            )
        return
    if complete_until is None:
        raise Refused(
            _("Zeg tot en met welke dag alle activaties in dit bestand staan."),
            "complete_until",
            code="complete-until-missing",
        )
    if complete_until > brussels_day(now):
        raise Refused(
            _("De peildatum ligt in de toekomst. Kies vandaag of een dag ervoor."),
            "complete_until",
            code="day-in-future",
        )


def _not_checked(file: ProviderFile) -> str:
    sentences = {
        FileState.RECEIVED: _("{file} is nog niet nagekeken. Wacht tot het nakijken klaar is."),
        FileState.REFUSED: _("{file} is geweigerd. Laad een verbeterd bestand."),
        FileState.UNDONE: _("{file} is ongedaan gemaakt. Laad het opnieuw als het toch klopt."),
    }
    return sentences[FileState(file.state)].format(file=shown_name(file.name))


def _clean_name(name: str) -> str:
    """The file's name without folders and without unprintable characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return shown[-255:] or _("bestand zonder naam")
