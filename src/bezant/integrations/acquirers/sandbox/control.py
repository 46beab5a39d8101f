"""The sandbox's levers for tests and audits: plans, a customer without a browser, the takings.

Invariant: what is counted here is read from the sandbox's own list of captures and refunds,
which nothing but a capture or a refund writes; so it can be held against Bezant's books.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.cards import RIGHT_CODE
from bezant.integrations.acquirers.sandbox.line import Line
from bezant.integrations.acquirers.sandbox.wire import (
    Movement,
    NoticePlan,
    NoticesTold,
    Plan,
    PlanSent,
    Takings,
)
from bezant.payments.acquirer import AcquirerAway

_SEE_OTHER: Final = 303
_OK: Final = 200


class CustomerAction(StrEnum):
    """Which button of the 3-D page is pressed."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class BrowserReturn:
    """Where the 3-D page sends the browser, and what it brings there.

    Whoever does not go there has lost the browser's leg: a charge that was approved is
    captured all the same.
    """

    url: str

    @property
    def fields(self) -> dict[str, str]:
        """The query parameters, as `Acquirer.confirm` wants them."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


class SandboxControl:
    """Steers a sandbox over HTTP. Everything raises `AcquirerAway`."""

    def __init__(self, access: SandboxAccess) -> None:
        self._line = Line(access)
        self._access = access

    async def plan(self, plan: Plan, *, reference: str | None = None) -> None:
        """Says what is to be done with a charge; without a reference, with the next one."""
        sent = PlanSent(plan=plan, reference=reference)
        await self._line.ask(Plan, "/control/plans", sent)

    async def approve(
        self, challenge_url: str, *, code: str = RIGHT_CODE, notice: NoticePlan | None = None
    ) -> BrowserReturn | None:
        """Enters a code at the 3-D page; None when the page asks once more."""
        form = {"action": CustomerAction.APPROVE, "code": code}
        return await self._answer_challenge(challenge_url, form, notice)

    async def reject(
        self, challenge_url: str, *, notice: NoticePlan | None = None
    ) -> BrowserReturn | None:
        """Presses the button that says no."""
        return await self._answer_challenge(
            challenge_url, {"action": CustomerAction.REJECT}, notice
        )

    async def movements(self, reference: str) -> Sequence[Movement]:
        """Every capture and refund of a charge, in order."""
        return await self._line.ask(list[Movement], f"/control/movements/{reference}")

    async def takings(self) -> Sequence[Takings]:
        """What was ever captured and refunded, by currency."""
        return await self._line.ask(list[Takings], "/control/takings")

    async def notices(self, reference: str) -> NoticesTold:
        """How many notices of a charge arrived, and how many are to come."""
        return await self._line.ask(NoticesTold, f"/control/notices/{reference}")

    async def deliver_notices(self) -> int:
        """Sends every notice that is still to be sent at once; how many arrived."""
        return await self._line.ask(int, "/control/notices", Plan())

    async def close(self) -> None:
        """Ends the connections."""
        await self._line.close()

    async def _answer_challenge(
        self, challenge_url: str, form: dict[str, str], notice: NoticePlan | None
    ) -> BrowserReturn | None:
        """Does what a browser does with the page's form; none of it is signed."""
        if notice is not None:
            form = {**form, "notice": notice}
        timeout = aiohttp.ClientTimeout(total=self._access.timeout_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(challenge_url, data=form, allow_redirects=False) as answered,
            ):
                await answered.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise AcquirerAway from None
        if answered.status == _SEE_OTHER:
            return BrowserReturn(answered.headers["location"])
        if answered.status != _OK:
            raise AcquirerAway
        return None
