"""The reference page as it is served."""

import re

import httpx
import pytest

from bezant.kernel.texts import Language
from bezant.web.codes import REGISTER
from bezant.web.partner.api import OPERATIONS


@pytest.mark.parametrize("language", list(Language))
async def test_every_operation_and_every_code_is_on_the_page(
    http: httpx.AsyncClient, language: Language
) -> None:
    page = await http.get("/docs", params={"lang": language})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    for operation in OPERATIONS:
        assert f'<article id="{operation.name}">' in page.text
    for code in REGISTER.values():
        assert f'id="code-{code.code}"' in page.text


async def test_the_page_speaks_the_browsers_language_or_turkish(http: httpx.AsyncClient) -> None:
    assert (await http.get("/docs", headers={"Accept-Language": "en-GB"})).headers[
        "content-language"
    ] == "en"
    assert (await http.get("/docs", headers={"Accept-Language": "de"})).headers[
        "content-language"
    ] == "tr"


async def test_nothing_is_loaded_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    loaded = re.findall(r'(?:src|href)="([^"#?]+)', page.text)
    assert loaded
    assert all(address.startswith("/") for address in loaded), loaded
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<style" not in page.text
    assert "style=" not in page.text


async def test_the_assets_are_served_and_known_again(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    for address in re.findall(r'"(/docs/static/[^"]+)"', page.text):
        asset = await http.get(address)
        assert asset.status_code == 200, address
        again = await http.get(address, headers={"If-None-Match": asset.headers["etag"]})
        assert again.status_code == 304
    assert (await http.get("/docs/static/page.py")).status_code == 404


async def test_the_document_is_served(http: httpx.AsyncClient) -> None:
    document = await http.get("/docs/openapi.json")
    assert document.headers["content-type"] == "application/json"
    assert document.json()["openapi"] == "3.1.0"


async def test_the_root_leads_to_the_reference(http: httpx.AsyncClient) -> None:
    root = await http.get("/")
    assert (root.status_code, root.headers["location"]) == (302, "/docs")


async def test_names_in_the_prose_are_set_as_code(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs", params={"lang": "en"})
    assert "a new one without <code>cart_token</code>." in page.text
    assert "&lt;code&gt;" not in page.text


async def test_prose_that_is_not_in_the_pages_language_says_so(http: httpx.AsyncClient) -> None:
    english = await http.get("/docs", params={"lang": "en"})
    turkish = await http.get("/docs", params={"lang": "tr"})
    heading = '<a href="#addToBasket">Add to a basket</a>'
    assert f'<h3 lang="en">{heading}</h3>' in turkish.text
    assert f"<h3>{heading}</h3>" in english.text
