-- room: orders

-- An order has the number of the basket that it was: so one basket makes one order.
CREATE TABLE sales_order (
    partner_id       bigint NOT NULL,
    order_id         bigint NOT NULL,
    guid             uuid NOT NULL,
    order_code       text NOT NULL CHECK (order_code ~ '^[A-Z0-9]{8}$'),
    increment_id     text NOT NULL,
    token            text NOT NULL CHECK (length(token) = 32),
    external_id      text NOT NULL CHECK (length(external_id) BETWEEN 1 AND 110),
    -- A keyed hash of what asked for the order: tells the same call again from another one.
    asked_mac        bytea NOT NULL CHECK (length(asked_mac) = 32),
    customer_id      bigint NOT NULL,
    channel          text NOT NULL,
    language         text NOT NULL CHECK (language IN ('tr', 'en')),
    currency         text NOT NULL CHECK (currency IN ('TRY', 'USD', 'EUR', 'GBP')),
    status_id        smallint NOT NULL CHECK (status_id BETWEEN 1 AND 12),
    -- The figures as they were shown, in minor units.
    price            bigint NOT NULL CHECK (price > 0),
    tax              bigint NOT NULL CHECK (tax >= 0),
    minted_markup    bigint NOT NULL CHECK (minted_markup >= 0),
    silver_craft     bigint NOT NULL CHECK (silver_craft >= 0),
    insurance        bigint NOT NULL CHECK (insurance >= 0),
    shipping         bigint NOT NULL CHECK (shipping >= 0),
    commission       bigint NOT NULL CHECK (commission >= 0),
    shipping_address jsonb NOT NULL,
    billing_address  jsonb NOT NULL,
    note             text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    cargo_number     text NOT NULL DEFAULT '' CHECK (length(cargo_number) <= 110),
    cargo_url        text NOT NULL DEFAULT '' CHECK (length(cargo_url) <= 500),
    ordered_at       timestamptz NOT NULL,
    -- Until then its prices stand for another try to pay.
    hold_expires_at  timestamptz NOT NULL,
    -- Until then its pieces are kept for it; null once it is paid or cancelled.
    reserved_until   timestamptz,
    -- It is paid, and its invoice is still to be issued.
    invoice_due      boolean NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (partner_id, order_id),
    UNIQUE (partner_id, external_id),
    UNIQUE (partner_id, token),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer,
    CHECK ((status_id = 2) = (reserved_until IS NOT NULL))
);
CREATE INDEX sales_order_newest ON sales_order (partner_id, ordered_at DESC, order_id DESC);
CREATE INDEX sales_order_of_customer
    ON sales_order (partner_id, customer_id, ordered_at DESC, order_id DESC);
CREATE INDEX sales_order_code ON sales_order (order_code);
CREATE INDEX sales_order_number ON sales_order (increment_id);
CREATE INDEX sales_order_to_invoice ON sales_order (ordered_at, order_id) WHERE invoice_due;
CREATE INDEX sales_order_waiting ON sales_order (reserved_until) WHERE status_id = 2;

CREATE TABLE order_item (
    partner_id    bigint NOT NULL,
    order_id      bigint NOT NULL,
    product_id    bigint NOT NULL REFERENCES product,
    position      integer NOT NULL,
    amount        integer NOT NULL CHECK (amount > 0),
    metal         text NOT NULL CHECK (metal IN ('gold', 'silver', 'platinum', 'palladium')),
    spot_price    bigint NOT NULL CHECK (spot_price > 0),
    metal_value   bigint NOT NULL CHECK (metal_value >= 0),
    minted_markup bigint NOT NULL CHECK (minted_markup >= 0),
    insurance     bigint NOT NULL CHECK (insurance >= 0),
    shipping      bigint NOT NULL CHECK (shipping >= 0),
    commission    bigint NOT NULL CHECK (commission >= 0),
    price         bigint NOT NULL
        CHECK (price = metal_value + minted_markup + insurance + shipping + commission),
    tax_base      bigint NOT NULL CHECK (tax_base >= 0),
    tax_rate      integer NOT NULL CHECK (tax_rate >= 0),
    tax           bigint NOT NULL CHECK (tax >= 0),
    PRIMARY KEY (partner_id, order_id, product_id),
    FOREIGN KEY (partner_id, order_id) REFERENCES sales_order
);
CREATE INDEX order_item_product ON order_item (partner_id, product_id, order_id);

-- Every status that an order has had, in order; the first row is its beginning.
CREATE TABLE order_status_change (
    partner_id bigint NOT NULL,
    order_id   bigint NOT NULL,
    number     integer NOT NULL CHECK (number >= 1),
    status_id  smallint NOT NULL CHECK (status_id BETWEEN 1 AND 12),
    -- Who or what did it: complete, payment, expiry, refund, or an operator's name.
    cause      text NOT NULL CHECK (length(cause) BETWEEN 1 AND 110),
    at         timestamptz NOT NULL,
    PRIMARY KEY (partner_id, order_id, number),
    FOREIGN KEY (partner_id, order_id) REFERENCES sales_order
);

-- room: baskets

-- The human-facing number of a basket; `bezant.kernel.ids.increment_id` says the same.
CREATE FUNCTION increment_id(p_number bigint, p_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'MC_' || lpad(upper(to_hex(floor(extract(epoch FROM p_at))::bigint)), 8, '0')
                 || lpad(upper(to_hex(mod(p_number, 1048576))), 5, '0')
$$;

-- The open basket with this token of the customer who is called so, locked, with all that a
-- change of it or an order needs and all that a reader sees; null when there is none. The
-- lines are read by a statement of its own: one that waited for the lock would still see them
-- as they were before it waited.
CREATE FUNCTION lock_basket(
    p_partner_id bigint, p_customer text, p_token text, p_language text
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v basket;
    c customer;
BEGIN
    SELECT b.* INTO v
      FROM basket b JOIN customer o USING (partner_id, customer_id)
     WHERE b.partner_id = p_partner_id AND b.token = p_token AND b.state = 'open'
       AND o.external_id = p_customer
       FOR UPDATE OF b;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO c FROM customer
     WHERE partner_id = p_partner_id AND customer_id = v.customer_id;
    RETURN json_build_array(
        v.basket_id, v.customer_id, v.guid, v.increment_id, v.channel, v.currency,
        v.hold_expires_at, v.ordered_at, v.shipping_address, v.billing_address,
        json_build_object(
            'firstname', c.firstname, 'middlename', c.middlename, 'lastname', c.lastname,
            'email', c.email, 'phone', c.phone, 'gender', c.gender,
            'identity_number', c.identity_number, 'birthdate', c.birthdate),
        (SELECT coalesce(json_agg(json_build_array(
                    i.product_id, i.position, i.amount, i.metal, i.spot_price, i.metal_value,
                    i.minted_markup, i.insurance, i.shipping, i.commission, i.tax_base,
                    i.tax_rate,
                    json_build_array(p.sku, p.name->>p_language, p.weight_ug, a.asset_id, a.name)
                ) ORDER BY i.position), '[]')
           FROM basket_item i JOIN product p USING (product_id) JOIN asset a USING (asset_id)
          WHERE i.partner_id = p_partner_id AND i.basket_id = v.basket_id));
END $$;

-- room: catalog

-- Promises pieces of several products to an order, in the order of their ids, or says (as the
-- id of a product) of which too few are left. Each is a compare-and-set on the product's row.
CREATE FUNCTION reserve_stock(
    p_partner_id bigint, p_order_id bigint, p_products bigint[], p_amounts integer[],
    p_state text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_wanted      record;
    v_has_serials boolean;
BEGIN
    FOR v_wanted IN
        SELECT product_id, amount FROM unnest(p_products, p_amounts) AS w (product_id, amount)
         ORDER BY product_id
    LOOP
        UPDATE product SET stock = stock - v_wanted.amount
         WHERE product_id = v_wanted.product_id AND stock >= v_wanted.amount
           AND withdrawn_at IS NULL
        RETURNING has_serials INTO v_has_serials;
        IF NOT FOUND THEN
            RETURN v_wanted.product_id;
        END IF;
        INSERT INTO stock_reservation
            (partner_id, order_id, product_id, amount, state, changed_at)
        VALUES (p_partner_id, p_order_id, v_wanted.product_id, v_wanted.amount, p_state, p_now);
        IF v_has_serials THEN
            UPDATE piece SET partner_id = p_partner_id, order_id = p_order_id
             WHERE product_id = v_wanted.product_id AND serial IN (
                SELECT serial FROM piece
                 WHERE product_id = v_wanted.product_id AND order_id IS NULL
                 ORDER BY serial LIMIT v_wanted.amount);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
