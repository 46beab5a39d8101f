"""Deliveries of digital metal on the command line: those under way, and taking one on."""

from typing import Annotated, Final

import typer

from bezant.checkout.advancing import NotSetByHand
from bezant.checkout.files import SeveralOrders
from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table
from bezant.delivery.model import Dispatch, ShipmentStatus
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.ids import PartnerId
from bezant.orders.model import NoSuchOrder, OrderStatus
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.trading import delivery_finding, delivery_steps
from bezant.trading.deliveries import DeliveryFile, DeliveryRow

MAX_SHOWN: Final = 1_000
DEFAULT_SHOWN: Final = 100
_BY_ORDER: Final = {status.of_order: status for status in ShipmentStatus}


def register(app: typer.Typer) -> None:
    """Adds this verb to those of orders."""
    app.command("deliveries")(deliveries)


def deliveries(
    partner: Annotated[
        str | None, typer.Option("--partner", help="The code of their partner.")
    ] = None,
    with_ended: Annotated[
        bool, typer.Option("--all", help="Also those that were delivered or cancelled.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_SHOWN, help="How many at most.")
    ] = DEFAULT_SHOWN,
) -> None:
    """List deliveries of digital metal that are under way, the oldest first."""

    async def work(_settings: Settings, db: Database) -> list[DeliveryRow]:
        async with db.reading() as connection:
            found = None if partner is None else await accounts.find_partner(connection, partner)
            partner_id = None if found is None else found.partner_id
            return await delivery_finding.oldest(
                connection, partner_id, with_ended=with_ended, at_most=limit
            )

    print_table(
        (
            "code",
            "partner",
            "partner's id",
            "customer",
            "ordered",
            "status",
            "pieces",
            "grams",
            "to",
        ),
        (
            (
                each.order_code,
                each.partner,
                each.external_id or "-",
                each.customer or "-",
                moment(each.ordered_at),
                f"{each.status} {each.carrier} {each.tracking_number}".strip(),
                f"{each.amount} {each.sku}",
                f"{each.grams.decimal:f} {each.grams.asset.sku}",
                f"{each.ship_to.fullname}, {each.ship_to.city}",
            )
            for each in on_database(work)
        ),
    )


async def find_delivery(db: Database, name: str, partner_id: PartnerId | None) -> DeliveryRow:
    """The delivery with this name. Raises `NoSuchOrder`, `SeveralOrders`."""
    async with db.reading() as connection:
        found = await delivery_finding.namesakes(connection, name, partner_id)
    if not found:
        raise NoSuchOrder
    if len(found) > 1:
        orders = ", ".join(f"{each.order_code} of {each.partner}" for each in found)
        raise SeveralOrders(name=name, orders=orders)
    return found[0]


async def read_delivery(db: Database, row: DeliveryRow) -> DeliveryFile:
    """All that is known of a delivery. Raises `NoSuchOrder`."""
    async with db.snapshot() as connection:
        return await delivery_finding.read_file(connection, row)


def status_of(to: OrderStatus) -> ShipmentStatus:
    """What a delivery comes to. Raises `NotSetByHand` for what none comes to by staff."""
    status = _BY_ORDER.get(to)
    if status is None or status is ShipmentStatus.ORDERED:
        raise NotSetByHand(status=to.shown)
    return status


async def take_on(db: Database, row: DeliveryRow, dispatch: Dispatch) -> None:
    """Takes a delivery on, and says so."""
    now = SystemClock().now()
    before, after = await db.write(
        lambda tx: delivery_steps.advance(tx, row.partner_id, row.guid, dispatch, now=now)
    )
    console.print(
        f"delivery {row.order_code} was {before.status.shown} and is {after.status.shown}"
    )
