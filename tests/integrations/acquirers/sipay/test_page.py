"""The page that sends a browser on."""

import pytest

from bezant.integrations.acquirers.sipay.access import is_guarded
from bezant.integrations.acquirers.sipay.page import Onward, onward_from
from tests.integrations.acquirers.sipay.conftest import CVV, NUMBER, a_card

ADDRESS = "https://sipay.example/ccpayment/api/paySmart3D"


def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    page = """
        <FORM METHOD="Post" ACTION="https://acs.bank.example/?a=1&amp;b=2">
          <input type="hidden" name="PaReq" value="a&lt;b&quot;c">
          <INPUT name=MD value=12>
          <input type="hidden" value="nameless">
          <input type="submit" name="go" value="Continue">
        </FORM><input name="outside" value="1">
    """
    assert onward_from(page, address=ADDRESS) == Onward(
        "https://acs.bank.example/?a=1&b=2", (("PaReq", 'a<b"c'), ("MD", "12"))
    )


def test_a_relative_action_is_beneath_the_page() -> None:
    found = onward_from("<form method=post action='/3ds'></form>", address=ADDRESS)
    assert found == Onward("https://sipay.example/3ds")


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<h1>Under maintenance</h1>",
        "<form action='https://a.example'></form>",
        "<form method=get action='https://a.example'></form>",
        "<form method=post></form>",
        "<form method=post action='https://['></form>",
        "<form method=post action=/a></form><form method=post action=/b></form>",
        "<![unknown[<form method=post action=/a></form>",
    ],
)
def test_a_page_without_one_form_to_post_leads_nowhere(page: str) -> None:
    assert onward_from(page, address=ADDRESS) is None


@pytest.mark.parametrize(
    "onward",
    [
        Onward("https://a.example", (("pan", NUMBER),)),
        Onward("https://a.example", (("pan", "4546 7112 3456 7894"),)),
        Onward("https://a.example", (("data", f"x%20{NUMBER[:8]}%2D{NUMBER[8:]}"),)),
        Onward(f"https://a.example/?c={NUMBER}"),
        Onward("https://a.example", (("cv2", CVV),)),
    ],
)
def test_a_card_in_what_is_sent_on_is_seen(onward: Onward) -> None:
    assert onward.tells(a_card())
    assert NUMBER not in repr(onward)


def test_three_digits_that_are_no_value_of_a_card_are_let_through() -> None:
    assert not Onward("https://a.example", (("step", CVV),)).tells(a_card())


@pytest.mark.parametrize(
    "url", ["https://acs.bank.example/x", "http://127.0.0.1:8080/x", "http://localhost/x"]
)
def test_what_nobody_can_read_on_the_way_is_guarded(url: str) -> None:
    assert is_guarded(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://acs.bank.example/x",
        "http://127.0.0.1.evil.example/x",
        "javascript:alert(1)",
        "https://",
        "https://[",
        "",
    ],
)
def test_what_anybody_can_read_on_the_way_is_not_guarded(url: str) -> None:
    assert not is_guarded(url)
