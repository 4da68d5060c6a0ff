"""How a state reads: a sentence and the colour of its pill."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateText:
    """`tone`: neutral, info, success, warning or error."""

    text: str
    tone: str = "neutral"
