"""The plan of a wave: exact at every size, and in the order in which things happen."""

from collections import Counter
from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from local.sample.municipalities import before_2025, mergers
from local.sample.wave import Asker, Days, Fate, Request, School, Wave, pick, plan, working_day

FIRST, LAST, ENDS = date(2020, 3, 11), date(2020, 6, 19), date(2020, 7, 30)
SCHOOLS = [School(pk, ("PRIMARY",) if pk % 3 else ("ADULT", "ARTS"), 50 + pk) for pk in range(40)]
ASKERS = [Asker(school.pk, (school,)) for school in SCHOOLS]
GOVERNMENTS = [Asker(100, tuple(SCHOOLS[:20])), Asker(101, tuple(SCHOOLS[20:]))]


def a_wave(handed_out: int, activated: int, today: date = date.max) -> Wave:
    return Wave(
        first=FIRST,
        last=LAST,
        ends=ENDS,
        handed_out=handed_out,
        activated=activated,
        providers={"telenet": 0.6, "proximus": 0.4},
        today=today,
    )


def planned(wave: Wave, seed: int = 1) -> list[Request]:
    return plan(wave, ASKERS, GOVERNMENTS, Random(seed))


sizes = st.integers(10, 400).flatmap(
    lambda handed_out: st.tuples(st.just(handed_out), st.integers(0, handed_out // 2))
)


@given(size=sizes, seed=st.integers(0, 2**32))
def test_totals_are_exact_at_every_size(size: tuple[int, int], seed: int) -> None:
    wave = a_wave(*size)
    kept = [each for each in planned(wave, seed) if not each.days.withdrawn]
    lines = [line for each in kept for line in each.lines]
    counts = Counter(line.fate for line in lines)
    stays = [line for line in lines if line.fate.has_code and line.fate != Fate.TAKEN_BACK]
    assert len(stays) == size[0]
    assert sum(line.used is not None for line in lines) == size[1]
    assert counts == Counter({fate: n for fate, n in wave.fates.items() if n})
    assert [line for line in lines if (line.fate == Fate.REFUSED) != bool(line.reason)] == []


@given(size=sizes, seed=st.integers(0, 2**32))
def test_days_follow_each_other_within_the_wave(size: tuple[int, int], seed: int) -> None:
    requests = planned(a_wave(*size), seed)
    assert [each.days.sent for each in requests] == sorted(each.days.sent for each in requests)
    for each in requests:
        days = each.days
        if days.withdrawn:
            assert FIRST <= days.sent < days.withdrawn
            continue
        used = [line.used for line in each.lines if line.used]
        found = [FIRST, days.sent, days.decided, days.handed_out, days.printed, days.given, *used]
        in_order = [day for day in found if day]
        assert len(in_order) == len(found)
        assert in_order[:6] == sorted(in_order[:6])
        assert all(in_order[5] <= day <= ENDS for day in used)
        assert days.taken_back is not None
        assert days.taken_back <= ENDS


@given(seed=st.integers(0, 2**32))
def test_what_would_happen_from_today_on_did_not_happen(seed: int) -> None:
    today = date(2020, 5, 1)
    for each in planned(a_wave(200, 60, today=today), seed):
        happened = [getattr(each.days, name) for name in Days.__slots__ if name != "sent"]
        assert [day for day in happened if day and day >= today] == []
        assert [line for line in each.lines if line.used and line.used >= today] == []


def test_one_seed_gives_one_shape() -> None:
    assert planned(a_wave(100, 20)) == planned(a_wave(100, 20))
    assert planned(a_wave(100, 20)) != planned(a_wave(100, 20), seed=2)


def test_the_heavy_are_picked_more_often() -> None:
    rng = Random(1)
    found = Counter(name for _ in range(400) for name in pick(rng, "ab", [9, 1], 1))
    assert found["a"] > 300
    assert sorted(pick(rng, "abc", [1, 1, 1], 3)) == ["a", "b", "c"]


def test_weekends_are_no_working_days() -> None:
    friday, saturday, sunday = date(2020, 3, 13), date(2020, 3, 14), date(2020, 3, 15)
    assert [working_day(day) for day in (friday, saturday, sunday)] == [
        friday,
        date(2020, 3, 16),
        date(2020, 3, 16),
    ]


def test_every_municipality_stands_once_in_its_province() -> None:
    """Province from the NIS code (docs/facts.md), before and after 2025."""
    first = {
        "1": {"BE-VAN"},
        "21": {"BE-BRU"},
        "23": {"BE-VBR"},
        "24": {"BE-VBR"},
        "3": {"BE-VWV"},
        "4": {"BE-VOV"},
        "5": {"BE-WHT"},
        "7": {"BE-VLI"},
    }
    before, merged = before_2025(), mergers()
    for each in [*before, *(merger.into for merger in merged)]:
        assert any(
            each.nis_code.startswith(digits) and each.province in provinces
            for digits, provinces in first.items()
        ), each
    names = [each.name for each in before]
    assert len(set(names)) == len(names) >= 80
    assert {name for merger in merged for name in merger.names} <= set(names)
    zwijndrecht = next(each for each in before if each.name == "Zwijndrecht")
    became = next(merger.into for merger in merged if "Zwijndrecht" in merger.names)
    assert (zwijndrecht.province, became.province) == ("BE-VAN", "BE-VOV")
