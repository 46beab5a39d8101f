-- room: payments

-- What an order is paid by. `amount` is the order's total; the cost of paying depends on the
-- card and stands with the attempt that took it.
CREATE TABLE payment (
    partner_id bigint NOT NULL,
    payment_id bigint GENERATED ALWAYS AS IDENTITY,
    order_id   bigint NOT NULL,
    token      text NOT NULL UNIQUE CHECK (length(token) = 128),
    method     text NOT NULL CHECK (method IN ('cash', 'credit-card')),
    -- Whether the customer gives the card on our own page, and may give another one there.
    is_hosted  boolean NOT NULL,
    state      text NOT NULL CHECK (state IN ('new', 'pending', 'success', 'failed', 'refunded')),
    currency   text NOT NULL CHECK (currency IN ('TRY', 'USD', 'EUR', 'GBP')),
    amount     bigint NOT NULL CHECK (amount > 0),
    cost       bigint NOT NULL DEFAULT 0 CHECK (cost >= 0),
    -- What counts as paid, and what of it went back.
    captured   bigint NOT NULL DEFAULT 0 CHECK (captured IN (0, amount + cost)),
    refunded   bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, payment_id),
    UNIQUE (partner_id, order_id),
    CHECK ((state IN ('success', 'refunded')) = (captured > 0))
);

-- One charge of one card. The reference is our name of it at the acquirer.
CREATE TABLE payment_attempt (
    partner_id      bigint NOT NULL,
    attempt_id      bigint GENERATED ALWAYS AS IDENTITY,
    payment_id      bigint NOT NULL,
    reference       text NOT NULL UNIQUE CHECK (reference ~ '^[A-Z0-9]{24}$'),
    acquirer        text NOT NULL,
    -- open: sent, or about to be. challenged: the customer is to pass 3-D. lapsed: given up.
    state           text NOT NULL
        CHECK (state IN ('open', 'challenged', 'captured', 'declined', 'lapsed')),
    -- Captured although its order could no longer take it: all of it goes back.
    is_surplus      boolean NOT NULL DEFAULT false,
    is_3d           boolean NOT NULL,
    instalment      smallint NOT NULL CHECK (instalment BETWEEN 1 AND 36),
    amount          bigint NOT NULL CHECK (amount > 0),
    cost            bigint NOT NULL CHECK (cost >= 0),
    -- What may be kept of a card: never its number, never the value on its back.
    card_holder     text NOT NULL,
    card_bin        text NOT NULL CHECK (card_bin ~ '^([0-9]{6}([0-9]{2})?)?$'),
    card_last_four  text NOT NULL CHECK (card_last_four ~ '^([0-9]{4})?$'),
    card_expiry     text NOT NULL,
    association     text NOT NULL,
    customer_ip     text NOT NULL,
    keeps_card      boolean NOT NULL DEFAULT false,
    challenge       jsonb,
    lapses_at       timestamptz NOT NULL,
    transaction_id  text NOT NULL DEFAULT '',
    order_reference text NOT NULL DEFAULT '',
    auth_mode       text NOT NULL DEFAULT '',
    reason          text NOT NULL DEFAULT '',
    explanation     text NOT NULL DEFAULT '',
    -- Which leg settled it first: reply, return, notice or sweep.
    settled_by      text CHECK (settled_by IN ('reply', 'return', 'notice', 'sweep')),
    started_at      timestamptz NOT NULL,
    -- When the sweep may ask the acquirer about it next; null once nobody needs to.
    ask_at          timestamptz,
    settled_at      timestamptz,
    PRIMARY KEY (partner_id, attempt_id),
    FOREIGN KEY (partner_id, payment_id) REFERENCES payment,
    CHECK ((state IN ('open', 'challenged')) = (settled_at IS NULL)),
    CHECK (state = 'captured' OR NOT is_surplus)
);
CREATE UNIQUE INDEX payment_attempt_live ON payment_attempt (partner_id, payment_id)
    WHERE state IN ('open', 'challenged');
CREATE UNIQUE INDEX payment_attempt_captured ON payment_attempt (partner_id, payment_id)
    WHERE state = 'captured' AND NOT is_surplus;
CREATE INDEX payment_attempt_of_payment ON payment_attempt (partner_id, payment_id, attempt_id);
CREATE INDEX payment_attempt_to_ask ON payment_attempt (ask_at) WHERE ask_at IS NOT NULL;

CREATE TABLE refund (
    partner_id     bigint NOT NULL,
    refund_id      bigint GENERATED ALWAYS AS IDENTITY,
    payment_id     bigint NOT NULL,
    -- Which charge it is of; null when the partner itself gives cash back.
    attempt_id     bigint,
    reference      text NOT NULL UNIQUE CHECK (reference ~ '^[A-Z0-9]{24}$'),
    amount         bigint NOT NULL CHECK (amount > 0),
    state          text NOT NULL CHECK (state IN ('asked', 'done', 'refused')),
    -- Who asked: an operator's name, or late-capture.
    asked_by       text NOT NULL CHECK (length(asked_by) BETWEEN 1 AND 110),
    reason         text NOT NULL CHECK (length(reason) <= 500),
    tries          integer NOT NULL DEFAULT 0,
    transaction_id text NOT NULL DEFAULT '',
    explanation    text NOT NULL DEFAULT '',
    asked_at       timestamptz NOT NULL,
    try_at         timestamptz,
    settled_at     timestamptz,
    PRIMARY KEY (partner_id, refund_id),
    FOREIGN KEY (partner_id, payment_id) REFERENCES payment,
    FOREIGN KEY (partner_id, attempt_id) REFERENCES payment_attempt,
    CHECK ((state = 'asked') = (try_at IS NOT NULL))
);
CREATE INDEX refund_of_payment ON refund (partner_id, payment_id);
CREATE INDEX refund_due ON refund (try_at) WHERE state = 'asked';
