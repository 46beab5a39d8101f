"""How the demo differs from a deployment, where its user has not said otherwise."""

from typing import Final

from bezant.cli.demo.record import DemoCard, DemoSandbox
from bezant.integrations.acquirers.sandbox.cards import RIGHT_CODE
from bezant.settings import Settings, load_settings

LAST_PORT: Final = 65_535
_EXPIRY: Final = "12/30"
_CVV: Final = "123"
CARDS: Final = tuple(
    DemoCard(what=what, number=number, expiry=_EXPIRY, cvv=_CVV)
    for what, number in (
        ("charged after 3-D; 6 instalments and others", "5528740000000003"),
        ("charged at once, without 3-D; 6 instalments and others", "4532010000000008"),
        ("declined after 3-D: insufficient funds", "5528740000000516"),
        ("declined at once, without 3-D: insufficient funds", "4532010000000511"),
        ("charged after 3-D, and the answer is lost", "5528740000009004"),
    )
)


def demo_settings() -> Settings:
    """Cards are taken, by the sandbox on the port beside the shop's, with 3-D where wanted.

    Webhooks may go to a developer's own machine. Raises `SettingsRefused`.
    """
    port = load_settings().port
    beside = port + 1 if port < LAST_PORT else port - 1
    return load_settings(
        defaults={
            "acquirer": "sandbox",
            "sandbox_url": f"http://127.0.0.1:{beside}",
            "three_d": "optional",
            "webhooks_allow_private": True,
        }
    )


def sandbox_of(settings: Settings) -> DemoSandbox | None:
    """What a developer needs to pay; None where the sandbox is not in use."""
    if settings.acquirer != "sandbox":
        return None
    return DemoSandbox(url=settings.sandbox_url, code=RIGHT_CODE, cards=CARDS)
