"""How the demo takes cards, unless its user says otherwise."""

from pathlib import Path

import pytest

from bezant.cli.demo.terms import CARDS, demo_settings, sandbox_of
from bezant.integrations.acquirers.sandbox.cards import TEST_CARDS
from bezant.payments.card import CardForm, CardInHand
from bezant.settings import Settings
from tests.factories.clock import A_MORNING


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("port", "beside"), [("8291", 8292), ("65535", 65534)])
def test_the_sandbox_is_on_the_port_beside_the_shops(
    port: str, beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEZANT_PORT", port)
    settings = demo_settings()
    assert settings.sandbox_url == f"http://127.0.0.1:{beside}"
    assert (settings.acquirer, settings.three_d) == ("sandbox", "optional")
    assert settings.webhooks_allow_private


def test_what_a_user_has_set_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEZANT_ACQUIRER", "none")
    monkeypatch.setenv("BEZANT_SANDBOX_URL", "http://127.0.0.1:9000")
    (tmp_path / "bezant.toml").write_text('three_d = "always"\nwebhooks_allow_private = false\n')
    settings = demo_settings()
    assert (settings.acquirer, settings.three_d) == ("none", "always")
    assert settings.sandbox_url == "http://127.0.0.1:9000"
    assert not settings.webhooks_allow_private
    assert sandbox_of(settings) is None


def test_a_deployment_takes_no_cards_unless_it_is_told_to() -> None:
    assert Settings().acquirer == "none"
    assert sandbox_of(Settings()) is None


def test_the_cards_are_the_sandboxs_own_and_can_be_read() -> None:
    known = {card.number for card in TEST_CARDS}
    for card in CARDS:
        form = CardForm("AYŞE YILMAZ", card.number, card.expiry, card.cvv)
        assert CardInHand.read(form, today=A_MORNING.date()).number.reveal() in known
