-- room: customers

-- A customer as whoever trades for one needs it: [customer_id, external_id, person], or null.
CREATE FUNCTION customer_known(p_partner_id bigint, p_customer text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_array(c.customer_id, c.external_id, person_of(c)) FROM customer c
         WHERE c.partner_id = p_partner_id AND c.external_id = p_customer);
END $$;

-- The same by our own id; one who was removed has no name and is nobody.
CREATE FUNCTION customer_of_id(p_partner_id bigint, p_customer_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_array(c.customer_id, coalesce(c.external_id, ''), person_of(c))
          FROM customer c
         WHERE c.partner_id = p_partner_id AND c.customer_id = p_customer_id);
END $$;

-- Whether a customer is still there; it then is until the transaction ends.
CREATE FUNCTION customer_stays(p_partner_id bigint, p_customer_id bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM customer
      WHERE partner_id = p_partner_id AND customer_id = p_customer_id AND erased_at IS NULL
        FOR KEY SHARE;
    RETURN FOUND;
END $$;

-- room: trading

-- What a partner's customers pay above the market's price of a digital asset, and get below it.
-- An asset without a row is not traded by the partner.
CREATE TABLE digital_spread (
    partner_id        bigint NOT NULL REFERENCES partner,
    asset             varchar(4) NOT NULL,
    buy_basis_points  integer NOT NULL CHECK (buy_basis_points BETWEEN 0 AND 5000),
    sell_basis_points integer NOT NULL CHECK (sell_basis_points BETWEEN 0 AND 5000),
    PRIMARY KEY (partner_id, asset)
);

-- Prices that were promised to somebody for a while, whole; one order is made of them at most.
CREATE TABLE price_fix (
    partner_id bigint NOT NULL REFERENCES partner,
    token      varchar(32) NOT NULL,
    -- Whom they were promised to, as the partner says; null is whoever the partner brings.
    customer   varchar(110),
    currency   varchar(3) NOT NULL,
    -- What is to be spent in all, in minor units, where the amounts were made from that.
    total      bigint,
    -- [sku, spot in 10⁻⁴, buy and sell in minor units a gram, micrograms for the total or null].
    prices     jsonb NOT NULL,
    fixed_at   timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (partner_id, token)
) WITH (fillfactor = 80);
CREATE INDEX price_fix_over ON price_fix (expires_at);

CREATE TABLE digital_order (
    partner_id  bigint NOT NULL REFERENCES partner,
    order_id    bigint GENERATED ALWAYS AS IDENTITY,
    guid        uuid NOT NULL,
    order_code  varchar(8) NOT NULL,
    external_id varchar(110),
    -- A keyed hash of what asked for it: tells the same call again from another one.
    asked_mac   bytea NOT NULL,
    -- buy or sell
    kind        varchar(10) NOT NULL,
    -- Null is the partner itself.
    customer_id bigint,
    channel     text NOT NULL,
    price_token varchar(32) NOT NULL,
    currency    varchar(3) NOT NULL,
    status_id   smallint NOT NULL,
    -- In minor units, as its lines add up.
    price       bigint NOT NULL,
    tax         bigint NOT NULL,
    topup       bigint NOT NULL,
    ordered_at  timestamptz NOT NULL,
    PRIMARY KEY (partner_id, order_id),
    UNIQUE (partner_id, guid),
    UNIQUE (partner_id, external_id),
    -- One fix makes one order, whatever becomes of the fix's row.
    UNIQUE (partner_id, price_token),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer,
    CONSTRAINT digital_order_adds_up CHECK (
        price > 0 AND least(tax, topup) >= 0 AND status_id BETWEEN 1 AND 12
        AND kind IN ('buy', 'sell') AND (kind = 'buy' OR topup = 0))
);
CREATE INDEX digital_order_code ON digital_order (partner_id, order_code);
CREATE INDEX digital_order_newest ON digital_order (partner_id, ordered_at DESC, order_id DESC);

CREATE TABLE digital_order_item (
    partner_id bigint NOT NULL,
    order_id   bigint NOT NULL,
    position   smallint NOT NULL,
    asset      varchar(4) NOT NULL,
    -- In micrograms.
    amount     bigint NOT NULL,
    -- The market's, in 10⁻⁴ a gram.
    spot_price bigint NOT NULL,
    -- Of a gram, in minor units; `line` is what the amount comes to at it.
    price      bigint NOT NULL,
    line       bigint NOT NULL,
    tax_rate   integer NOT NULL,
    tax        bigint NOT NULL,
    PRIMARY KEY (partner_id, order_id, position),
    FOREIGN KEY (partner_id, order_id) REFERENCES digital_order,
    CONSTRAINT digital_order_item_adds_up
        CHECK (least(amount, spot_price, price, line) > 0 AND least(tax_rate, tax) >= 0)
);

CREATE FUNCTION digital_spreads(p_partner_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_array(
                   asset, buy_basis_points, sell_basis_points)), '[]')
          FROM digital_spread WHERE partner_id = p_partner_id);
END $$;

-- The order of the fields of each array is that of its struct.
CREATE FUNCTION price_fix_of(p_partner_id bigint, p_token text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_array(customer, currency, total, prices, expires_at, used_at)
          FROM price_fix WHERE partner_id = p_partner_id AND token = p_token);
END $$;

-- The order to which all that is given fits; null when there is none, or nothing is given.
CREATE FUNCTION digital_order_of(
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
          WHERE i.partner_id = p_partner_id AND i.order_id = v.order_id));
END $$;

-- Uses a fix and enters the order that is made of it; the order's number. What has changed since
-- it was read (the fix is used or over, the external id names another order, the customer was
-- removed) is a serialization failure: whoever decided on it does so again.
CREATE FUNCTION enter_digital_order(
    p_partner_id bigint, p_guid uuid, p_order_code text, p_external_id text, p_asked_mac bytea,
    p_kind text, p_customer_id bigint, p_channel text, p_token text, p_currency text,
    p_status_id smallint, p_price bigint, p_tax bigint, p_topup bigint, p_items json,
    p_now timestamptz
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
         price_token, currency, status_id, price, tax, topup, ordered_at)
    VALUES (p_partner_id, p_guid, p_order_code, p_external_id, p_asked_mac, p_kind,
            p_customer_id, p_channel, p_token, p_currency, p_status_id, p_price, p_tax, p_topup,
            p_now)
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
    RETURN v_order_id;
END $$;
