"""An order on a terminal: all that is known of it, part by part."""

from collections.abc import Iterable, Sequence

from bezant.checkout.files import OrderFile
from bezant.cli.output import console, moment, print_table
from bezant.customers.model import AddressDetails
from bezant.kernel.money import Money


def print_order(file: OrderFile) -> None:
    """Prints an order, its lines, its payment and its history."""
    _print_head(file)
    _print_lines(file)
    _print_payment(file)
    print_part(
        "history",
        ("status", "cause", "at"),
        ((each.status.shown, each.cause, moment(each.at)) for each in file.history),
    )


def address_line(address: AddressDetails) -> str:
    """An address as one line, with who is there and how to reach them."""
    places = (address.address, address.district, address.county, address.city)
    return ", ".join(filter(None, (address.fullname, *places, address.phone)))


def print_facts(*facts: tuple[str, str]) -> None:
    """Names and what they stand for, one a line; what there is nothing of is left out."""
    for name, fact in facts:
        if fact:
            console.print(f"{name:<15}{fact}", soft_wrap=True)


def print_part(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table under a title."""
    console.print(f"\n{title}", style="bold")
    print_table(columns, rows)


def _print_head(file: OrderFile) -> None:
    view, name = file.view, file.name
    person = view.customer.person
    print_facts(
        ("code", name.order_code),
        ("number", name.increment_id),
        ("partner", name.partner),
        ("partner's id", view.external_id),
        ("order id", str(view.order_id)),
        ("status", view.status.shown),
        ("ordered", moment(view.ordered_at)),
        ("customer", f"{view.customer.external_id or '-'} {person.fullname}".strip()),
        ("reached at", f"{person.phone} {person.email}".strip()),
        ("ship to", address_line(view.shipping_address.details)),
        ("bill to", address_line(view.billing_address.details)),
        ("parcel", f"{view.cargo_number} {view.cargo_url}".strip()),
        ("note", view.note),
    )


def _print_lines(file: OrderFile) -> None:
    view = file.view
    print_part(
        "lines",
        ("sku", "name", "pieces", "a piece", "tax", "total", "serials"),
        (
            (
                item.sku,
                item.name,
                str(item.amount),
                str(Money(item.price, view.currency)),
                str(Money(item.tax, view.currency)),
                str(Money(item.total, view.currency)),
                " ".join(file.serials.get(item.product_id, ())) or "-",
            )
            for item in view.items
        ),
    )
    print_facts(
        ("total", str(view.figures.total)),
        ("cost of paying", str(view.cost)),
        ("to pay", str(view.figures.total + view.cost)),
    )


def _print_payment(file: OrderFile) -> None:
    view, payment = file.view, file.view.payment
    console.print("\npayment", style="bold")
    print_facts(
        ("method", payment.method),
        ("state", payment.state),
        ("refunded", str(Money(payment.refunded, view.currency))),
    )
    if file.charges:
        print_part(
            "charges",
            ("reference", "acquirer", "state", "amount", "card", "way", "settled", "said"),
            (
                (
                    each.reference,
                    each.acquirer,
                    f"{each.state}, goes back" if each.is_surplus else each.state,
                    str(each.whole),
                    each.card,
                    f"{'3-D' if each.is_3d else 'no 3-D'}, {each.instalment}x",
                    f"{moment(each.settled_at)} {each.settled_by or ''}".strip(),
                    f"{each.reason} {each.explanation} {each.transaction_id}".strip() or "-",
                )
                for each in file.charges
            ),
        )
    if file.refunds:
        print_part(
            "refunds",
            ("reference", "amount", "state", "by", "reason", "tries", "asked", "settled", "said"),
            (
                (
                    each.reference,
                    str(each.amount),
                    each.state,
                    each.asked_by,
                    each.reason or "-",
                    str(each.tries),
                    moment(each.asked_at),
                    moment(each.settled_at),
                    each.explanation or "-",
                )
                for each in file.refunds
            ),
        )
