-- room: catalog

-- `stock` is what may still be promised. What was ever taken in is either that, or promised
-- or sold by a reservation: received = stock + Σ reservations that are not released.
ALTER TABLE product
    ADD COLUMN received bigint NOT NULL DEFAULT 0,
    ADD COLUMN has_serials boolean NOT NULL DEFAULT false;
UPDATE product SET received = stock;
ALTER TABLE product SET (fillfactor = 60);

-- Pieces promised to an order: held while it is being paid, then sold, or released again.
CREATE TABLE stock_reservation (
    partner_id bigint NOT NULL REFERENCES partner,
    order_id   bigint NOT NULL,
    product_id bigint NOT NULL REFERENCES product,
    amount     integer NOT NULL CHECK (amount > 0),
    state      text NOT NULL CHECK (state IN ('held', 'sold', 'released')),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, order_id, product_id)
);
CREATE INDEX stock_reservation_product ON stock_reservation (product_id) WHERE state <> 'released';

-- Pieces that can be told apart: a product that has serials has one of these for each piece
-- in stock or promised.
CREATE TABLE piece (
    product_id bigint NOT NULL REFERENCES product,
    serial     text NOT NULL CHECK (serial ~ '^[A-Za-z0-9][A-Za-z0-9/_-]{0,39}$'),
    partner_id bigint,
    order_id   bigint,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (product_id, serial),
    CHECK ((partner_id IS NULL) = (order_id IS NULL)),
    FOREIGN KEY (partner_id, order_id, product_id) REFERENCES stock_reservation
);
CREATE INDEX piece_free ON piece (product_id, serial) WHERE order_id IS NULL;
CREATE INDEX piece_promised ON piece (partner_id, order_id) WHERE order_id IS NOT NULL;
