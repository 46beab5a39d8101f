"""A customer with a basket, as a partner's shop drives it."""

from tests.factories.catalog import GOLD_BAR
from tests.factories.client import PartnerClient
from tests.factories.shop import Reply

PATH = "/partner/ecom/basket"
EMPTY = "/partner/ecom/basket/empty"
SET_ADDRESS = "/partner/ecom/basket/setaddress"


class Shopper:
    """One customer and one basket; both can be named otherwise."""

    def __init__(self, partner: PartnerClient, customer: str, token: str) -> None:
        self.partner, self.customer, self.token = partner, customer, token

    @classmethod
    async def enter(
        cls, partner: PartnerClient, *, sku: str = GOLD_BAR, amount: int = 1
    ) -> "Shopper":
        """A new customer who has put something into a basket."""
        customer = await partner.new_customer()
        basket = await partner.new_basket(customer, sku=sku, amount=amount)
        return cls(partner, customer, str(basket.data["token"]))

    async def add(self, sku: str, amount: int = 1, **more: object) -> Reply:
        """Puts pieces in."""
        return await self._send("POST", {"sku": sku, "amount": amount} | more)

    async def set(self, sku: str, amount: int, **more: object) -> Reply:
        """Sets how many pieces there are."""
        return await self._send("PATCH", {"sku": sku, "amount": amount} | more)

    async def take_out(self, sku: str) -> Reply:
        """Takes a product out."""
        return await self._send("DELETE", {"sku": sku})

    async def empty(self) -> Reply:
        """Takes everything out."""
        return await self._send("DELETE", {}, path=EMPTY)

    async def look(self, **more: object) -> Reply:
        """The basket."""
        return await self.partner.get(
            PATH, customer_external_id=self.customer, cart_token=self.token, **more
        )

    async def set_address(self, **sent: object) -> Reply:
        """Gives the basket addresses."""
        return await self._send("PATCH", sent, path=SET_ADDRESS)

    async def _send(self, method: str, body: dict[str, object], *, path: str = PATH) -> Reply:
        named = {"external_customer_id": self.customer, "cart_token": self.token}
        return await self.partner.call(method, path, body=named | body)


def held(reply: Reply) -> dict[object, object]:
    """How many pieces of which product a basket holds."""
    assert reply.status == 200, reply.body
    return {item["sku"]: item["amount"] for item in reply.items}
