"""manage.py verify_history [--noted NUMBER:DIGEST] [--json]: is history still as it was sealed?

Tested in `history.tests.test_seals`.
"""

import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from history.alarms import tell, telling
from history.recording import coming_from
from history.seal_proof import Finding, Proof, verify
from history.seals import CannotSeal, Unsealed, note, unsealed

# The sentence for each kind of finding, with what is known of it filled in.
WORDS = {
    "altered": "gebeurtenis {event} ({table} {row}) is gewijzigd na zegel {seal} van {day}",
    "missing": "gebeurtenis {event} ontbreekt; ze is verzegeld met zegel {seal} van {day}",
    "added": "gebeurtenis {event} ({table} {row}) is ertussen geschoven, na zegel {seal} van {day}",
    "seal_altered": "zegel {seal} van {day} is zelf gewijzigd, of met een andere sleutel gemaakt",
    "seal_missing": "zegel {seal} ontbreekt",
    "not_noted": "zegel {seal} is niet het zegel dat genoteerd is: het einde is weg of vervangen",
}


def a_note(text: str) -> str:
    """A note of a seal, as `seal_history` and the worker's log write it."""
    if not re.fullmatch(r"[0-9]+:[0-9a-f]{16}", text):
        raise ArgumentTypeError("schrijf het zegel zoals seal_history het gaf: 12:0123456789abcdef")
    return text


class Command(BaseCommand):
    """Exit status 0 when everything sealed is intact, else 1, with the first event that is not."""

    help = "Controleert of de verzegelde geschiedenis nog is zoals ze verzegeld werd."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--noted",
            type=a_note,
            metavar="NUMBER:DIGEST",
            help="een zegel dat eerder buiten de databank genoteerd is",
        )
        parser.add_argument(
            "--json", action="store_true", help="de laatste regel is één JSON-object"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with coming_from("command:verify_history"), telling():
                proof, refusal = verify(noted=options["noted"] or ""), ""
                tell(proof)
        except CannotSeal as refused:
            proof, refusal = Proof(0, 0, None), refused.message
        left = unsealed()
        self.stdout.write(refusal or self.in_words(proof))
        self.stdout.write(self.rest_in_words(left))
        if options["json"]:
            self.stdout.write(json.dumps(self.summary(proof, left, refusal), default=str))
        if refusal or proof.finding:
            raise SystemExit(1)

    def in_words(self, proof: Proof) -> str:
        if proof.finding is None:
            return f"Klopt: {proof.rows} gebeurtenissen onder {proof.seals} zegels."
        return f"KLOPT NIET: {self.sentence(proof.finding)}."

    def sentence(self, finding: Finding) -> str:
        day = f"{timezone.localtime(finding.sealed_at):%d/%m/%Y %H:%M}" if finding.sealed_at else ""
        return WORDS[finding.kind].format(**asdict(finding) | {"day": day})

    def rest_in_words(self, left: Unsealed) -> str:
        if left.since is None:
            return "Alles is verzegeld."
        return (
            f"Nog niet verzegeld: {left.rows} gebeurtenissen,"
            f" sinds {timezone.localtime(left.since):%d/%m/%Y %H:%M}."
        )

    def summary(self, proof: Proof, left: Unsealed, refusal: str) -> dict[str, Any]:
        """The same as one object, for --json."""
        return {
            "whole": not refusal and proof.finding is None,
            "seals": proof.seals,
            "sealed": proof.rows,
            "finding": asdict(proof.finding) if proof.finding else None,
            "unsealed": left.rows,
            "unsealed_since": left.since,
            "last": note(left.last) if left.last else "",
            "refusal": refusal,
        }
