"""How large the demo is. The true figures of 2020 are here and nowhere else.

Tested in `local.tests.test_demo_figures` and `local.sample.tests.test_demo_totals`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Schools, and per wave the lines handed out and activated (the hand-made story's included);
    `renewed`: renewals in the second wave; `today`: lines handed out in the open wave."""

    schools: int
    handed_out: int
    activated: int
    second_handed_out: int
    second_activated: int
    renewed: int
    today: int


# The answer to written question 253 of 4 December 2020 (Flemish Parliament): "about 47,000" handed
# out, 7,924 activated, "about 200" extra activations. Every other number is invented.
FULL = Size(
    schools=4000, handed_out=47_000, activated=7_924, second_handed_out=600, second_activated=200,
    renewed=1_500, today=1_200,
)  # fmt: skip
# For tests that need the story but not its size.
SMALL = Size(
    schools=200, handed_out=470, activated=79, second_handed_out=60, second_activated=20,
    renewed=15, today=40,
)  # fmt: skip
