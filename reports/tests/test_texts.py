"""The words of the report pages about a picture."""

import pytest

from reports.figures import Dimension
from reports.texts import chart_title


@pytest.mark.parametrize(
    ("dimension", "title"),
    [
        (Dimension.SCHOOL, "De tien scholen met de meeste aangevraagde leerlingen"),
        (Dimension.PERIOD, "De tien golven met de meeste aangevraagde leerlingen"),
        (Dimension.PROVIDER, "De tien providers met de meeste aangevraagde leerlingen"),
    ],
)
def test_a_picture_of_ten_says_of_which_ten(dimension: Dimension, title: str) -> None:
    assert chart_title(dimension, whole=False) == title


def test_a_picture_of_everything_is_named_as_the_table_is() -> None:
    assert chart_title(Dimension.PERIOD, whole=True) == "Leerlingen per golf"
