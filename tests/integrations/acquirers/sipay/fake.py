"""A Sipay on loopback: it checks what Sipay checks and plays what it is told to play.

It is built from Sipay's public interface description. It knows nothing of the adapter: keys
are opened here with code of its own, and amounts are compared as the texts that were sent.
"""

import asyncio
import base64
import hashlib
import html
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bezant.kernel.clock import Clock

APP_ID: Final = "6d4a7e9374a76c15260fcc75e315b0b9"
APP_SECRET: Final = "b46a67571aa1e7ef5641dc3fa6f1712a"
MERCHANT_KEY: Final = "$2y$10$HmRgYosneqcwHj.UH7upGuyCZqpQ1ITgSMj9Vvxn.t6f.Vdf2SQFO"
BANK: Final = "https://acs.bank.example/3ds/challenge"

Fields = Mapping[str, object]
Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Sale:
    """A charge as Sipay keeps it."""

    total: Decimal
    currency: str
    return_url: str
    word: str = "Pending"
    code: int = 69
    bank_code: str = ""
    bank_text: str = ""
    refunded: Decimal = Decimal(0)
    kind: str = "Auth"


@dataclass(slots=True)
class FakeSipay:
    """One shop's account. The public fields are what a test sets and looks at."""

    clock: Clock
    url: str = ""
    tokens_given: int = 0
    sales: dict[str, Sale] = field(default_factory=dict)
    cards: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    refund_ids: set[str] = field(default_factory=set)
    # What the next charge or refund does.
    bank_code: str = ""
    bank_text: str = ""
    page: str | None = None
    redirect: str | None = None
    pending: bool = False
    frictionless: bool = False
    refund_code: int = 100
    refund_text: str = "Refund processed"
    fails_after_refund: bool = False
    pos: list[dict[str, object]] = field(default_factory=list)
    pos_code: int = 100
    # Paths whose answer is lost once the work is done, refused before it, or garbled.
    lost: set[str] = field(default_factory=set)
    down: dict[str, int] = field(default_factory=dict)
    garbled: dict[str, bytes] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _tokens: dict[str, datetime] = field(default_factory=dict)

    def asked(self, path: str) -> list[Mapping[str, object]]:
        """What was sent to a path so far."""
        return [body for at, body in self.requests if at == path]

    def revoke_tokens(self) -> None:
        """Makes every token worthless before its time."""
        self._tokens.clear()

    def finish_3d(self, invoice: str, *, passed: bool) -> dict[str, str]:
        """The customer is done at the bank: what the browser then brings to `return_url`."""
        sale = self.sales[invoice]
        if passed and not self.bank_code:
            sale.code, sale.word = 100, "Completed"
        else:
            sale.code, sale.word = 41, "Failed"
            sale.bank_code = self.bank_code
            sale.bank_text = self.bank_text or "3D authentication failed"
        return self.returned(invoice)

    def returned(self, invoice: str) -> dict[str, str]:
        """A true return or notice about a charge as it stands."""
        sale = self.sales[invoice]
        status = "1" if sale.code == 100 else "0"
        parts = [status, f"{sale.total:.2f}", invoice, _order(invoice), sale.currency]
        return {
            "sipay_status": status,
            "order_no": _order(invoice),
            "order_id": _order(invoice),
            "invoice_id": invoice,
            "status_code": str(sale.code),
            "status_description": sale.word,
            "credit_card_no": "454671******7894",
            "transaction_type": sale.kind,
            "payment_status": status,
            "payment_method": "1",
            "error_code": str(sale.code),
            "md_status": "1" if status == "1" else "0",
            "hash_key": lock(parts),
        }

    def app(self) -> web.Application:
        """The server's application."""
        app = web.Application(middlewares=[self._middleware()])
        paths: dict[str, Step] = {
            "token": self._token,
            "paySmart3D": self._pay_3d,
            "payByCardToken": self._pay_3d,
            "paySmart2D": self._pay_2d,
            "payByCardTokenNonSecure": self._pay_2d,
            "checkstatus": self._check,
            "refund": self._refund,
            "getpos": self._get_pos,
            "saveCard": self._save_card,
            "deleteCard": self._delete_card,
        }
        for path, step in paths.items():
            app.router.add_post(f"/ccpayment/api/{path}", step)
        return app

    def _middleware(self) -> Middleware:
        @web.middleware
        async def middle(request: web.Request, handler: Step) -> web.StreamResponse:
            path = request.path.removeprefix("/ccpayment/api/")
            self.requests.append((path, await _fields(request)))
            if path in self.down:
                return web.Response(status=self.down[path], text="<h1>Bad gateway</h1>")
            if path in self.garbled:
                return web.Response(body=self.garbled[path])
            if path != "token" and not self._is_let_in(request):
                return web.json_response({"message": "Unauthenticated."}, status=401)
            response = await handler(request)
            if path in self.silent:
                # Works, and never says so: the other side has to give up by itself.
                await self.closing.wait()
            if path in self.lost:
                assert request.transport is not None
                request.transport.abort()
            return response

        return middle

    def _is_let_in(self, request: web.Request) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        until = self._tokens.get(token)
        return until is not None and self.clock.now() < until

    async def _token(self, request: web.Request) -> web.Response:
        said = await _fields(request)
        if (said.get("app_id"), said.get("app_secret")) != (APP_ID, APP_SECRET):
            return _code(30, "Invalid Credentials")
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self.clock.now() + timedelta(hours=2)
        self.tokens_given += 1
        data = {"token": token, "is_3d": 1, "expires_at": "2026-06-01 14:00:00"}
        return _code(100, "successful", data=data)

    async def _pay_3d(self, request: web.Request) -> web.Response:
        said = await _fields(request)
        assert request.content_type == "application/x-www-form-urlencoded"
        if wrong := self._wrong_with_charge(said, ("return_url", "cancel_url")):
            return _page(str(said["cancel_url"]), {"status_code": wrong[0], "error": wrong[1]})
        if self.page is not None:
            return web.Response(text=self.page, content_type="text/html")
        invoice = self._sell(said)
        if self.redirect is not None:
            return web.Response(status=302, headers={"Location": self.redirect})
        if self.frictionless:
            return _page(str(said["return_url"]), self.finish_3d(invoice, passed=True))
        return _page(BANK, {"PaReq": "eJxVUt1ugjAU&<\"'>", "MD": _order(invoice)})

    async def _pay_2d(self, request: web.Request) -> web.Response:
        said = await _fields(request)
        if wrong := self._wrong_with_charge(said, ()):
            return _code(*wrong)
        invoice = self._sell(said)
        sale = self.sales[invoice]
        if self.pending:
            return _code(69, "Order not yet processed")
        returned = self.finish_3d(invoice, passed=True)
        data: dict[str, object] = {**returned, "auth_code": "T12345", "amount": float(sale.total)}
        data |= {
            "original_bank_error_code": sale.bank_code,
            "payment_status": int(sale.code == 100),
        }
        data |= {"original_bank_error_description": sale.bank_text, "merchant_commission": None}
        return _code(sale.code, "Payment process", data=data)

    def _wrong_with_charge(self, said: Fields, wanted: tuple[str, ...]) -> tuple[int, str] | None:
        needed = ["currency_code", "installments_number", "invoice_id", "invoice_description"]
        needed += ["name", "surname", "total", "merchant_key", "items", "hash_key", *wanted]
        if "card_token" in said:
            needed += ["card_token", "customer_number"]
            if str(said["card_token"]) not in self.cards:
                return 87, "Invalid token or client number"
        else:
            needed += ["cc_holder_name", "cc_no", "expiry_month", "expiry_year", "cvv"]
        if missing := [name for name in needed if not said.get(name)]:
            return 1, f"{missing[0]} is required"
        names = ["total", "installments_number", "currency_code", "merchant_key", "invoice_id"]
        if opened(str(said["hash_key"])) != [str(said[name]) for name in names]:
            return 68, "Hash key mismatch"
        if _sum(said["items"]) != _total(said):
            return 13, "The sum of your product price does not equal the total of the invoice"
        return (117, "The invoice id already processed") if self._is_sold(said) else None

    def _is_sold(self, said: Fields) -> bool:
        return str(said["invoice_id"]) in self.sales

    def _sell(self, said: Fields) -> str:
        invoice = str(said["invoice_id"])
        currency, back = str(said["currency_code"]), str(said.get("return_url", ""))
        self.sales[invoice] = Sale(_total(said), currency, back)
        return invoice

    async def _check(self, request: web.Request) -> web.Response:
        said = await _fields(request)
        invoice = str(said["invoice_id"])
        if opened(str(said["hash_key"])) != [invoice, MERCHANT_KEY]:
            return _code(68, "Hash key mismatch")
        sale = self.sales.get(invoice)
        if sale is None:
            return _code(31, "Transaction not found")
        if sale.word == "Pending" and said.get("include_pending_status") is not True:
            return _code(41, "Order failed")
        rest = {
            "transaction_status": sale.word,
            "order_id": _order(invoice),
            "transaction_id": "",
            "message": f"An order has been taken place for this invoice id: {invoice}",
            "invoice_id": invoice,
            "total_refunded_amount": float(sale.refunded),
            "product_price": f"{sale.total:.4f}",
            "transaction_amount": float(sale.total) if sale.code == 100 else 0,
            "ref_number": None,
            "transaction_type": sale.kind,
            "original_bank_error_code": sale.bank_code,
            "original_bank_error_description": sale.bank_text,
            "cc_no": "454671****7894",
        }
        return _code(sale.code, sale.word, **rest)

    async def _refund(self, request: web.Request) -> web.Response:
        said = await _fields(request)
        invoice, amount = str(said["invoice_id"]), str(said["amount"])
        assert (said["app_id"], said["app_secret"]) == (APP_ID, APP_SECRET)
        if opened(str(said["hash_key"])) != [amount, invoice, MERCHANT_KEY]:
            return _code(90, "Invalid Hash key")
        sale, name = self.sales[invoice], str(said["refund_transaction_id"])
        if self.refund_code != 100:
            return _code(self.refund_code, self.refund_text)
        if name in self.refund_ids:
            return _code(104, "Return transaction ID must be unique")
        if sale.refunded + Decimal(amount) > sale.total:
            return _code(49, "The total refund amount must not exceed the net amount")
        self.refund_ids.add(name)
        sale.refunded += Decimal(amount)
        if self.fails_after_refund:
            self.down["checkstatus"] = 503
        sale.word = "Refunded" if sale.refunded == sale.total else "Partial Refund"
        return _code(
            100, self.refund_text, invoice_id=invoice, ref_number=f"R{len(self.refund_ids)}"
        )

    async def _get_pos(self, request: web.Request) -> web.Response:
        said = await _fields(request)
        assert said["merchant_key"] == MERCHANT_KEY
        return _code(self.pos_code, "Success", data=self.pos)

    async def _save_card(self, request: web.Request) -> web.Response:
        said = {name: str(value) for name, value in (await _fields(request)).items()}
        names = ["merchant_key", "customer_number", "card_holder_name", "card_number"]
        if opened(said["hash_key"]) != [
            said[name] for name in [*names, "expiry_month", "expiry_year"]
        ]:
            return _code(90, "Invalid Hash key")
        token = secrets.token_hex(16)
        self.cards[token] = {"customer_number": said["customer_number"]}
        return _code(100, "Successful", card_token=token)

    async def _delete_card(self, request: web.Request) -> web.Response:
        said = {name: str(value) for name, value in (await _fields(request)).items()}
        if opened(said["hash_key"]) != [MERCHANT_KEY, said["customer_number"], said["card_token"]]:
            return _code(90, "Invalid Hash key")
        kept = self.cards.get(said["card_token"])
        if kept is None or kept["customer_number"] != said["customer_number"]:
            return _code(87, "Invalid token or client number")
        del self.cards[said["card_token"]]
        return _code(100, "Successful")


@asynccontextmanager
async def running_sipay(clock: Clock) -> AsyncIterator[FakeSipay]:
    """The fake behind a real socket."""
    sipay = FakeSipay(clock)
    runner = web.AppRunner(sipay.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sipay.url = f"http://{host}:{port}/ccpayment"
    try:
        yield sipay
    finally:
        sipay.closing.set()
        await runner.cleanup()


def lock(parts: list[str]) -> str:
    """A key as Sipay makes one."""
    iv, salt = secrets.token_hex(8), secrets.token_hex(2)
    text = "|".join(parts).encode()
    room = 16 - len(text) % 16
    encryptor = _cipher(iv, salt).encryptor()
    locked = encryptor.update(text + bytes([room]) * room) + encryptor.finalize()
    return f"{iv}:{salt}:{base64.b64encode(locked).decode()}".replace("/", "__")


def opened(key: str) -> list[str]:
    """The fields in a key."""
    iv, salt, locked = key.replace("__", "/").split(":")
    decryptor = _cipher(iv, salt).decryptor()
    padded = decryptor.update(base64.b64decode(locked)) + decryptor.finalize()
    return padded[: -padded[-1]].decode().split("|")


def _cipher(iv: str, salt: str) -> Cipher[modes.CBC]:
    password = hashlib.sha1(APP_SECRET.encode(), usedforsecurity=False).hexdigest()
    key = hashlib.sha256((password + salt).encode()).hexdigest()[:32]
    return Cipher(algorithms.AES(key.encode()), modes.CBC(iv.encode()))


async def _fields(request: web.Request) -> Fields:
    if request.content_type == "application/json":
        found: dict[str, object] = await request.json()
        return found
    return {name: str(value) for name, value in (await request.post()).items()}


def _page(action: str, fields: Mapping[str, object]) -> web.Response:
    inputs = "".join(
        f"<input type='hidden' name='{name}' value='{html.escape(str(value))}'/>"
        for name, value in fields.items()
    )
    text = (
        "<!DOCTYPE html><html><head><script>function go(){document.forms[0].submit()}</script>"
        f"</head><body onload='go()'><form id='f' action='{html.escape(action)}' method='POST'>"
        f"{inputs}<input type='submit' name='go' value='Continue'/></form></body></html>"
    )
    return web.Response(text=text, content_type="text/html")


def _code(code: int, text: str, **rest: object) -> web.Response:
    return web.json_response({"status_code": code, "status_description": text, **rest})


def _order(invoice: str) -> str:
    return f"16{int(hashlib.sha256(invoice.encode()).hexdigest(), 16) % 10**12:012d}"


def _total(said: Fields) -> Decimal:
    return Decimal(str(said["total"]))


def _sum(items: object) -> Decimal:
    """What the lines of a bill add up to; a form has them as a text in JSON."""
    lines = json.loads(items) if isinstance(items, str) else items
    assert isinstance(lines, list)
    return sum((Decimal(line["price"]) * line["quantity"] for line in lines), Decimal(0))
