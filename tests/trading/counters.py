"""A counter for tests: a desk whose customers pay by card, and the legs by which it is heard."""

from collections.abc import Mapping
from dataclasses import dataclass

from bezant.kernel.ids import PaymentToken
from bezant.payments.acquirer import ChargeReference
from bezant.payments.model import Leg
from bezant.payments.service import legs, paying
from bezant.payments.till import Till
from bezant.payments.views import Notice
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import CARD
from tests.factories.shop import Reply
from tests.trading.desk import Desk
from tests.trading.test_ordering import the_order


@dataclass
class Counter:
    """A desk whose customers pay by card, and the legs by which that is heard."""

    desk: Desk
    till: Till
    acquirer: FakeAcquirer

    async def buy(self, **changes: object) -> Reply:
        """Buys a tenth of a gram of gold, for 202, by a card without 3-D."""
        body: dict[str, object] = {
            "topup": None,
            "payment_type": "creditcard",
            "payment": CARD | {"is_3d": False},
        }
        return await self.desk.buy(0.1, sku="GAU", **(body | changes))

    async def buy_with(self, turn: Turn, **changes: object) -> Mapping[str, object]:
        """The order that comes of it, when the acquirer does this."""
        self.acquirer.plans(turn)
        return the_order(await self.buy(**changes))

    async def hear(self, leg: str) -> None:
        """One leg brings what it knows of the newest charge."""
        reference = self.reference
        match leg:
            case "notice":
                notice = Notice(*self.acquirer.notice(reference))
                await legs.hear_notice(self.till, self.acquirer.name, notice)
            case "return":
                signed = {"reference": reference, "signature": "signed by the fake"}
                await paying.come_back(self.till, await self.token(), signed)
            case _:
                outcome = await self.acquirer.query(reference)
                named = Leg.REPLY if leg == "reply" else Leg.SWEEP
                await legs.hear(self.till, outcome, named)

    @property
    def reference(self) -> ChargeReference:
        """Our name of the newest charge that arrived."""
        return self.acquirer.charges[-1].reference

    async def newest_reference(self) -> ChargeReference:
        """Our name of the newest charge that was written down, arrived or not."""
        async with self.desk.db.reading() as connection:
            found: str = await connection.fetchval(
                "SELECT reference FROM payment_attempt WHERE partner_id = $1"
                " ORDER BY attempt_id DESC LIMIT 1",
                self.desk.partner_id,
            )
        return ChargeReference(found)

    async def token(self) -> PaymentToken:
        """The token of the newest payment."""
        async with self.desk.db.reading() as connection:
            found: str = await connection.fetchval(
                "SELECT token FROM payment WHERE partner_id = $1 ORDER BY payment_id DESC LIMIT 1",
                self.desk.partner_id,
            )
        return PaymentToken(found)

    async def order(self, order: Mapping[str, object]) -> Mapping[str, object]:
        """How it is read now."""
        reply = await self.desk.partner.get(f"/partner/order/{order['external_id']}")
        assert reply.status == 200, reply.body
        return reply.data

    async def state(self, order: Mapping[str, object]) -> tuple[object, object]:
        """Its status, and its payment's state."""
        read = await self.order(order)
        payment = read["payment"]
        assert isinstance(payment, Mapping)
        return read["status_name"], payment["state"]

    async def journals(self) -> int:
        """How many journals there are in the partner's book."""
        async with self.desk.db.reading() as connection:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM ledger_journal WHERE partner_id = $1", self.desk.partner_id
            )
        return found
