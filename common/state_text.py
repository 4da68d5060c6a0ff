"""How a state is shown: a sentence and the colour of its pill.

Tested in `pages.shared.tests.test_texts`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateText:
    """`tone`: neutral, info, success, warning or error."""

    text: str
    tone: str = "neutral"
