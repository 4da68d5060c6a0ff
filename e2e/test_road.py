"""The whole road, from an empty wave to its report."""

from playwright.sync_api import Browser

from e2e import road
from e2e.walker import signed_in
from local.tests.stack import Stack


def test_three_people_walk_the_road(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack, "olga", "karin", "tom") as (olga, karin, tom):
        road.walk(olga, karin, tom, stack)
        assert olga.said + karin.said + tom.said == []
