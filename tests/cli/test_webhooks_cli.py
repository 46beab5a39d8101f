"""`bezant webhooks resend`: an order's events, by what staff calls the order."""

from uuid import uuid4

import pytest

from bezant.kernel.db import Connection
from bezant.kernel.ids import OrderId
from bezant.partners.service import accounts
from bezant.webhooks.model import Stream, order_stream
from bezant.webhooks.service import events
from tests.cli.counter import Counter, Sold
from tests.cli.terminal import Terminal
from tests.factories.clock import A_MORNING
from tests.webhooks.desk import told


@pytest.fixture
def sold(bezant: Terminal, counter: Counter) -> Sold:
    """An order of which one thing is to be told to its partner; of the next one, too."""
    order = counter.in_cash()
    bezant.done("webhooks", "endpoint", "add", order.partner, "https://shop.example/hooks")

    async def announce(connection: Connection) -> None:
        partner = await accounts.find_partner(connection, order.partner)
        streams = [order_stream(OrderId(order.order_id + more)) for more in (0, 1)]
        new = [told(number, stream=stream) for number, stream in enumerate(streams)]
        async with connection.transaction():
            await events.announce(connection, partner.partner_id, new, now=A_MORNING)

    bezant.look(announce)
    return order


def test_an_orders_events_are_sent_again_by_any_of_its_names(bezant: Terminal, sold: Sold) -> None:
    code = bezant.done("order", "list", "--partner", sold.partner).row_of(sold.number)[0]
    for name in (code, code.lower(), sold.number, sold.external_id, f"order:{sold.order_id}"):
        said = bezant.done("webhooks", "resend", sold.partner, "--order", name)
        assert said.out == "1 on their way\n", name


def test_the_order_of_another_partner_is_not_found(
    bezant: Terminal, counter: Counter, sold: Sold
) -> None:
    other = counter.in_cash()

    refused = bezant.refused("webhooks", "resend", sold.partner, "--order", other.number)

    assert "order" in refused


def test_the_events_of_an_order_of_digital_metal_are_sent_again(
    bezant: Terminal, sold: Sold
) -> None:
    about = Stream(f"digital-order:{str(uuid4()).upper()}")

    async def announce(connection: Connection) -> None:
        partner = await accounts.find_partner(connection, sold.partner)
        async with connection.transaction():
            new = [told(7, stream=about)]
            await events.announce(connection, partner.partner_id, new, now=A_MORNING)

    bezant.look(announce)

    said = bezant.done("webhooks", "resend", sold.partner, "--order", about)

    assert said.out == "1 on their way\n"
