"""The second pair of eyes: acts that one person asks and another lets go (ADR 36)."""
