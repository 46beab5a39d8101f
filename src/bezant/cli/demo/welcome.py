"""What `bezant demo` says once the shop is open."""

from typing import Final

import msgspec
from rich.console import Console

from bezant.cli.demo.record import DemoPartner, DemoRecord, DemoSandbox
from bezant.legal.model import DocumentType

_HEADERS: Final = (
    " --header 'x-client-id;' --header 'api-version: 3' --header 'Accept-Language: tr'"
)
_LEGALS: Final = (
    DocumentType.PRELIMINARY_INFORMATION,
    DocumentType.DISTANCE_SALES,
)


def print_welcome(record: DemoRecord, console: Console) -> None:
    """Where everything is, and lines for curl that work as they are printed."""
    partner = record.partners[0]
    console.print(f"\nBezant is open at {record.base_url}\n")
    console.print(f"  reference    {record.base_url}/docs")
    console.print(f"  credentials  {record.path}")
    if record.sandbox is not None:
        console.print(f"  acquirer     {record.sandbox.url} (a sandbox: it takes no money)")
    console.print("\nTry the incomplete baskets of a customer:\n")
    target = (
        f"{record.base_url}/partner/ecom/baskets"
        f"?customer_external_id={partner.customer_external_id}&page=&total="
        "&startDate&endDate&card_bin"
    )
    _print_command(console, f"{_curl(partner)} '{target}'{_HEADERS}")
    if record.sandbox is not None:
        _print_buying(record, partner, record.sandbox, console)
    console.print("Ctrl-C stops it.")


def _print_buying(
    record: DemoRecord, partner: DemoPartner, sandbox: DemoSandbox, console: Console
) -> None:
    basket = f"{record.base_url}/partner/ecom/basket"
    named = f"customer_external_id={partner.customer_external_id}&cart_token={partner.cart_token}"
    console.print("Buy the newest of them. Reading a basket holds its prices for a while:\n")
    _print_command(console, f"{_curl(partner)} '{basket}?{named}'{_HEADERS}")
    body = msgspec.json.encode(_order(partner)).decode()
    _print_command(
        console,
        f"{_curl(partner)} --request PUT '{basket}/complete'{_HEADERS}"
        f" --header 'Content-Type: application/json' --data '{body}'",
    )
    console.print("Then open the answer's payment.redirect_url in a browser, and pay with\n")
    for card in sandbox.cards:
        console.print(f"  {card.number}  {card.expiry}  {card.cvv}  {card.what}")
    console.print(f"\nThe code of the 3-D page is {sandbox.code}.\n")


def _order(partner: DemoPartner) -> dict[str, object]:
    return {
        "external_customer_id": partner.customer_external_id,
        "cart_token": partner.cart_token,
        # Another basket is another order.
        "external_id": f"demo-{partner.cart_token[:12]}",
        "payment_type": "creditcard",
        "legals": [{"type": type_, "version": 1} for type_ in _LEGALS],
    }


def _curl(partner: DemoPartner) -> str:
    return f"curl --digest --user {partner.username}:{partner.secret}"


def _print_command(console: Console, command: str) -> None:
    console.print(f"  {command}\n", soft_wrap=True, markup=False)
