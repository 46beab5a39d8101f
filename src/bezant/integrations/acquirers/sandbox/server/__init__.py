"""The sandbox acquirer itself, as if run by another company.

settings   what it is told when it is made
records    what it keeps of a charge and of a card
state      its SQLite file
bank       what it does: charges, 3-D, refunds, kept cards
notices    telling the merchant
page       the 3-D page, with its own words
files      the daily file
app        its doors
serving    running it
"""

from bezant.integrations.acquirers.sandbox.server.app import create_sandbox
from bezant.integrations.acquirers.sandbox.server.settings import SandboxSettings, SettlementFault

__all__ = ["SandboxSettings", "SettlementFault", "create_sandbox"]
