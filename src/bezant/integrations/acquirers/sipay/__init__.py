"""Sipay, a Turkish payment institution, by its CCPayment interface.

Invariants: what a browser or a notice brings decides nothing, Sipay itself is asked what
became of a charge; a card's number and value go into the body of one request and into no
log, error or challenge; every amount is an exact decimal of two places.
"""

from bezant.integrations.acquirers.sipay.access import SipayAccess
from bezant.integrations.acquirers.sipay.adapter import SipayAcquirer

__all__ = ["SipayAccess", "SipayAcquirer"]
