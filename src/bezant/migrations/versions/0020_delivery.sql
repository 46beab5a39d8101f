-- room: catalog

-- A product that is made when somebody orders it with metal of his own, if none is in stock. The
-- shop sells from stock alone.
ALTER TABLE product ADD COLUMN minted_to_order boolean NOT NULL DEFAULT false;

-- Which products on sale are minted to order, of these skus or, for null, of all.
CREATE FUNCTION minted_to_order(p_skus text[]) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(sku), '[]') FROM product
         WHERE minted_to_order AND withdrawn_at IS NULL
           AND (p_skus IS NULL OR sku = ANY (p_skus)));
END $$;

-- room: delivery

-- Pieces on their way to a customer. It goes by the guid of the order that they are of.
CREATE TABLE shipment (
    partner_id   bigint NOT NULL REFERENCES partner,
    guid         uuid NOT NULL,
    product_id   bigint NOT NULL REFERENCES product,
    sku          text NOT NULL,
    -- Language to text, as it was called when it was ordered.
    product_name jsonb NOT NULL,
    -- Fine metal of a piece, in micrograms.
    weight_ug    bigint NOT NULL,
    amount       integer NOT NULL,
    -- Under which number its pieces are promised in the stockroom: below zero, where no order of
    -- the shop is. Pieces that are minted for it are not in stock, and not promised.
    promised_as  bigint NOT NULL,
    minted       boolean NOT NULL,
    -- In minor units, of all pieces together.
    minting      bigint NOT NULL,
    insurance    bigint NOT NULL,
    shipping     bigint NOT NULL,
    ship_to      jsonb NOT NULL,
    bill_to      jsonb,
    status       varchar(9) NOT NULL,
    carrier      varchar(60) NOT NULL,
    tracking_number varchar(110) NOT NULL,
    tracking_url varchar(500) NOT NULL,
    ordered_at   timestamptz NOT NULL,
    PRIMARY KEY (partner_id, guid),
    UNIQUE (partner_id, promised_as),
    CONSTRAINT shipment_is_of_something CHECK (
        least(weight_ug, amount) > 0 AND least(minting, insurance, shipping) >= 0
        AND promised_as < 0
        AND status IN ('ordered', 'preparing', 'shipped', 'delivered', 'cancelled'))
) WITH (fillfactor = 80);
CREATE INDEX shipment_under_way ON shipment (ordered_at)
    WHERE status IN ('ordered', 'preparing', 'shipped');

-- Every status that a shipment has had, when it came to it, and by whom. None comes twice.
CREATE TABLE shipment_change (
    partner_id bigint NOT NULL,
    guid       uuid NOT NULL,
    status     varchar(9) NOT NULL,
    cause      varchar(110) NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (partner_id, guid, status),
    FOREIGN KEY (partner_id, guid) REFERENCES shipment
);

-- Enters a shipment that comes as the array that shipment_of() tells, without its history.
CREATE FUNCTION enter_shipment(
    p_partner_id bigint, p_guid uuid, p_promised_as bigint, p_told json, p_cause text,
    p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shipment
        (partner_id, guid, product_id, sku, product_name, weight_ug, amount, promised_as,
         minting, insurance, shipping, ship_to, bill_to, status, carrier, tracking_number,
         tracking_url, minted, ordered_at)
    VALUES (p_partner_id, p_guid, (p_told->>0)::bigint, p_told->>1, p_told->2,
            (p_told->>3)::bigint, (p_told->>4)::integer, p_promised_as, (p_told->>5)::bigint,
            (p_told->>6)::bigint, (p_told->>7)::bigint, p_told->8,
            nullif((p_told->9)::jsonb, 'null'), p_told->>10, p_told->>11, p_told->>12,
            p_told->>13, (p_told->>14)::boolean, p_now);
    INSERT INTO shipment_change (partner_id, guid, status, cause, at)
    VALUES (p_partner_id, p_guid, p_told->>10, p_cause, p_now);
END $$;

-- The order of the fields is that of the struct; null where there is none.
CREATE FUNCTION shipment_of(p_partner_id bigint, p_guid uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_array(
                   s.product_id, s.sku, s.product_name, s.weight_ug, s.amount, s.minting,
                   s.insurance, s.shipping, s.ship_to, s.bill_to, s.status, s.carrier,
                   s.tracking_number, s.tracking_url, s.minted,
                   (SELECT json_agg(json_build_array(c.status, c.cause, c.at) ORDER BY c.at)
                      FROM shipment_change c
                     WHERE c.partner_id = s.partner_id AND c.guid = s.guid))
          FROM shipment s WHERE s.partner_id = p_partner_id AND s.guid = p_guid);
END $$;

-- Takes a shipment from one status to another. One that has left the first meanwhile is a
-- serialization failure: whoever decided on it does so again.
CREATE FUNCTION advance_shipment(
    p_partner_id bigint, p_guid uuid, p_before text, p_after text, p_carrier text,
    p_tracking_number text, p_tracking_url text, p_cause text, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shipment
       SET status = p_after, carrier = p_carrier, tracking_number = p_tracking_number,
           tracking_url = p_tracking_url
     WHERE partner_id = p_partner_id AND guid = p_guid AND status = p_before;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the shipment has gone on' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO shipment_change (partner_id, guid, status, cause, at)
    VALUES (p_partner_id, p_guid, p_after, p_cause, p_now);
END $$;

-- room: trading

-- A delivery is made of no fix, and its metal costs nothing: it is owned already. Its line has
-- the market's price that its cost was reckoned at.
ALTER TABLE digital_order
    ALTER COLUMN price_token DROP NOT NULL,
    DROP CONSTRAINT digital_order_adds_up,
    ADD CONSTRAINT digital_order_adds_up CHECK (
        least(price, tax, topup) >= 0 AND status_id BETWEEN 1 AND 12
        AND CASE kind WHEN 'buy' THEN price > 0
                      WHEN 'sell' THEN price > 0 AND topup = 0
                      ELSE kind = 'delivery' END
        AND (price_token IS NULL) = (kind = 'delivery'));
ALTER TABLE digital_order_item
    DROP CONSTRAINT digital_order_item_adds_up,
    ADD CONSTRAINT digital_order_item_adds_up
        CHECK (least(amount, spot_price) > 0 AND least(price, line, tax_rate, tax) >= 0);

-- The same as before, with the shipment of a delivery.
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
        CASE v.kind WHEN 'delivery' THEN shipment_of(p_partner_id, v.guid) END);
END $$;

-- Enters an order that grams are delivered by; its number. What has changed since it was decided
-- on (the external id names another order, the customer was removed) is a serialization failure.
CREATE FUNCTION enter_delivery_order(
    p_partner_id bigint, p_guid uuid, p_order_code text, p_external_id text, p_asked_mac bytea,
    p_customer_id bigint, p_channel text, p_currency text, p_status_id smallint, p_topup bigint,
    p_item json, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_order_id bigint;
BEGIN
    IF NOT customer_stays(p_partner_id, p_customer_id) THEN
        RAISE EXCEPTION 'the customer was removed' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO digital_order
        (partner_id, guid, order_code, external_id, asked_mac, kind, customer_id, channel,
         currency, status_id, price, tax, topup, ordered_at)
    VALUES (p_partner_id, p_guid, p_order_code, p_external_id, p_asked_mac, 'delivery',
            p_customer_id, p_channel, p_currency, p_status_id, (p_item->>4)::bigint,
            (p_item->>6)::bigint, p_topup, p_now)
    ON CONFLICT (partner_id, external_id) DO NOTHING
    RETURNING order_id INTO v_order_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the id names an order' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO digital_order_item
        (partner_id, order_id, position, asset, amount, spot_price, price, line, tax_rate, tax)
    VALUES (p_partner_id, v_order_id, 1, p_item->>0, (p_item->>1)::bigint, (p_item->>2)::bigint,
            (p_item->>3)::bigint, (p_item->>4)::bigint, (p_item->>5)::integer,
            (p_item->>6)::bigint);
    RETURN v_order_id;
END $$;

-- Takes an order from one status to another; one that has left the first is a serialization
-- failure.
CREATE FUNCTION advance_digital_order(
    p_partner_id bigint, p_guid uuid, p_before smallint, p_after smallint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE digital_order SET status_id = p_after
     WHERE partner_id = p_partner_id AND guid = p_guid AND status_id = p_before;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the order has gone on' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
