"""`bezant audit`: a table, what is broken, and an exit code that a timer can act on."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bezant.checkout.queries.audit import CHECKS
from bezant.cli.audit import SANDBOX_RULE
from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import SandboxAcquirer
from bezant.integrations.acquirers.sandbox.control import SandboxControl
from bezant.integrations.acquirers.sandbox.wire import Plan, ReplyPlan
from bezant.settings import Settings
from bezant.trading.queries.audit import CHECKS as TRADING_CHECKS
from bezant.trading.queries.card_audit import CHECKS as CARD_CHECKS
from bezant.trading.queries.delivery_audit import CHECKS as DELIVERY_CHECKS
from bezant.vault.queries import CHECKS as VAULT_CHECKS
from tests.cli.counter import Counter, Sold
from tests.cli.terminal import Terminal
from tests.factories.sandbox import SANDBOX_SECRET, a_card, a_charge
from tests.factories.servers import free_port, listeners, start_verb, wait_until

STOCK_RULE = "what came into stock is left, promised or sold"


def test_sound_books_are_a_table_of_rules_and_exit_code_0(
    bezant: Terminal, counter: Counter
) -> None:
    counter.in_cash()

    lines = bezant.done("audit").out.splitlines()

    of_trading = len(TRADING_CHECKS) + len(CARD_CHECKS) + len(DELIVERY_CHECKS)
    assert len(lines) == 1 + len(CHECKS) + 1 + of_trading + 1 + len(VAULT_CHECKS)
    assert all(line.endswith(" sound") for line in lines[1:])
    assert {line.removesuffix("sound").strip() for line in lines[1:]} > set(CHECKS)
    assert bezant.done("audit", "--quiet").out == ""


def test_what_is_broken_is_named_and_the_exit_code_is_1(bezant: Terminal, counter: Counter) -> None:
    sku = counter.new_product(stock=5)
    more = "UPDATE product SET received = received + 1 WHERE sku = $1"
    bezant.look(lambda tx: tx.execute(more, sku))

    said, quiet = bezant("audit"), bezant("audit", "--quiet")
    bezant.look(lambda tx: tx.execute(more.replace("+", "-"), sku))

    what = f"  product {sku}: 6 came in, 5 are left, 0 are promised"
    assert (said.code, quiet.code) == (1, 1)
    assert said.out.splitlines()[-2:] == [f"not so: {STOCK_RULE}", what]
    assert [line for line in said.out.splitlines() if line.endswith(" 1 broken")]
    assert quiet.out.strip().splitlines() == [f"not so: {STOCK_RULE}", what]
    assert bezant("audit").code == 0


def test_twenty_breaks_of_a_rule_are_shown_and_the_others_counted(
    bezant: Terminal, counter: Counter
) -> None:
    skus = [counter.new_product(stock=1) for _ in range(22)]
    more = "UPDATE product SET received = received + 1 WHERE sku = ANY ($1)"
    bezant.look(lambda tx: tx.execute(more, skus))

    said = bezant("audit", "--quiet")
    bezant.look(lambda tx: tx.execute(more.replace("+", "-"), skus))

    lines = said.out.strip().splitlines()
    assert (said.code, len(lines), lines[-1]) == (1, 22, "  and 2 more")


def test_without_the_sandbox_there_is_nothing_to_compare_with(bezant: Terminal) -> None:
    assert bezant.refused("audit", "--with-sandbox") == (
        "bezant: The sandbox is not the acquirer in use; there is nothing to compare with it."
    )


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that runs, which the terminal's deployment takes cards at."""

    access: SandboxAccess

    def sell(self, counter: Counter) -> Sold:
        """An order that was paid at it."""
        return counter.by_card(SandboxAcquirer(self.access))

    def plan(self, plan: Plan) -> None:
        """What is to be done with the next charge."""

        async def planned() -> None:
            control = SandboxControl(self.access)
            await control.plan(plan)
            await control.close()

        asyncio.run(planned())

    def charge_a_stranger(self) -> None:
        """A charge that is none of this deployment's."""

        async def charged() -> None:
            acquirer = SandboxAcquirer(self.access)
            await acquirer.start(a_charge(a_card(expiry="12/99"), minor=100))
            await acquirer.close()

        asyncio.run(charged())


@pytest.fixture
def sandbox(bezant: Terminal, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox of this test's own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    for name, value in (("ACQUIRER", "sandbox"), ("SANDBOX_URL", url)):
        bezant.monkeypatch.setenv(f"BEZANT_{name}", value)
    bezant.monkeypatch.setenv("BEZANT_SANDBOX_KEY", SANDBOX_SECRET)
    told = ("--port", str(port), "--state", str(tmp_path / "s.db"), "--key", SANDBOX_SECRET)
    with start_verb(Settings(), "sandbox", *told, "--notice-url", "") as started:
        wait_until(lambda: listeners(port) == 1 or started.process.poll() is not None)
        assert started.process.poll() is None, started.log.read_text()
        yield Sandbox(SandboxAccess.under(url, SANDBOX_SECRET))
        started.process.send_signal(signal.SIGTERM)


def test_the_sandboxs_takings_are_held_against_the_books(
    bezant: Terminal, counter: Counter, sandbox: Sandbox
) -> None:
    bezant.look(lambda tx: tx.execute("UPDATE payment_attempt SET acquirer = 'before'"))
    order = sandbox.sell(counter)
    refunded = bezant.done(
        *("order", "refund", order.number, "--amount", "54.38", "--by", "Elif", "--reason", "R")
    )
    assert "54.38 TRY of order" in refunded.out
    assert "went back" in refunded.out
    sound = bezant.done("audit", "--with-sandbox").out.splitlines()
    assert sound[-1].split("  ")[0] == SANDBOX_RULE

    sandbox.charge_a_stranger()
    sandbox.plan(Plan(reply=ReplyPlan.LOST))
    sandbox.sell(counter)
    broken = bezant("audit", "--quiet", "--with-sandbox")

    assert broken.code == 1
    rule, sums, unheard = broken.out.strip().splitlines()
    assert rule == f"not so: {SANDBOX_RULE}"
    assert sums.strip() == (
        "the sandbox took 4109.76 TRY, the books say 2054.38 TRY: 2055.38 TRY between them"
    )
    assert unheard.strip().startswith("charge ")
    assert unheard.endswith("was taken at the sandbox: 2054.38 TRY")


def test_a_refund_that_the_acquirer_refuses_is_said_and_is_exit_code_1(
    bezant: Terminal, counter: Counter, sandbox: Sandbox
) -> None:
    order = sandbox.sell(counter)
    bezant.look(
        lambda tx: tx.execute(
            "UPDATE payment_attempt SET reference = reverse(reference)"
            " FROM payment p WHERE p.payment_id = payment_attempt.payment_id AND p.order_id = $1",
            order.order_id,
        )
    )

    said = bezant.refused("order", "refund", order.number, "--by", "Elif", "--reason", "R")

    assert said.startswith("bezant: The acquirer refused the refund of order ")
    assert "Refunding" in bezant.done("order", "show", order.number).out


def test_a_sandbox_that_is_away_is_one_line(bezant: Terminal) -> None:
    bezant.monkeypatch.setenv("BEZANT_ACQUIRER", "sandbox")
    bezant.monkeypatch.setenv("BEZANT_SANDBOX_URL", f"http://127.0.0.1:{free_port()}")

    assert bezant.refused("audit", "--with-sandbox").startswith("bezant: ")
