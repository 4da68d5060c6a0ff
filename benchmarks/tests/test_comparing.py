"""What the table of the bench says, given the times; no test measures any."""

import math

import pytest

from benchmarks.comparing import (
    Clock,
    Comparison,
    Contender,
    measured,
    part_of_peer,
    table,
)


def taking(seconds: float) -> Contender:
    """A contender that claims to take this long."""

    def contender(clock: Clock) -> None:
        clock.wall = seconds

    return contender


def compared(
    ours: float, floor: float, peer: float = 40.0, *, at_most: float = 2.0, also: bool = True
) -> list[str]:
    """The cells of the line for these seconds, with a peer that does half the work."""
    asked = Comparison(
        work="work",
        ours=taking(ours),
        floor=taking(floor),
        at_most=at_most,
        peer=taking(peer),
        peer_part=0.5,
        faster=10,
        also=lambda: ("3 queries", also),
    )
    *_head, line = table([measured(asked)]).splitlines()
    return [cell.strip() for cell in line.strip("| ").split("|")]


def test_ratios_stand_beside_their_limits() -> None:
    assert compared(4, 2) == [
        "work",
        "4.00 s",
        "2.00 s",
        "2.00 (≤ 2)",
        "",
        "20.0 (≥ 10)",
        "3 queries",
        "holds",
    ]


@pytest.mark.parametrize(
    ("seconds", "options"),
    [((4.1, 2.0), {}), ((4.0, 2.0, 19.0), {}), ((4.0, 2.0), {"also": False})],
    ids=["slower than the floor allows", "not faster enough than the peer", "too many queries"],
)
def test_what_falls_short_is_said(seconds: tuple[float, ...], options: dict[str, bool]) -> None:
    assert compared(*seconds, **options)[-1] == "FALLS SHORT"


def test_a_line_without_a_limit_has_no_verdict() -> None:
    assert compared(400, 2, 4000, at_most=math.inf)[-1] == "no limit"


def test_a_median_counts_and_not_the_one_that_was_disturbed() -> None:
    seconds = iter([1.0, 90.0, 2.0])
    asked = Comparison(
        work="w", ours=lambda clock: taking(next(seconds))(clock), floor=taking(1), at_most=2
    )
    assert measured(asked).ours.wall == 2.0


def line_of(asked: Comparison) -> list[str]:
    *_head, line = table([measured(asked)]).splitlines()
    return [cell.strip() for cell in line.strip("| ").split("|")]


def test_a_peer_that_cannot_be_loaded_is_said_and_the_line_falls_short() -> None:
    asked = Comparison(
        work="w",
        ours=taking(1),
        floor=taking(1),
        at_most=2,
        peer=taking(9),
        peer_needs="no_such_package",
    )
    assert line_of(asked)[5:] == [
        "MISSING no_such_package: No module named 'no_such_package'",
        "",
        "FALLS SHORT",
    ]


@pytest.mark.parametrize(
    ("ours", "said"), [(8, "at its goal"), (9, "goal of a later issue")], ids=["there", "not yet"]
)
def test_a_goal_of_later_is_said_and_is_no_failure(ours: float, said: str) -> None:
    asked = Comparison(work="w", ours=taking(ours), floor=taking(1), goal=8)
    assert line_of(asked)[3::4] == [f"{ours:.2f} (goal 8)", said]
    assert measured(asked).holds


def test_a_limit_of_processor_time_does_not_look_at_the_wall() -> None:
    def contender(clock: Clock) -> None:
        clock.wall, clock.processors = next(seconds)

    seconds = iter([(1.0, 2.0), (5.0, 1.0)])  # the floor first
    asked = Comparison(
        work="w", ours=contender, floor=contender, at_most=1, on_processors=True, rounds=1
    )
    assert line_of(asked)[3:5] == ["5.00", "0.50 (≤ 1)"]
    seconds = iter([(1.0, 2.0), (1.0, 2.2)])
    assert not measured(asked).holds


@pytest.mark.parametrize(("rows", "part"), [(100_000, 2_000), (20, 1)])
def test_a_peer_does_a_fiftieth_and_something_at_least(rows: int, part: int) -> None:
    assert part_of_peer(rows) == part
