"""What sealing finds broken, for whoever raises alerts of it: history itself knows none.

Tested in `vouchers.actions.watch.tests.test_sealing`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.dispatch import Signal

from history.seal_proof import Proof
from history.seals import ChainBroken, KeyMissing

# Sent with `seal`: the number of the first seal that is not what it should be, or that covers an
# event that is not.
chain_broken = Signal()


def tell(proof: Proof) -> None:
    """Pass on what verifying found, if anything."""
    if proof.finding is not None:
        chain_broken.send(sender=None, seal=proof.finding.seal)


@contextmanager
def telling() -> Iterator[None]:
    """Pass on that the chain of seals is broken, when that stops what is done inside."""
    try:
        yield
    except (ChainBroken, KeyMissing) as broken:
        chain_broken.send(sender=None, seal=broken.number)
        raise
