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
