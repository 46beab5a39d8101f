"""The payment pages at the till of the whole house."""

import httpx

from tests.factories.pay_desk import token_of


async def test_an_unknown_payment_is_not_found(http: httpx.AsyncClient) -> None:
    for below in ("", "/return", "/callback/success", "/callback/fail"):
        page = await http.get(f"/pay/{token_of('none')}{below}")
        assert page.status_code == 404
        assert page.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_notice_from_nobody_that_we_know_is_refused(http: httpx.AsyncClient) -> None:
    heard = await http.post("/pay/notices/nobody", content=b"x")
    assert (heard.status_code, heard.text) == (403, "no\n")
