"""The official register: organisations, their pupils and their mergers. Its only writer.

A file is compared with what is there and written in a number of statements that does not depend on
its number of rows. What it does not mention stays as it is. Figures of the past rest on what was
frozen on each line, so nothing here changes them (rule 6).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from common.refused import Refused
from history.recording import recorded
from schools import policies
from schools.models import Organisation, PupilCount, RegisterImport, Succession
from schools.register_changes import Changes, Effect, changes_of, new_links
from schools.register_rows import (
    MERGED_ON,
    Reading,
    Remark,
    read_local_governments,
    read_pupil_counts,
    read_schools,
)

if TYPE_CHECKING:
    from accounts.models import User

FIELDS = [
    "name", "street", "postcode", "municipality", "nis_code", "province", "structures",
    "education_types", "opened_on", "closed_on",
]  # fmt: skip


@dataclass(slots=True)
class ImportResult:
    """What an import did, or would do: the number of each effect, and the remarks."""

    rows: int
    counts: Counter[Effect]
    refused: Sequence[Remark]
    warnings: Sequence[Remark]


def import_schools(
    *, content: bytes, name: str, by: "User | None", now: datetime, dry_run: bool = False
) -> ImportResult:
    """Update the schools to what the official file says.

    by: who does it, None for an operator without an account. dry_run: only say what would happen.
    Raises Refused when the file is not a list of schools.
    """
    with _alone(by=by, why=gettext_noop("lijst van scholen ingelezen")):
        reading = read_schools(content)
        result = _import_organisations(reading, [Organisation.Kind.SCHOOL], dry_run=dry_run)
        _note(RegisterImport.What.SCHOOLS, name, result, by=by, now=now, dry_run=dry_run)
    return result


def import_organisations(
    *, content: bytes, name: str, by: "User | None", now: datetime, dry_run: bool = False
) -> ImportResult:
    """Update municipalities and OCMWs to what a file says; parameters as for `import_schools`."""
    kinds = [Organisation.Kind.MUNICIPALITY, Organisation.Kind.OCMW]
    with _alone(by=by, why=gettext_noop("lijst van gemeenten en OCMW's ingelezen")):
        reading = read_local_governments(content)
        result = _import_organisations(reading, kinds, dry_run=dry_run)
        _note(RegisterImport.What.LOCAL, name, result, by=by, now=now, dry_run=dry_run)
    return result


def import_pupil_counts(
    *,
    content: bytes,
    name: str,
    school_year: str,
    by: "User | None",
    now: datetime,
    dry_run: bool = False,
) -> ImportResult:
    """Update the pupil counts of a school year ("2021-2022") to what a file says.

    The other parameters are as for `import_schools`. A school that the register does not know is
    refused.
    """
    with _alone(by=by, why=gettext_noop("leerlingenaantallen ingelezen")):
        reading = read_pupil_counts(content)
        result = _import_pupil_counts(reading, school_year, dry_run=dry_run)
        _note(
            RegisterImport.What.PUPILS,
            name,
            result,
            by=by,
            now=now,
            dry_run=dry_run,
            school_year=school_year,
        )
    return result


def merge_schools(
    *, old: Sequence[Organisation], into: Organisation, on: date, by: "User | None", now: datetime
) -> list[Succession]:
    """Let these schools continue as another one from a day on; returns the successions.

    They are closed on that day, unless the register closed them earlier. What they asked and handed
    out stays theirs. Raises Refused.
    """
    with _alone(by=by, why=gettext_noop("scholen samengevoegd")):
        now_known = Organisation.objects.in_bulk([into.pk, *(each.pk for each in old)])
        merging = [now_known[each.pk] for each in old]
        _check_merger(merging, now_known[into.pk], on)
        still_open = [each.pk for each in merging if each.closed_on is None]
        Organisation.objects.filter(pk__in=still_open).update(closed_on=on)
        return Succession.objects.bulk_create(
            Succession(predecessor=each, successor=into, on=on, recorded_at=now) for each in merging
        )


def split_school(
    *,
    old: Organisation,
    into: Sequence[Organisation],
    on: date,
    goes_on: bool,
    by: "User | None",
    now: datetime,
) -> list[Succession]:
    """Let this school become several from a day on; returns the successions.

    goes_on: it is one of them itself, and stays open beside those of `into`; otherwise it is closed
    on that day, unless the register closed it earlier. What was asked and handed out stays its own:
    no pupil can be assigned to one part. Raises Refused.
    """
    with _alone(by=by, why=gettext_noop("school gesplitst")):
        now_known = Organisation.objects.in_bulk([old.pk, *(each.pk for each in into)])
        splitting, parts = now_known[old.pk], [now_known[each.pk] for each in into]
        _check_split(splitting, parts, on, goes_on=goes_on)
        if not goes_on and splitting.closed_on is None:
            Organisation.objects.filter(pk=old.pk).update(closed_on=on)
        return Succession.objects.bulk_create(
            Succession(
                predecessor=splitting, successor=each, on=on, goes_on=goes_on, recorded_at=now
            )
            for each in parts
        )


def undo_succession(*, old: Organisation, by: "User | None", now: datetime) -> list[Succession]:
    """This school did not merge or split after all; returns the successions withdrawn.

    It is reopened when the merger or split had closed it. Figures as of an earlier day stay as they
    were. Raises Refused when there is nothing to undo.
    """
    with _alone(by=by, why=gettext_noop("samenvoeging of splitsing ongedaan gemaakt")):
        rows = Succession.objects.standing().filter(predecessor=old)
        undone = list(rows.select_related("predecessor", "successor").order_by("pk"))
        if not undone:
            raise Refused(
                _("%(school)s is niet samengevoegd en niet gesplitst.") % {"school": old},
                code="not-merged",
            )
        rows.update(withdrawn_at=now)
        Organisation.objects.filter(pk=old.pk, closed_on=max(each.on for each in undone)).update(
            closed_on=None
        )
        return undone


@contextmanager
def _alone(*, by: "User | None", why: str) -> Iterator[None]:
    """One person at a time changes the register, if allowed to; readers do not wait."""
    with recorded(by=by, why=why), connection.cursor() as cursor:
        policies.check_can_keep_register(by)
        # By the table's own number: somebody who may only insert into a table cannot lock it.
        cursor.execute(
            "SELECT pg_advisory_xact_lock('schools_registerimport'::regclass::oid::bigint)"
        )
        yield


def _check_merger(old: Sequence[Organisation], into: Organisation, on: date) -> None:
    """Raises Refused unless all are schools that exist on that day, each named once."""
    if into in old or len(set(old)) < len(old):
        raise Refused(
            _("Noem elke school één keer: een school gaat op in een andere."),
            code="school-named-twice",
        )
    if not all(each.is_school for each in (*old, into)):
        raise Refused(_("Alleen scholen kan je zo samenvoegen."), code="not-a-school")
    _check_exists(into, on)
    for each in old:
        _check_merges(each, on)


def _check_split(
    old: Organisation, into: Sequence[Organisation], on: date, *, goes_on: bool
) -> None:
    """Raises Refused unless all are schools that exist on that day, each named once."""
    if old in into or len(set(into)) < len(into):
        raise Refused(
            _("Noem elke school één keer: een school splitst in andere."), code="school-named-twice"
        )
    if len(into) + goes_on < 2:
        raise Refused(
            _("Een school splitst in minstens twee. Gaat ze in één andere op, voeg ze dan samen."),
            code="split-in-one",
        )
    if not all(each.is_school for each in (old, *into)):
        raise Refused(_("Alleen scholen kan je zo splitsen."), code="not-a-school")
    for each in into:
        _check_exists(each, on)
    if goes_on:
        _check_exists(old, on)
    _check_merges(old, on)


def _check_exists(school: Organisation, on: date) -> None:
    if not school.exists_on(on):
        raise Refused(
            _("%(school)s bestaat niet op %(day)s. Kies een andere school of een andere dag.")
            % {"school": school, "day": f"{on:%d/%m/%Y}"},
            code="school-not-there",
        )


def _check_merges(school: Organisation, on: date) -> None:
    """Raises Refused unless it has not merged yet and existed before this day."""
    words = {"school": school, "day": f"{on:%d/%m/%Y}"}
    if known := school.successions.standing().select_related("successor").first():
        words |= {"successor": known.successor, "day": f"{known.on:%d/%m/%Y}"}
        raise Refused(
            _("%(school)s is al opgegaan in %(successor)s, op %(day)s.") % words,
            code="already-merged",
        )
    if school.opened_on and school.opened_on > on:
        raise Refused(
            _("%(school)s bestaat nog niet op %(day)s. Kies een latere dag.") % words,
            code="school-not-there",
        )
    if school.closed_on and school.closed_on > on:
        words["day"] = f"{school.closed_on:%d/%m/%Y}"
        raise Refused(
            _("%(school)s sluit volgens het register pas op %(day)s. Kies die dag.") % words,
            code="school-closes-later",
        )


# Shared by the imports


def _import_organisations(reading: Reading, kinds: Sequence[str], *, dry_run: bool) -> ImportResult:
    """Compare, and write all differences together."""
    rows = Organisation.objects.filter(kind__in=kinds)
    known = {(each.kind, each.number): each for each in rows}
    successions = Succession.objects.standing().filter(predecessor__kind__in=kinds)
    links = set(successions.values_list("predecessor", "successor"))
    changes = changes_of(reading, known, merged={predecessor for predecessor, _heir in links})
    found = new_links(reading, changes, known, links)
    absent = sum(
        each.closed_on is None for key, each in known.items() if key not in reading.by_organisation
    )
    _warn_of_absent(reading, absent)
    if not dry_run:
        _write(changes)
        Succession.objects.bulk_create(
            Succession(predecessor=old, successor=heir, on=MERGED_ON) for old, heir in found
        )
    return _result(reading, (change.effect for change in changes.values()))


def _write(changes: Changes) -> None:
    """Write new and changed rows in one upsert, so that history has only what really changed."""
    rows = [each.after for each in changes.values() if each.effect != Effect.UNCHANGED]
    Organisation.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["kind", "number"], update_fields=FIELDS
    )


def _import_pupil_counts(reading: Reading, school_year: str, *, dry_run: bool) -> ImportResult:
    """Compare the counts of a year with the register, and write all differences together."""
    schools = dict(Organisation.objects.schools().values_list("number", "pk"))
    of_year = PupilCount.objects.filter(school_year=school_year)
    known = dict(of_year.values_list("organisation", "pupils"))
    effects: list[Effect] = []
    rows: list[PupilCount] = []
    for (_kind, number), row in reading.by_organisation.items():
        school, pupils = schools.get(number), row.values["pupils"]
        if school is None:
            reading.refuse(row.line, _unknown_school(number))
            continue
        effects.append(_effect_of_count(known.pop(school, None), pupils))
        if effects[-1] != Effect.UNCHANGED:
            rows.append(PupilCount(organisation_id=school, school_year=school_year, pupils=pupils))
    _warn_of_absent(reading, len(known))
    if not dry_run:
        PupilCount.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["organisation", "school_year"],
            update_fields=["pupils"],
        )
    return _result(reading, effects)


def _effect_of_count(before: int | None, pupils: int) -> Effect:
    if before is None:
        return Effect.CREATED
    return Effect.UNCHANGED if before == pupils else Effect.CHANGED


def _unknown_school(number: str) -> str:
    return _(
        "School %(number)s staat niet in het register. Kijk het nummer na, of lees eerst de lijst "
        "van scholen in."
    ) % {"number": number}


def _warn_of_absent(reading: Reading, absent: int) -> None:
    """Organisations that are not in the file stay as they are: a file may cover one kind of
    education only."""
    if absent:
        reading.warn(
            ngettext(
                "%(n)s organisatie staat wel in het register, maar niet in dit bestand. Ze blijft "
                "zoals ze is.",
                "%(n)s organisaties staan wel in het register, maar niet in dit bestand. Ze "
                "blijven zoals ze zijn.",
                absent,
            )
            % {"n": absent}
        )


def _result(reading: Reading, effects: Iterable[Effect]) -> ImportResult:
    refused = sorted(reading.refused, key=lambda remark: remark.line or 0)
    return ImportResult(reading.rows, Counter(effects), refused, reading.warnings)


def _note(
    what: str,
    name: str,
    result: ImportResult,
    *,
    by: "User | None",
    now: datetime,
    dry_run: bool,
    school_year: str = "",
) -> None:
    """Record this import, even when it changed nothing: it shows how old the register is."""
    if dry_run:
        return
    RegisterImport.objects.create(
        what=what,
        school_year=school_year,
        file_name=name[:200],
        imported_at=now,
        imported_by=by,
        rows=result.rows,
        refused=len(result.refused),
        **{effect.value: result.counts[effect] for effect in Effect},
    )
