"""The routes of legal documents."""

from typing import Final

from bezant.baskets import service as baskets
from bezant.baskets.model import BasketKey
from bezant.checkout import reading
from bezant.checkout.deals import Parties, deal_of_basket, deal_of_order
from bezant.checkout.views import OrderView
from bezant.kernel.db import Connection
from bezant.kernel.ids import CartToken
from bezant.legal.model import Acceptance, Deal, DocumentInForce, RenderedDocument
from bezant.legal.service import copies, documents
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.legal import LegalRequest, LegalType, legal_types, require_subject

# A document is read and printed where it is; nothing in it is fetched or run.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


async def list_legal_types(call: Call) -> Answer:
    """The documents that are in force in the request's language."""

    async def work(connection: Connection) -> list[LegalType]:
        return legal_types(
            await documents.documents_in_force(connection, language=call.language, now=call.now)
        )

    return await call.read(work)


async def print_legal_document(call: Call, sent: LegalRequest) -> Answer:
    """A document filled with a basket or an order. Changes nothing, so it repeats nothing.

    What was accepted with an order is answered from the copy that was kept of it.
    """
    require_subject(sent)
    order = await _order(call, sent)
    kept = None if order is None else await _kept(call, sent, order)
    if kept is not None:
        return kept
    document = await documents.find_document(
        call.connection, sent.type, version=sent.version, language=call.language, now=call.now
    )
    deal = await _basket_deal(call, sent) if order is None else _order_deal(call, order)
    made = await copies.render(document, deal, format=sent.format)
    return _document(made, document.listed)


async def _order(call: Call, sent: LegalRequest) -> OrderView | None:
    """The order that is meant; None when it is still a basket."""
    if sent.order_code is not None:
        return await reading.find_order_of_code(
            call.connection,
            (call.partner_id, sent.external_customer_id, sent.order_code),
            language=call.language,
        )
    return await reading.find_order_of_token(
        call.connection,
        (call.partner_id, sent.external_customer_id, CartToken(sent.cart_token or "")),
        language=call.language,
    )


async def _kept(call: Call, sent: LegalRequest, order: OrderView) -> Answer | None:
    """The kept copy of what was accepted, if this is what is asked for and it is kept yet."""
    accepted = await documents.accepted_documents(call.connection, call.partner_id, order.order_id)
    for each in accepted:
        sha256 = each.copy_in(sent.format)
        if each.type is sent.type and sent.version in {None, each.version} and sha256:
            return _document(await copies.copy(call.connection, sha256), each)
    return None


async def _basket_deal(call: Call, sent: LegalRequest) -> Deal:
    key = BasketKey(call.partner_id, sent.external_customer_id, CartToken(sent.cart_token or ""))
    view = await baskets.show_basket(call.connection, key, language=call.language)
    return deal_of_basket(
        view,
        _parties(call),
        hold_life=call.rules.hold_life,
        language=call.language,
        now=call.now,
    )


def _order_deal(call: Call, order: OrderView) -> Deal:
    return deal_of_order(order, _parties(call), language=call.language)


def _parties(call: Call) -> Parties:
    return Parties(call.credential.partner.name, call.rules.operator, call.rules.time_zone)


def _document(made: RenderedDocument, listed: DocumentInForce | Acceptance) -> Answer:
    ending = made.media_type.partition("/")[2]
    name = f"{listed.type}-{listed.version}-{listed.language}.{ending}"
    headers = (
        ("x-document-sha256", made.sha256),
        ("Content-Disposition", f'inline; filename="{name}"'),
        ("Content-Language", listed.language),
        ("Content-Security-Policy", _POLICY),
    )
    # A page says its encoding in the header, too: it may be kept without the line that does.
    charset = "; charset=utf-8" if made.media_type == "text/html" else ""
    return Answer(200, made.body, headers, f"{made.media_type}{charset}")
