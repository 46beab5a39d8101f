"""`bezant webhooks`: where partners are told of events, and what became of the telling."""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer

from bezant.checkout import finding
from bezant.checkout.files import SeveralOrders
from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Connection, Database, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId
from bezant.orders.model import NoSuchOrder
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.trading import announcing, reading
from bezant.webhooks.model import (
    Answer,
    DeliveryState,
    DeliveryView,
    Endpoint,
    EndpointId,
    EndpointWanted,
    EventId,
    EventType,
    Resend,
    Stream,
    order_stream,
)
from bezant.webhooks.service import abandonment, endpoints, events
from bezant.wiring import webhook_vault_of

app = typer.Typer(help="Webhooks: what partners are told of.", no_args_is_help=True)
endpoint = typer.Typer(help="Endpoints: where a partner is told.", no_args_is_help=True)
app.add_typer(endpoint, name="endpoint")

Partner = Annotated[str, typer.Argument(help="The partner's code.")]
Number = Annotated[int, typer.Argument(min=1, help="The endpoint's number.")]
OfPartner = Annotated[str | None, typer.Option("--partner", help="A partner's code.")]

DEFAULT_OVERLAP_H: Final = 24
MAX_OVERLAP_H: Final = 24 * 30
DEFAULT_SHOWN: Final = 50
MAX_SHOWN: Final = 1_000
_ABOUT: Final = re.compile(r"order:[0-9]{1,18}|digital-order:[0-9A-F-]{36}")
_SPAN: Final = re.compile(r"(\d{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@endpoint.command()
def add(
    partner: Partner,
    url: Annotated[str, typer.Argument(help="Where to post events to.")],
    event: Annotated[
        list[EventType] | None, typer.Option(help="An event that it wants; all unless given.")
    ] = None,
) -> None:
    """Add an endpoint; its signing secret is shown this once."""
    now, wanted = SystemClock().now(), EndpointWanted(url, frozenset(event or ()))

    async def work(settings: Settings, db: Database) -> tuple[Endpoint, str]:
        vault = webhook_vault_of(settings)

        async def make(tx: Tx) -> tuple[Endpoint, str]:
            found = await accounts.find_partner(tx, partner)
            return await endpoints.add_endpoint(tx, found.partner_id, wanted, vault=vault, now=now)

        return await db.write(make)

    made, secret = on_database(work)
    console.print(f"endpoint {made.key.endpoint_id} added")
    _show(secret)


@endpoint.command("list")
def list_endpoints(
    partner: Annotated[
        str | None, typer.Argument(help="The partner's code; all unless given.")
    ] = None,
) -> None:
    """List endpoints, never their secrets."""

    async def work(_settings: Settings, db: Database) -> tuple[list[Endpoint], dict[int, str]]:
        async with db.reading() as connection:
            names = await _names(connection)
            partner_id = await _partner_id(connection, partner)
            return await endpoints.list_endpoints(connection, partner_id), names

    found, names = on_database(work)
    print_table(
        ("number", "partner", "url", "events", "added", "disabled"),
        (
            (
                str(each.key.endpoint_id),
                names[each.key.partner_id],
                each.url,
                " ".join(sorted(each.types)) or "all",
                moment(each.created_at),
                moment(each.disabled_at),
            )
            for each in found
        ),
    )


@endpoint.command()
def remove(number: Number) -> None:
    """Forget an endpoint and everything on its way to it."""

    async def work(_settings: Settings, db: Database) -> Endpoint:
        return await db.write(lambda tx: endpoints.remove_endpoint(tx, EndpointId(number)))

    console.print(f"endpoint {number} is removed; nothing more goes to {on_database(work).url}")


@endpoint.command()
def enable(number: Number) -> None:
    """Send to an endpoint again that was disabled because it answered 410."""

    async def work(_settings: Settings, db: Database) -> Endpoint:
        return await db.write(lambda tx: endpoints.enable_endpoint(tx, EndpointId(number)))

    found = on_database(work)
    console.print(f"endpoint {number} is enabled: {found.url}; what was parked: webhooks resend")


@endpoint.command()
def rotate(
    number: Number,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=MAX_OVERLAP_H, help="How long the old secret signs too.")
    ] = DEFAULT_OVERLAP_H,
) -> None:
    """Make a new signing secret; the old one signs too until the overlap is over."""
    now, overlap = SystemClock().now(), timedelta(hours=overlap_hours)

    async def work(settings: Settings, db: Database) -> str:
        vault = webhook_vault_of(settings)
        return await db.write(
            lambda tx: endpoints.rotate_secret(
                tx, EndpointId(number), overlap=overlap, vault=vault, now=now
            )
        )

    _show(on_database(work))
    console.print(f"The one before signs too until {moment(now + overlap)}.")


@app.command("list")
def list_(
    partner: OfPartner = None,
    parked: Annotated[bool, typer.Option("--parked", help="Only what is parked.")] = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits.")] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_SHOWN, help="How many to show.")
    ] = DEFAULT_SHOWN,
) -> None:
    """List deliveries, the newest event first, with what came of the last try."""
    state = DeliveryState.PARKED if parked else DeliveryState.WAITING if waiting else None

    async def work(_settings: Settings, db: Database) -> tuple[list[DeliveryView], dict[int, str]]:
        async with db.reading() as connection:
            names = await _names(connection)
            partner_id = await _partner_id(connection, partner)
            found = await events.list_deliveries(connection, partner_id, state=state, limit=limit)
            return found, names

    found, names = on_database(work)
    print_table(
        ("event", "type", "about", "partner", "endpoint", "state", "tries", "next try", "last"),
        (
            (
                each.event_id,
                each.type,
                each.stream,
                names[each.key.partner_id],
                str(each.key.endpoint_id),
                each.state,
                str(each.tries),
                moment(each.next_try_at),
                f"{each.last_status or ''} {each.last_error}".strip(),
            )
            for each in found
        ),
    )


@app.command()
def resend(
    partner: Partner,
    event: Annotated[str | None, typer.Option(help="The id of an event.")] = None,
    order: Annotated[
        str | None,
        typer.Option(help="An order: its code, its number, your partner's id, or as in `about`."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Events from then on, in UTC: 2026-06-01T09:00:00.")
    ] = None,
    delivered: Annotated[
        bool, typer.Option("--delivered", help="Also what was delivered.")
    ] = False,
) -> None:
    """Send now what is parked, waits or was delivered: one event, an order's, or since a time."""
    if event is None and order is None and since is None:
        raise typer.BadParameter("say which: --event, --order or --since")
    now = SystemClock().now()

    async def work(_settings: Settings, db: Database) -> int:
        async def again(tx: Tx) -> int:
            found = await accounts.find_partner(tx, partner)
            wanted = Resend(
                partner_id=found.partner_id,
                event_id=None if event is None else EventId(event),
                stream=None if order is None else await _stream(tx, order, found.partner_id),
                since=None if since is None else since.replace(tzinfo=now.tzinfo),
                # An event that is named is meant, whatever became of it.
                undelivered_only=event is None and not delivered,
            )
            return await events.resend(tx, wanted, now=now)

        return await db.write(again)

    console.print(f"{on_database(work)} on their way")


@app.command()
def test(number: Number) -> None:
    """Send a test event to an endpoint and say what it answered."""
    # What speaks HTTP takes a while to import, and no other verb needs it.
    from bezant.webhooks.delivering import Courier, send_test
    from bezant.webhooks.posting import Poster

    async def work(settings: Settings, db: Database) -> Answer:
        vault = webhook_vault_of(settings)
        async with Poster(allows_private=vault.allows_private) as poster:
            courier = Courier(db, SystemClock(), vault, poster)
            return await send_test(courier, EndpointId(number))

    answer = on_database(work)
    said = f"{answer.status or 'no answer'} {answer.error}".strip()
    console.print(f"endpoint {number}: {said}")
    if not answer.is_success:
        raise typer.Exit(1)


@app.command()
def abandon(
    partner: Partner,
    after: Annotated[
        str | None, typer.Option(help="After how long a basket is abandoned: 90m, 2h, 1d.")
    ] = None,
    resume_url: Annotated[
        str | None, typer.Option(help="Where it is taken up again, with {token} in it.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Tell no more of them.")] = False,
) -> None:
    """Tell a partner of baskets that are abandoned from now on, or no more."""
    if off is (after is not None or resume_url is not None) or (after is None) is not (
        resume_url is None
    ):
        raise typer.BadParameter("give --after and --resume-url, or --off")
    now = SystemClock().now()

    async def work(_settings: Settings, db: Database) -> None:
        async def change(tx: Tx) -> None:
            partner_id = (await accounts.find_partner(tx, partner)).partner_id
            if after is None or resume_url is None:
                await abandonment.tell_no_more(tx, partner_id)
                return
            await abandonment.tell_of_abandoned(
                tx, partner_id, after=_span(after), resume_url=resume_url, now=now
            )

        await db.write(change)

    on_database(work)
    told = "no more of abandoned baskets" if off else f"of baskets left alone for {after}"
    console.print(f"partner {partner} is told {told}")


def _show(secret: str) -> None:
    console.print(f"secret {secret}", soft_wrap=True)
    console.print("The secret is kept sealed and cannot be shown again.")


async def _names(connection: Connection) -> dict[int, str]:
    return {each.partner_id: each.code for each in await accounts.list_partners(connection)}


async def _partner_id(connection: Connection, code: str | None) -> PartnerId | None:
    return None if code is None else (await accounts.find_partner(connection, code)).partner_id


async def _stream(connection: Connection, order: str, partner_id: PartnerId) -> Stream:
    """What an order's events are in. Raises `NoSuchOrder`, `SeveralOrders`."""
    if _ABOUT.fullmatch(order):
        return Stream(order)
    digital = await reading.orders_called(connection, order, partner_id)
    streams = [announcing.order_stream(each) for each in digital]
    with suppress(NoSuchOrder):
        found = await finding.find_order(connection, order, partner_id)
        streams.append(order_stream(found.order_id))
    if not streams:
        raise NoSuchOrder
    if len(streams) > 1:
        raise SeveralOrders(name=order, orders=", ".join(streams))
    return streams[0]


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Invalid.field("after", "field.pattern")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
