"""`bezant audit`: recomputes from the database what has to hold, and ends with 1 if it does not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final

import typer

from bezant.checkout import audit as checkout_audit
from bezant.checkout.audit import Finding, TakenAt
from bezant.cli.databases import on_database
from bezant.cli.output import console, print_table, without_logs
from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import NAME as SANDBOX
from bezant.integrations.acquirers.sandbox.control import SandboxControl
from bezant.integrations.acquirers.sandbox.wire import MovementKind
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.money import Currency, Money
from bezant.settings import Settings
from bezant.trading import auditing as trading_audit
from bezant.vault.reconciling import reconcile
from bezant.wiring import sandbox_key_of

SHOWN: Final = 20
_NOTHING: Final = TakenAt(0, 0)
SANDBOX_RULE: Final = "what the sandbox took and gave back is what the books say"


class NotTheSandbox(BezantError):
    """The takings of the sandbox are of no deployment that takes cards elsewhere."""

    kind = Kind.CONFLICT
    text = "audit.not_the_sandbox"


def register(app: typer.Typer) -> None:
    """Adds this verb at the top of the command line."""
    app.command("audit")(audit)


def audit(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what is broken.")] = False,
    with_sandbox: Annotated[
        bool,
        typer.Option("--with-sandbox", help="Compare with what the sandbox acquirer took, too."),
    ] = False,
) -> None:
    """Check the books: every rule that has to hold, of the shop, of digital metal and the vault."""

    async def work(settings: Settings, db: Database) -> list[Finding]:
        findings = await checkout_audit.audit(db, now=SystemClock().now())
        traded = await trading_audit.audit(db)
        covered = (await reconcile(db)).breaks
        findings += [Finding(rule, breaks) for rule, breaks in {**traded, **covered}.items()]
        if with_sandbox:
            findings.append(await _beside_the_sandbox(settings, db))
        return findings

    with without_logs():
        findings = on_database(work)
    if not quiet:
        print_table(("rule", "state"), ((each.rule, _state(each.breaks)) for each in findings))
    broken = [each for each in findings if each.breaks]
    for each in broken:
        _print_breaks(each)
    if broken:
        raise typer.Exit(1)


def _state(breaks: Sequence[str]) -> str:
    return f"{len(breaks)} broken" if breaks else "sound"


def _print_breaks(finding: Finding) -> None:
    console.print(f"\nnot so: {finding.rule}", style="bold red")
    for each in finding.breaks[:SHOWN]:
        console.print(f"  {each}", soft_wrap=True)
    if len(finding.breaks) > SHOWN:
        console.print(f"  and {len(finding.breaks) - SHOWN} more")


async def _beside_the_sandbox(settings: Settings, db: Database) -> Finding:
    """The sandbox's own sums beside ours. Raises `NotTheSandbox`, `AcquirerAway`."""
    if settings.acquirer != SANDBOX:
        raise NotTheSandbox
    control = SandboxControl(SandboxAccess.under(settings.sandbox_url, sandbox_key_of(settings)))
    try:
        told = await control.takings()
        theirs = {each.currency: TakenAt(each.captured, each.refunded) for each in told}
        breaks = list(_differences(theirs, await checkout_audit.taken_at(db, SANDBOX)))
        if breaks:
            breaks += await _unheard(control, await checkout_audit.not_taken_at(db, SANDBOX))
    finally:
        await control.close()
    return Finding(SANDBOX_RULE, breaks)


def _differences(
    theirs: Mapping[Currency, TakenAt], ours: Mapping[Currency, TakenAt]
) -> Iterator[str]:
    for currency in sorted({*theirs, *ours}):
        there, here = theirs.get(currency, _NOTHING), ours.get(currency, _NOTHING)
        for way, a, b in (
            ("took", there.captured, here.captured),
            ("gave back", there.refunded, here.refunded),
        ):
            if a != b:
                sums = [str(Money(minor, currency)) for minor in (a, b, a - b)]
                yield "the sandbox {} {}, the books say {}: {} between them".format(way, *sums)


async def _unheard(control: SandboxControl, references: Sequence[str]) -> list[str]:
    """Which of these charges the sandbox has taken."""
    return [
        f"charge {reference} was taken at the sandbox: {Money(each.amount, each.currency)}"
        for reference in references
        for each in await control.movements(reference)
        if each.kind is MovementKind.CAPTURE
    ]
