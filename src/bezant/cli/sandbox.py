"""`bezant sandbox`: a card payment company on this machine, that takes no money."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
import uvloop

from bezant.cli.children import LEAVE_WITH_PARENT
from bezant.cli.output import console
from bezant.cli.serving import require_free_port
from bezant.integrations.acquirers.sandbox.adapter import NAME
from bezant.integrations.acquirers.sandbox.wire import NoticePlan
from bezant.kernel.logs import configure_logs
from bezant.settings import load_settings
from bezant.wiring import sandbox_key_of

if TYPE_CHECKING:
    from bezant.integrations.acquirers.sandbox.server import SandboxSettings

DEFAULT_PORT: Final = 8090
STATE_FILE: Final = "sandbox.db"
NOTICES: Final = f"/pay/notices/{NAME}"


def register(app: typer.Typer) -> None:
    """Adds this verb at the top of the command line."""
    app.command("sandbox")(sandbox)


def sandbox(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = DEFAULT_PORT,
    state: Annotated[
        Path | None, typer.Option(help="Its own file; sandbox.db in the data directory.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="The secret shared with the merchant; the one that this deployment would use.",
        ),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="How a browser reaches it; http://host:port.")
    ] = None,
    notice_url: Annotated[
        str | None,
        typer.Option(help="Where notices go; empty for none. This deployment's own address."),
    ] = None,
    merchant: Annotated[str, typer.Option(help="What the 3-D page calls the shop.")] = "Bezant",
    notice: Annotated[
        NoticePlan, typer.Option(help="When a notice is sent, against the browser's return.")
    ] = NoticePlan.AFTER,
    late_s: Annotated[int, typer.Option(min=0, help="How long a late notice waits.")] = 30,
    challenge_life_s: Annotated[
        int, typer.Option(min=1, help="How long the 3-D page can be answered.")
    ] = 900,
    silence_s: Annotated[
        int, typer.Option(min=0, help="How long a lost answer is waited for in vain.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="What its numbers are made of.")] = 1204,
    leave_with_parent: Annotated[bool, typer.Option(LEAVE_WITH_PARENT, hidden=True)] = False,
) -> None:
    """Run a sandbox acquirer: test cards, a 3-D page, notices, and a daily file."""
    from bezant.integrations.acquirers.sandbox.server import SandboxSettings

    settings = load_settings()
    configure_logs(settings.log_level)
    require_free_port(host, port, setting="--port")
    address = public_url or f"http://{host}:{port}"
    made = SandboxSettings(
        secret=key or sandbox_key_of(settings),
        public_url=address.rstrip("/"),
        notice_url=f"{settings.base_url}{NOTICES}" if notice_url is None else notice_url,
        state=str(state or settings.data_dir / STATE_FILE),
        seed=seed,
        merchant=merchant,
        notice=notice,
        late_ms=late_s * _MILLIS,
        challenge_life_s=challenge_life_s,
        silence_ms=silence_s * _MILLIS,
    )
    with suppress(KeyboardInterrupt):
        uvloop.run(_serve(made, (host, port), leave_with_parent=leave_with_parent))


_MILLIS: Final = 1_000


async def _serve(
    settings: "SandboxSettings", place: tuple[str, int], *, leave_with_parent: bool
) -> None:
    from bezant.integrations.acquirers.sandbox.server import create_sandbox
    from bezant.integrations.acquirers.sandbox.server.serving import serving

    (host, port), stop = place, asyncio.Event()
    async with serving(create_sandbox(settings), host=host, port=port):
        if leave_with_parent:
            # Nothing is ever written there: it becomes readable when the parent has gone.
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
        else:
            said = f"sandbox acquirer at {settings.public_url}, its state in {settings.state}"
            console.print(said)
        await stop.wait()
