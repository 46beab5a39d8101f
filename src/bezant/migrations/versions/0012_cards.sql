-- room: payments

-- A card that an acquirer keeps for a customer: its token there, sealed, and what may be
-- shown. Never its number, never the value on its back.
CREATE TABLE stored_card (
    partner_id     bigint NOT NULL,
    card_id        bigint GENERATED ALWAYS AS IDENTITY,
    customer_id    bigint NOT NULL,
    -- What the partner calls it; it is of no use at the acquirer.
    token          text NOT NULL CHECK (token ~ '^[A-Za-z0-9]{32}$'),
    acquirer       text NOT NULL CHECK (length(acquirer) BETWEEN 1 AND 30),
    acquirer_token bytea NOT NULL,
    -- Which of the vault's keys it is sealed with.
    key_id         text NOT NULL CHECK (key_id ~ '^[0-9a-f]{8}$'),
    -- A name with a number in it may be a card's number in the wrong place.
    holder         text NOT NULL
        CHECK (length(holder) <= 100 AND holder !~ '[0-9][ -]?([0-9][ -]?){11}'),
    bin            text NOT NULL CHECK (bin ~ '^([0-9]{6}([0-9]{2})?)?$'),
    last_four      text NOT NULL CHECK (last_four ~ '^([0-9]{4})?$'),
    expiry         text NOT NULL CHECK (expiry ~ '^((0[1-9]|1[0-2])/[0-9]{2})?$'),
    association    text NOT NULL CHECK (length(association) <= 30),
    bank_name      text NOT NULL CHECK (length(bank_name) <= 110),
    card_type      text CHECK (card_type IN ('credit', 'debit', 'prepaid')),
    is_default     boolean NOT NULL,
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz,
    PRIMARY KEY (partner_id, card_id),
    UNIQUE (partner_id, token),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer
);
CREATE UNIQUE INDEX stored_card_default ON stored_card (partner_id, customer_id) WHERE is_default;
CREATE INDEX stored_card_of_customer ON stored_card (partner_id, customer_id, card_id);

-- A card that is kept here no more and that the acquirer is still to forget.
CREATE TABLE card_to_forget (
    partner_id     bigint NOT NULL REFERENCES partner,
    forgetting_id  bigint GENERATED ALWAYS AS IDENTITY,
    acquirer       text NOT NULL,
    -- For which name the acquirer's token is sealed: a card's token, or one of its own.
    label          text NOT NULL CHECK (label ~ '^[A-Za-z0-9]{32}$'),
    acquirer_token bytea NOT NULL,
    key_id         text NOT NULL CHECK (key_id ~ '^[0-9a-f]{8}$'),
    owner          text NOT NULL CHECK (length(owner) BETWEEN 1 AND 64),
    tries          integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    try_at         timestamptz NOT NULL,
    PRIMARY KEY (partner_id, forgetting_id)
);
CREATE INDEX card_to_forget_due ON card_to_forget (acquirer, try_at);
CREATE INDEX card_to_forget_of_owner ON card_to_forget (partner_id, owner);

-- A customer's visit to our page on which a card is given to be kept, without paying.
CREATE TABLE card_keeping (
    partner_id  bigint NOT NULL,
    keeping_id  bigint GENERATED ALWAYS AS IDENTITY,
    customer_id bigint NOT NULL,
    token       text NOT NULL UNIQUE CHECK (token ~ '^[A-Za-z0-9]{128}$'),
    -- Our name at the acquirer of the last try; null before the first.
    reference   text UNIQUE CHECK (reference ~ '^[A-Z0-9]{24}$'),
    acquirer    text NOT NULL DEFAULT '',
    state       text NOT NULL CHECK (state IN ('new', 'challenged', 'kept', 'failed', 'lapsed')),
    -- Until then a try is under way whose answer has not come.
    busy_until  timestamptz,
    tries       integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    challenge   jsonb,
    is_default  boolean NOT NULL,
    language    text NOT NULL CHECK (language IN ('tr', 'en')),
    reason      text NOT NULL DEFAULT '',
    explanation text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    lapses_at   timestamptz NOT NULL,
    PRIMARY KEY (partner_id, keeping_id),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer,
    CHECK ((state = 'challenged') = (challenge IS NOT NULL))
);
CREATE INDEX card_keeping_of_customer ON card_keeping (partner_id, customer_id);
CREATE INDEX card_keeping_open ON card_keeping (lapses_at) WHERE state IN ('new', 'challenged');
CREATE INDEX card_keeping_over ON card_keeping (lapses_at)
    WHERE state NOT IN ('new', 'challenged');
