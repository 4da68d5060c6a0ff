"""The whole demo: who exists, what they did by hand, and everybody else around them.

Tested in `local.sample.tests.test_story` and `local.sample.tests.test_demo_totals`.
"""

from datetime import date
from random import Random

from common.days import at
from local.sample.crowd import Crowd
from local.sample.mails import write_mails
from local.sample.people import SCHOOLS, Account, make_organisations, make_people
from local.sample.schools import make_local_governments, make_schools, merge_municipalities
from local.sample.sizes import Size
from local.sample.steps import make_providers
from local.sample.story import Story

SEED = 2020
FIRST_NUMBER = 900_001
FIRST_GOVERNMENT, FIRST_MERGED = 900_000_003, 900_000_501


def make_everything(size: Size, today: date) -> list[Account]:
    """Fill an empty database, oldest first; returns the accounts that can sign in."""
    providers = make_providers()
    people = make_people(make_organisations(), providers)
    make_schools(size.schools - len(SCHOOLS), FIRST_NUMBER + len(SCHOOLS), Random(SEED))
    make_local_governments(FIRST_GOVERNMENT, but=["Aalst"])
    story = Story(people, providers, today)
    crowd = Crowd(story, size)
    agreements = story.agreements_of_2020(size)
    first = story.first_wave(agreements)
    crowd.first_wave(first, agreements)
    story.closed(first)
    second = story.second_wave(first)
    crowd.second_wave(second)
    crowd.renew(first)
    story.closed(second)
    merge_municipalities(FIRST_MERGED)
    crowd.wave_of_today(*story.wave_of_today())
    write_mails(now=at(today))
    return people.accounts
