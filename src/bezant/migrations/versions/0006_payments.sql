-- room: payments

-- What the first digits of a card tell of its bank. The longest prefix wins.
CREATE TABLE card_bin (
    bin         text PRIMARY KEY CHECK (bin ~ '^[0-9]{6}([0-9]{2})?$'),
    bank        text NOT NULL,
    programme   text NOT NULL,
    association text NOT NULL,
    card_type   text NOT NULL CHECK (card_type IN ('credit', 'debit', 'prepaid'))
);

-- What paying by card costs the customer, by the bank's instalment programme ('' for a card
-- that we do not know, paid at once), in basis points of the total.
CREATE TABLE instalment_rate (
    programme        text NOT NULL,
    instalment       smallint NOT NULL CHECK (instalment BETWEEN 1 AND 36),
    -- How many payments the bank really collects (a campaign may add some).
    real_instalment  smallint NOT NULL CHECK (real_instalment BETWEEN 1 AND 36),
    basis_points     integer NOT NULL CHECK (basis_points BETWEEN 0 AND 10000),
    PRIMARY KEY (programme, instalment)
);
INSERT INTO instalment_rate (programme, instalment, real_instalment, basis_points)
VALUES ('', 1, 1, 0);
