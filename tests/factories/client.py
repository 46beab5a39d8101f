"""A partner's client of the API, for tests: signs in, sends, reads the envelope."""

from collections.abc import Mapping

import httpx
import msgspec

from tests.factories.shop import Reply, SignIn, customer_body


class PartnerClient:
    """Calls the API as one partner."""

    def __init__(self, http: httpx.AsyncClient, sign_in: SignIn) -> None:
        self.http = http
        self.sign_in = sign_in
        self._auth = sign_in.auth

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer to one request."""
        answer = await self.http.request(
            method,
            path,
            params={k: str(v) for k, v in query.items()} if query else None,
            content=None if body is None else msgspec.json.encode(body),
            headers={"Accept-Language": "en", "Content-Type": "application/json"}
            | dict(headers or {}),
            auth=self._auth,
        )
        # A document is no envelope; who wants its bytes asks for them itself.
        is_json = answer.headers["content-type"] == "application/json"
        return Reply(answer.status_code, answer.json() if is_json else {}, answer.headers)

    async def get(self, path: str, **query: object) -> Reply:
        """The answer to a GET with this query."""
        return await self.call("GET", path, query=query)

    async def post(self, path: str, **body: object) -> Reply:
        """The answer to a POST with this body."""
        return await self.call("POST", path, body=body)

    async def patch(self, path: str, **body: object) -> Reply:
        """The answer to a PATCH with this body."""
        return await self.call("PATCH", path, body=body)

    async def delete(self, path: str, **body: object) -> Reply:
        """The answer to a DELETE with this body."""
        return await self.call("DELETE", path, body=body)

    async def new_customer(self, **changes: object) -> str:
        """The external id of a new customer."""
        body = customer_body(**changes)
        reply = await self.call("POST", "/partner/customer", body=body)
        assert reply.status == 200, reply.body
        return str(body["external_id"])

    async def new_basket(self, customer: str, *, sku: str = "MNT0001", amount: int = 1) -> Reply:
        """A new basket of a customer with some pieces of a product."""
        reply = await self.post(
            "/partner/ecom/basket", external_customer_id=customer, sku=sku, amount=amount
        )
        assert reply.status == 200, reply.body
        return reply
