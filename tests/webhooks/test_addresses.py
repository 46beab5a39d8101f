"""Where webhooks may go: the forms that are refused, and the addresses behind a name."""

import socket
from collections.abc import Sequence

import pytest

from bezant.kernel.errors import Invalid
from bezant.webhooks.addresses import is_public, why_refused
from tests.factories.clock import FakeClock
from tests.webhooks.desk import Desk, courier
from tests.webhooks.receiver import Receiver

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it.
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.2.3",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:0808:0808::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "4000::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700:4700::1111"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_only_we_can_reach_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://shop.example/hooks", None),
        ("https://shop.example:8443/hooks?a=b", None),
        ("https://8.8.8.8/hooks", None),
        ("https://[2606:4700:4700::1111]/hooks", None),
        ("http://shop.example/hooks", "webhook.url_not_https"),
        ("ftp://shop.example/hooks", "webhook.url_not_https"),
        ("//shop.example/hooks", "webhook.url_not_https"),
        ("https:///hooks", "webhook.url_malformed"),
        ("https://user:pass@shop.example/", "webhook.url_malformed"),
        ("https://shop.example@10.0.0.1/", "webhook.url_malformed"),
        ("https://shop.example/#part", "webhook.url_malformed"),
        ("https://shop.example/ a", "webhook.url_malformed"),
        ("https://shop.example\\@10.0.0.1/", "webhook.url_malformed"),
        ("https://shop.example/\r\nHost: x", "webhook.url_malformed"),
        ("https://shop.example:0/", "webhook.url_malformed"),
        ("https://shop.example:99999/", "webhook.url_malformed"),
        ("https://[::1/", "webhook.url_malformed"),
        ("https://şop.example/", "webhook.url_malformed"),
        ("https://shop.example/" + "a" * 500, "webhook.url_malformed"),
        ("https://127.0.0.1/", "webhook.url_private"),
        ("https://169.254.169.254/latest", "webhook.url_private"),
        ("https://[::ffff:127.0.0.1]/", "webhook.url_private"),
        ("https://localhost/", "webhook.url_private"),
        ("https://LOCALHOST./", "webhook.url_private"),
        ("https://a.localhost/", "webhook.url_private"),
        ("https://db.internal/", "webhook.url_private"),
        ("https://printer.local/", "webhook.url_private"),
    ],
)
def test_the_form_of_an_address_is_checked(url: str, why: str | None) -> None:
    assert why_refused(url, allows_private=False) == why


def test_a_test_network_may_have_private_addresses_and_plain_http() -> None:
    assert why_refused("http://127.0.0.1:8000/", allows_private=True) is None
    assert why_refused("file:///etc/passwd", allows_private=True) is not None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1", "rebound"],
)
async def test_no_connection_is_made_to_a_private_address_however_it_is_written(
    desk: Desk, clock: FakeClock, receiver: Receiver, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.base_url.rpartition(":")[2]
    _resolve("rebound", ["127.0.0.1"], monkeypatch)

    async with courier(desk.db, clock, allows_private=False) as careful:
        answer = await careful.poster.post(
            f"http://{host}:{port}/hooks", b"{}", headers={}, now=clock.now()
        )

    assert answer.status is None
    assert "is not a public address" in answer.error or "not a canonical IPv4" in answer.error
    assert receiver.tries == []


async def test_a_name_that_is_private_by_the_second_time_gains_nothing(
    desk: Desk, clock: FakeClock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = await desk.add(receiver.url.replace("127.0.0.1", "shop.example"))
    asked = _resolve("shop.example", ["127.0.0.1"], monkeypatch)
    async with courier(desk.db, clock, allows_private=False) as careful:
        answer = await careful.poster.post(endpoint.url, b"{}", headers={}, now=clock.now())

    # The address is looked up once, and it is this one that is checked and used.
    assert asked == ["shop.example"]
    assert "127.0.0.1 is not a public address" in answer.error
    assert receiver.tries == []


async def test_an_endpoint_is_added_only_at_an_address_that_may_be_used(
    desk: Desk, clock: FakeClock
) -> None:
    async with courier(desk.db, clock, allows_private=False) as careful:
        strict = Desk(desk.db, clock, careful, desk.partner_id)
        with pytest.raises(Invalid) as refused:
            await strict.add("https://10.0.0.1/hooks")
        added, _ = await strict.add("https://shop.example/hooks")

    assert list(refused.value.fields) == ["url"]
    assert added.url == "https://shop.example/hooks"


def _resolve(
    name: str, addresses: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> list[str | bytes | None]:
    """Lets a name lead to addresses; the names that were looked up."""
    known, asked = socket.getaddrinfo, list[str | bytes | None]()

    def look_up(
        host: str | bytes | None, port: str | int | None, *rest: int, **named: int
    ) -> object:
        asked.append(host)
        found = addresses[0] if host == name else host
        return known(found, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked
