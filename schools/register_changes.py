"""What a file changes in the register: the two compared, without any query.

Tested in `schools.tests.test_register`.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from schools.models import Organisation
from schools.register_rows import Key, Reading, RegisterRow


class Effect(StrEnum):
    """What a file does to one organisation."""

    CREATED = "created"
    CHANGED = "changed"
    CLOSED = "closed"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class Change:
    """An organisation as the file says it should be, and the effect of that."""

    after: Organisation
    effect: Effect


Known = Mapping[Key, Organisation]
Changes = dict[Key, Change]


def changes_of(reading: Reading, known: Known, *, merged: set[int]) -> Changes:
    """What each row does to the organisations known.

    merged: the ids of those that merged into another. A row that would close an organisation before
    it opened is refused.
    """
    changes: Changes = {}
    for key, row in reading.by_organisation.items():
        before = known.get(key)
        values = row.values
        if before and before.pk in merged:
            values = _values_of_merged(reading, row, before)
        after = _after(key, before, values)
        if after.opened_on and after.closed_on and after.closed_on < after.opened_on:
            reading.refuse(row.line, _("De einddatum valt voor de begindatum. Kijk beide na."))
        else:
            changes[key] = Change(after, _effect(before, values))
    return changes


def new_links(
    reading: Reading, changes: Changes, known: Known, links: set[tuple[int, int]]
) -> list[tuple[Organisation, Organisation]]:
    """Which municipality or OCMW merged into which, as far as `links` (pairs of ids) does not have
    it.

    The successor is of the same kind and has the NIS code from after the merger.
    """
    gone = {key for key, row in reading.by_organisation.items() if row.became}
    everybody = {**known, **{key: change.after for key, change in changes.items()}}
    heirs = {(key[0], each.nis_code): each for key, each in everybody.items() if key not in gone}
    found, unknown = [], set()
    for key, change in changes.items():
        became = reading.by_organisation[key].became
        if not became:
            continue
        heir = heirs.get((key[0], became))
        if heir is None:
            unknown.add(became)
        elif (change.after.pk, heir.pk) not in links:
            found.append((change.after, heir))
            if change.effect == Effect.UNCHANGED:
                change.effect = Effect.CHANGED
    if unknown:
        reading.warn(_unknown_heirs(unknown))
    return found


def _unknown_heirs(nis_codes: set[str]) -> str:
    return _(
        "Gemeenten die in 2025 samengingen, zijn gesloten, maar we kennen de nieuwe niet met "
        "NIS-code %(codes)s. Voeg ze met hun KBO-nummers toe aan het bestand en lees het opnieuw "
        "in."
    ) % {"codes": ", ".join(sorted(nis_codes))}


def _values_of_merged(reading: Reading, row: RegisterRow, before: Organisation) -> dict[str, Any]:
    """A merger decided here is not undone by a file that does not know of it yet."""
    if before.closed_on is None or row.values.get("closed_on", before.closed_on) is not None:
        return row.values
    reading.warn(
        _("%(school)s staat hier nog open, maar ging al op in een andere. Ze blijft gesloten.")
        % {"school": before},
        row.line,
    )
    return {**row.values, "closed_on": before.closed_on}


def _after(key: Key, before: Organisation | None, values: Mapping[str, Any]) -> Organisation:
    """The organisation as the file says it should be; fields that the file does not give stay."""
    after = copy(before) if before else Organisation(kind=key[0], number=key[1])
    for name, value in values.items():
        setattr(after, name, value)
    return after


def _effect(before: Organisation | None, values: Mapping[str, Any]) -> Effect:
    if before is None:
        return Effect.CREATED
    differ = {name for name, value in values.items() if getattr(before, name) != value}
    if "closed_on" in differ and before.closed_on is None:
        return Effect.CLOSED
    return Effect.CHANGED if differ else Effect.UNCHANGED
