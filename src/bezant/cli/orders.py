"""`bezant order`: find orders, take them on, refund and cancel them."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import typer

from bezant.checkout import advancing, finding, refunding
from bezant.checkout.advancing import Step
from bezant.checkout.files import OrderFile, OrderName, OrderRow, OrdersWanted, RefundTold
from bezant.checkout.refunding import RefundAsked
from bezant.cli import deliveries
from bezant.cli.databases import on_database
from bezant.cli.delivery_sheet import print_delivery
from bezant.cli.order_sheet import print_order
from bezant.cli.output import console, moment, print_table, without_logs
from bezant.delivery.model import Dispatch
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Connection, Database
from bezant.kernel.errors import BezantError, Invalid, Kind
from bezant.kernel.ids import PartnerId
from bezant.kernel.money import MINOR_UNITS, Money
from bezant.kernel.texts import Language
from bezant.orders.model import NoSuchOrder, OrderStatus
from bezant.partners.service import accounts
from bezant.payments.model import RefundState
from bezant.payments.till import Till
from bezant.settings import Settings
from bezant.trading.deliveries import DeliveryFile, DeliveryRow
from bezant.wiring import till_of

app = typer.Typer(help="Orders: find, ship, refund and cancel them.", no_args_is_help=True)
deliveries.register(app)

DEFAULT_SHOWN: Final = 20
MAX_SHOWN: Final = 1_000
_STATUSES: Final = {status.shown.casefold().replace(" ", "-"): status for status in OrderStatus}
_STATUSES["delivered"] = OrderStatus.COMPLETED
_NUMBERS: Final = {str(int(status)): status for status in OrderStatus}
_AMOUNT: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")


def _read_status(text: str) -> OrderStatus:
    """A status by its name or number. One that there is not is wrong usage."""
    status = _STATUSES.get(text.casefold()) or _NUMBERS.get(text)
    if status is None:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(_STATUSES)}")
    return status


Code = Annotated[str, typer.Argument(help="The order's code or number; or its id at a partner.")]
OfPartner = Annotated[str | None, typer.Option("--partner", help="The code of its partner.")]
By = Annotated[str, typer.Option("--by", help="Who does it.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the order.")]
CargoNumber = Annotated[
    str | None,
    typer.Option(
        "--cargo-number", "--tracking-number", help="The number by which its parcel is followed."
    ),
]
CargoUrl = Annotated[
    str | None,
    typer.Option(
        "--cargo-url", "--tracking-url", help="The address by which its parcel is followed."
    ),
]


class RefundRefused(BezantError):
    """The acquirer does not give the money back."""

    kind = Kind.CONFLICT
    text = "payment.refund_refused"


@app.command("list")
def list_(
    partner: OfPartner = None,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help="Only orders of this status, by its name.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_SHOWN, help="How many at most.")
    ] = DEFAULT_SHOWN,
) -> None:
    """List orders, the newest first."""
    only = None if status is None else _read_status(status)

    async def work(_settings: Settings, db: Database) -> list[OrderRow]:
        async with db.reading() as connection:
            wanted = OrdersWanted(
                partner_id=await _partner_id(connection, partner),
                status=only,
                at_most=limit,
            )
            return await finding.newest_orders(connection, wanted)

    print_table(
        ("code", "number", "partner", "customer", "ordered", "status", "total", "paid", "refunded"),
        (
            (
                each.name.order_code,
                each.name.increment_id,
                each.name.partner,
                each.customer or "-",
                moment(each.ordered_at),
                each.status.shown,
                str(each.paid_total),
                f"{each.method} {each.payment}",
                str(each.refunded) if each.refunded else "-",
            )
            for each in on_database(work)
        ),
    )


@app.command()
def show(code: Code, partner: OfPartner = None) -> None:
    """Show all that is known of an order."""

    async def work(_settings: Settings, db: Database) -> OrderFile | DeliveryFile:
        try:
            return await _read(db, await _find(db, code, partner))
        except NoSuchOrder:
            return await deliveries.read_delivery(db, await _find_delivery(db, code, partner))

    file = on_database(work)
    if isinstance(file, OrderFile):
        print_order(file)
    else:
        print_delivery(file)


@app.command()
def advance(
    code: Code,
    status: Annotated[
        str, typer.Argument(metavar="STATUS", help=f"What it comes to: {', '.join(_STATUSES)}.")
    ],
    by: By,
    partner: OfPartner = None,
    cargo_number: CargoNumber = None,
    cargo_url: CargoUrl = None,
    carrier: Annotated[
        str | None, typer.Option(help="Who carries a delivery of digital metal.")
    ] = None,
) -> None:
    """Take an order on to its next status; its partner is told.

    A delivery of digital metal comes to preparing, shipped, delivered or, until it is shipped,
    to cancelled: then its grams, its pieces and its cost are given back.
    """
    step = Step(to=_read_status(status), by=by, cargo_number=cargo_number, cargo_url=cargo_url)

    async def work(_settings: Settings, db: Database) -> None:
        try:
            name = await _find(db, code, partner)
        except NoSuchOrder:
            row = await _find_delivery(db, code, partner)
            await deliveries.take_on(db, row, _dispatch(step, carrier))
            return
        if carrier is not None:
            raise Invalid.field("carrier", "delivery.no_carrier")
        await _take_on(db, name, step)

    on_database(work)


async def _take_on(db: Database, name: OrderName, step: Step) -> None:
    now = SystemClock().now()
    change = await db.write(
        lambda tx: advancing.advance_order(tx, name.partner_id, name.order_id, step, now=now)
    )
    console.print(f"order {name.order_code} was {change.before.shown} and is {change.after.shown}")


def _dispatch(step: Step, carrier: str | None) -> Dispatch:
    return Dispatch(
        to=deliveries.status_of(step.to),
        by=step.by,
        carrier=carrier,
        tracking_number=step.cargo_number,
        tracking_url=step.cargo_url,
    )


@app.command()
def refund(
    code: Code,
    by: By,
    reason: Reason,
    amount: Annotated[
        str | None, typer.Option(help="How much, as 12.34; all that is left unless given.")
    ] = None,
    partner: OfPartner = None,
) -> None:
    """Give money back; with the last of it, pieces that were not shipped are in stock again."""
    minor = None if amount is None else _read_amount(amount)

    async def ask(till: Till, name: OrderName) -> None:
        money = None if minor is None else Money(minor, name.currency)
        asked = RefundAsked(money, by, reason)
        await refunding.refund_order(till, name.partner_id, name.order_id, asked)

    _say_refunded(_at_the_till(code, partner, ask))


@app.command()
def cancel(code: Code, by: By, reason: Reason, partner: OfPartner = None) -> None:
    """Cancel an order that waits for its payment, or give all back of one that is paid."""

    async def ask(till: Till, name: OrderName) -> None:
        await refunding.cancel_order(till, name.partner_id, name.order_id, by=by, reason=reason)

    file = _at_the_till(code, partner, ask)
    if file.view.status is OrderStatus.CANCELLED:
        console.print(f"order {file.name.order_code} is Cancelled; nothing was paid for it")
    else:
        _say_refunded(file)


@app.command()
def restock(code: Code, partner: OfPartner = None) -> None:
    """Put the pieces of a refunded order that have come back into stock."""

    async def work(_settings: Settings, db: Database) -> tuple[OrderName, int]:
        name, now = await _find(db, code, partner), SystemClock().now()
        pieces = await db.write(
            lambda tx: refunding.restock_order(tx, name.partner_id, name.order_id, now=now)
        )
        return name, pieces

    name, pieces = on_database(work)
    console.print(f"pieces of order {name.order_code} in stock again: {pieces}")


def _at_the_till(
    code: str, partner: str | None, ask: Callable[[Till, OrderName], Awaitable[None]]
) -> OrderFile:
    """Asks something of an order where payments are taken; the order as it is after that."""

    async def work(settings: Settings, db: Database) -> OrderFile:
        name = await _find(db, code, partner)
        till = till_of(settings, db, SystemClock())
        try:
            await ask(till, name)
        finally:
            await till.close()
        return await _read(db, name)

    with without_logs():
        return on_database(work)


def _say_refunded(file: OrderFile) -> None:
    """Says what became of the newest refund. Raises `RefundRefused`."""
    order = f"order {file.name.order_code}"
    last = file.refunds[-1]
    match last.state:
        case RefundState.DONE:
            console.print(f"{last.amount} of {order} went back; it is {file.view.status.shown}")
        case RefundState.ASKED:
            console.print(
                f"{last.amount} of {order} is to go back; it is {file.view.status.shown}, and the "
                "worker asks the acquirer again until it answers"
            )
        case RefundState.REFUSED:
            raise RefundRefused(order=file.name.order_code, why=_why(last))


def _why(refused: RefundTold) -> str:
    return refused.explanation or "-"


async def _find(db: Database, code: str, partner: str | None) -> OrderName:
    async with db.reading() as connection:
        return await finding.find_order(connection, code, await _partner_id(connection, partner))


async def _find_delivery(db: Database, code: str, partner: str | None) -> DeliveryRow:
    async with db.reading() as connection:
        partner_id = await _partner_id(connection, partner)
    return await deliveries.find_delivery(db, code, partner_id)


async def _read(db: Database, name: OrderName) -> OrderFile:
    async with db.snapshot() as connection:
        return await finding.read_file(connection, name, language=Language.EN)


async def _partner_id(connection: Connection, code: str | None) -> PartnerId | None:
    return None if code is None else (await accounts.find_partner(connection, code)).partner_id


def _read_amount(text: str) -> int:
    """Minor units, exactly as typed. Raises `Invalid`."""
    found = _AMOUNT.fullmatch(text)
    minor = int(found[1]) * MINOR_UNITS + int((found[2] or "").ljust(2, "0")) if found else 0
    if not minor:
        raise Invalid.field("amount", "refund.amount")
    return minor
