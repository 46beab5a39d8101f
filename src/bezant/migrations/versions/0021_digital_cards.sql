-- room: payments

-- A payment is for an order of the shop or for one of digital metal, whose numbers are not the
-- same: each has a column of its own, so that nothing that joins by the one meets the other.
ALTER TABLE payment
    ALTER order_id DROP NOT NULL,
    ADD COLUMN digital_order_id bigint,
    ADD CONSTRAINT payment_is_for_one_order CHECK (num_nonnulls(order_id, digital_order_id) = 1),
    ADD CONSTRAINT payment_of_digital_order UNIQUE (partner_id, digital_order_id);

DROP FUNCTION open_payment(
    bigint, bigint, text, text, boolean, text, text, bigint, bigint, timestamptz);
DROP FUNCTION begin_charge(
    bigint, bigint, text, text, boolean, smallint, bigint, bigint, text, text, text, text, text,
    text, boolean, timestamptz, timestamptz, timestamptz);

-- Enters the payment of an order; `p_paid_for` says of which kind it is: shop or digital.
CREATE FUNCTION open_payment(
    p_partner_id bigint, p_paid_for text, p_order_id bigint, p_token text, p_method text,
    p_is_hosted boolean, p_state text, p_currency text, p_amount bigint, p_captured bigint,
    p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_payment_id bigint;
BEGIN
    INSERT INTO payment
        (partner_id, order_id, digital_order_id, token, method, is_hosted, state, currency,
         amount, captured, created_at, updated_at)
    VALUES (p_partner_id,
            CASE p_paid_for WHEN 'shop' THEN p_order_id END,
            CASE p_paid_for WHEN 'digital' THEN p_order_id END,
            p_token, p_method, p_is_hosted, p_state, p_currency, p_amount, p_captured, p_now,
            p_now)
    RETURNING payment_id INTO v_payment_id;
    RETURN v_payment_id;
END $$;

-- Enters a charge that is about to be sent, of a payment that waits for it. The payment is
-- known by its token, because its order may have got its number in the same statement.
CREATE FUNCTION begin_charge(
    p_partner_id bigint, p_token text, p_reference text, p_acquirer text, p_is_3d boolean,
    p_instalment smallint, p_amount bigint, p_cost bigint, p_card_holder text, p_card_bin text,
    p_card_last_four text, p_card_expiry text, p_association text, p_customer_ip text,
    p_keeps_card boolean, p_lapses_at timestamptz, p_now timestamptz, p_ask_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_payment_id bigint;
    v_state      text;
BEGIN
    SELECT payment_id, state INTO v_payment_id, v_state FROM payment
     WHERE partner_id = p_partner_id AND token = p_token;
    INSERT INTO payment_attempt
        (partner_id, payment_id, reference, acquirer, state, is_3d, instalment, amount, cost,
         card_holder, card_bin, card_last_four, card_expiry, association, customer_ip,
         keeps_card, lapses_at, started_at, ask_at)
    VALUES (p_partner_id, v_payment_id, p_reference, p_acquirer, 'open', p_is_3d, p_instalment,
            p_amount, p_cost, p_card_holder, p_card_bin, p_card_last_four, p_card_expiry,
            p_association, p_customer_ip, p_keeps_card, p_lapses_at, p_now, p_ask_at);
    IF v_state <> 'pending' THEN
        UPDATE payment SET state = 'pending', updated_at = p_now
         WHERE partner_id = p_partner_id AND payment_id = v_payment_id AND captured = 0;
    END IF;
END $$;

-- The payment of an order of digital metal as it is read, with the charge that it stands on: the
-- captured one, else the newest. Null for an order that was not paid by card.
CREATE FUNCTION digital_payment_of(p_partner_id bigint, p_order_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
                   'token', p.token, 'method', p.method, 'state', p.state, 'amount', p.amount,
                   'cost', p.cost, 'refunded', p.refunded, 'charge', (
                    SELECT json_build_object(
                               'is_3d', a.is_3d,
                               'is_live', a.state IN ('open', 'challenged'),
                               'instalment', a.instalment, 'cost', a.cost,
                               'holder', a.card_holder, 'bin', a.card_bin,
                               'last_four', a.card_last_four, 'expiry', a.card_expiry,
                               'association', a.association, 'customer_ip', a.customer_ip,
                               'auth_mode', a.auth_mode, 'transaction_id', a.transaction_id,
                               'order_reference', a.order_reference, 'reason', a.reason,
                               'explanation', a.explanation)
                      FROM payment_attempt a
                     WHERE a.partner_id = p.partner_id AND a.payment_id = p.payment_id
                     ORDER BY (a.state = 'captured' AND NOT a.is_surplus) DESC,
                              a.attempt_id DESC LIMIT 1))
          FROM payment p
         WHERE p.partner_id = p_partner_id AND p.digital_order_id = p_order_id);
END $$;

-- room: customers

-- Takes back what was counted for an order that came to nothing.
CREATE FUNCTION kyc_uncount(
    p_partner_id bigint, p_customer_id bigint, p_currency text, p_amount bigint, p_day date
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE kyc_turnover SET amount = greatest(amount - p_amount, 0)
     WHERE partner_id = p_partner_id AND customer_id = p_customer_id AND day = p_day
       AND currency = p_currency;
END $$;

-- room: trading

-- An order that is paid by card waits for that (status 2) until it is released at the latest;
-- `language` is the customer's, of the pages on which the bank asks for more.
ALTER TABLE digital_order
    ADD COLUMN waits_until timestamptz,
    ADD COLUMN language varchar(2),
    -- On which day it was counted towards what the customer may turn over.
    ADD COLUMN counted_on date,
    ADD CONSTRAINT digital_order_waits CHECK (
        CASE kind WHEN 'buy' THEN (status_id = 2) = (waits_until IS NOT NULL)
                  ELSE waits_until IS NULL END);
CREATE INDEX digital_order_waiting ON digital_order (waits_until) WHERE waits_until IS NOT NULL;

-- As before, and with how the order is paid by card: the last of the fields.
CREATE OR REPLACE FUNCTION digital_order_of(
    p_partner_id bigint, p_guid uuid, p_code text, p_external_id text
) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    v digital_order;
BEGIN
    IF p_guid IS NOT NULL THEN
        SELECT * INTO v FROM digital_order WHERE partner_id = p_partner_id AND guid = p_guid;
    ELSIF p_external_id IS NOT NULL THEN
        SELECT * INTO v FROM digital_order
         WHERE partner_id = p_partner_id AND external_id = p_external_id;
    ELSIF p_code IS NOT NULL THEN
        SELECT * INTO v FROM digital_order
         WHERE partner_id = p_partner_id AND order_code = p_code ORDER BY order_id LIMIT 1;
    END IF;
    IF v.order_id IS NULL OR v.order_code <> p_code OR v.external_id <> p_external_id
       OR (p_external_id IS NOT NULL AND v.external_id IS NULL) THEN
        RETURN NULL;
    END IF;
    RETURN json_build_array(
        v.order_id, v.guid, v.order_code, v.external_id, encode(v.asked_mac, 'base64'), v.kind,
        v.channel, v.price_token, v.currency, v.status_id, v.topup, v.ordered_at,
        customer_of_id(p_partner_id, v.customer_id),
        (SELECT json_agg(json_build_array(
                    i.asset, i.amount, i.spot_price, i.price, i.line, i.tax_rate, i.tax)
                ORDER BY i.position)
           FROM digital_order_item i
          WHERE i.partner_id = p_partner_id AND i.order_id = v.order_id),
        CASE v.kind WHEN 'delivery' THEN shipment_of(p_partner_id, v.guid) END,
        digital_payment_of(p_partner_id, v.order_id));
END $$;

DROP FUNCTION enter_digital_order(
    bigint, uuid, text, text, bytea, text, bigint, text, text, text, smallint, bigint, bigint,
    bigint, json, timestamptz);

-- Uses a fix and enters the order that is made of it, with its payment if a card is to pay it
-- (`p_payment_token`); the order's number. What has changed since it was read (the fix is used or
-- over, the external id names another order, the customer was removed) is a serialization
-- failure: whoever decided on it does so again.
CREATE FUNCTION enter_digital_order(
    p_partner_id bigint, p_guid uuid, p_order_code text, p_external_id text, p_asked_mac bytea,
    p_kind text, p_customer_id bigint, p_channel text, p_token text, p_currency text,
    p_status_id smallint, p_price bigint, p_tax bigint, p_topup bigint, p_items json,
    p_now timestamptz, p_payment_token text, p_waits_until timestamptz, p_language text,
    p_counted_on date
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_order_id bigint;
BEGIN
    IF p_customer_id IS NOT NULL AND NOT customer_stays(p_partner_id, p_customer_id) THEN
        RAISE EXCEPTION 'the customer was removed' USING ERRCODE = 'serialization_failure';
    END IF;
    UPDATE price_fix SET used_at = p_now
     WHERE partner_id = p_partner_id AND token = p_token AND used_at IS NULL
       AND expires_at > p_now;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the fix is used or over' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO digital_order
        (partner_id, guid, order_code, external_id, asked_mac, kind, customer_id, channel,
         price_token, currency, status_id, price, tax, topup, ordered_at, waits_until, language,
         counted_on)
    VALUES (p_partner_id, p_guid, p_order_code, p_external_id, p_asked_mac, p_kind,
            p_customer_id, p_channel, p_token, p_currency, p_status_id, p_price, p_tax, p_topup,
            p_now, p_waits_until, p_language, p_counted_on)
    ON CONFLICT (partner_id, external_id) DO NOTHING
    RETURNING order_id INTO v_order_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the id names an order' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO digital_order_item
        (partner_id, order_id, position, asset, amount, spot_price, price, line, tax_rate, tax)
    SELECT p_partner_id, v_order_id, place, i->>0, (i->>1)::bigint, (i->>2)::bigint,
           (i->>3)::bigint, (i->>4)::bigint, (i->>5)::integer, (i->>6)::bigint
      FROM json_array_elements(p_items) WITH ORDINALITY AS l (i, place);
    IF p_payment_token IS NOT NULL THEN
        PERFORM open_payment(
            p_partner_id, 'digital', v_order_id, p_payment_token, 'credit-card', false, 'new',
            p_currency, p_price + p_tax, 0, p_now);
    END IF;
    RETURN v_order_id;
END $$;

-- Ends an order's waiting for its payment: it is completed (5) or cancelled (4). What is cancelled
-- is no turnover of the customer's. Whether the order still waited.
CREATE FUNCTION end_digital_wait(p_partner_id bigint, p_order_id bigint, p_status_id smallint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v digital_order;
BEGIN
    UPDATE digital_order SET status_id = p_status_id, waits_until = NULL
     WHERE partner_id = p_partner_id AND order_id = p_order_id AND waits_until IS NOT NULL
    RETURNING * INTO v;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_status_id = 4 THEN
        PERFORM kyc_uncount(
            p_partner_id, v.customer_id, v.currency, v.price + v.tax, v.counted_on);
    END IF;
    RETURN true;
END $$;
