"""What `bezant demo` says once the shop is open."""

from rich.console import Console

from bezant.cli.demo.record import DemoRecord


def print_welcome(record: DemoRecord, console: Console) -> None:
    """Where everything is, and a line for curl that works as it is printed."""
    partner = record.partners[0]
    console.print(f"\nBezant is open at {record.base_url}\n")
    console.print(f"  reference    {record.base_url}/docs")
    console.print(f"  credentials  {record.path}")
    console.print("\nTry the incomplete baskets of a customer:\n")
    target = (
        f"{record.base_url}/partner/ecom/baskets"
        f"?customer_external_id={partner.customer_external_id}&page=&total="
        "&startDate&endDate&card_bin"
    )
    console.print(
        f"  curl --digest --user {partner.username}:{partner.secret} '{target}'"
        " --header 'x-client-id;' --header 'api-version: 3' --header 'Accept-Language: tr'\n",
        soft_wrap=True,
        markup=False,
    )
    console.print("Ctrl-C stops it.")
