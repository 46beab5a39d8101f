"""The sandbox acquirer itself, as if run by another company.

    settings    what it is told when it is made
    records     what it keeps of a charge and of a card
    state       its SQLite file
    statements  the SQL of it
    wallet      cards as they come and as they are kept
    bank        what it does with charges and 3-D
    refunds     what it does with refunds
    notices     telling the merchant
    words       what it says to people
    page        the 3-D page
    files       the daily file
    doors       how a request is let in, and how an answer is lost
    app         what each door does
    serving     running it

Invariant: it runs on one thread, and what has to be done at once does not wait in between.
"""

from bezant.integrations.acquirers.sandbox.server.app import create_sandbox
from bezant.integrations.acquirers.sandbox.server.settings import SandboxSettings, SettlementFault

__all__ = ["SandboxSettings", "SettlementFault", "create_sandbox"]
