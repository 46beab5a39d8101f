-- room: pricing

-- The newest price of a gram of each metal, in units of 10⁻⁴.
CREATE TABLE reference_price (
    metal    text NOT NULL CHECK (metal IN ('gold', 'silver', 'platinum', 'palladium')),
    currency text NOT NULL CHECK (currency IN ('TRY', 'USD', 'EUR', 'GBP')),
    price    bigint NOT NULL CHECK (price > 0),
    source   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (metal, currency)
) WITH (fillfactor = 50);

CREATE TABLE trading_halt (
    metal  text PRIMARY KEY CHECK (metal IN ('gold', 'silver', 'platinum', 'palladium')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    since  timestamptz NOT NULL
);

-- What a partner's price of a metal stands above (or below) the reference price.
CREATE TABLE partner_spread (
    partner_id   bigint NOT NULL REFERENCES partner,
    metal        text NOT NULL CHECK (metal IN ('gold', 'silver', 'platinum', 'palladium')),
    basis_points integer NOT NULL CHECK (basis_points BETWEEN -5000 AND 50000),
    PRIMARY KEY (partner_id, metal)
);

-- The parts of a price above the metal value: 1 minted markup, 2 insurance, 3 market
-- commission, 4 shipping. Each is a fixed amount, a share in basis points, or both.
CREATE TABLE price_part (
    product_id   bigint NOT NULL REFERENCES product ON DELETE CASCADE,
    currency     text NOT NULL CHECK (currency IN ('TRY', 'USD', 'EUR', 'GBP')),
    part         smallint NOT NULL CHECK (part BETWEEN 1 AND 4),
    fixed        bigint NOT NULL CHECK (fixed >= 0),
    basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 50000),
    PRIMARY KEY (product_id, currency, part)
);

CREATE TABLE partner_price_part (
    partner_id   bigint NOT NULL REFERENCES partner,
    product_id   bigint NOT NULL REFERENCES product ON DELETE CASCADE,
    currency     text NOT NULL CHECK (currency IN ('TRY', 'USD', 'EUR', 'GBP')),
    part         smallint NOT NULL CHECK (part BETWEEN 1 AND 4),
    fixed        bigint NOT NULL CHECK (fixed >= 0),
    basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 50000),
    PRIMARY KEY (partner_id, product_id, currency, part)
);

-- Rates are dated: the one in force is the newest that has begun.
CREATE TABLE tax_rate (
    tax_class    text NOT NULL CHECK (tax_class IN ('on_full_price', 'on_craftsmanship')),
    valid_from   date NOT NULL,
    basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 10000),
    PRIMARY KEY (tax_class, valid_from)
);
INSERT INTO tax_rate (tax_class, valid_from, basis_points) VALUES
    ('on_full_price', '2023-07-10', 2000),
    ('on_craftsmanship', '2023-07-10', 2000);
