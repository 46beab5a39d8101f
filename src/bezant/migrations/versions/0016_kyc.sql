-- room: customers.kyc

-- What a partner has found out about who a customer is. Of a document only what tells it from
-- the customer's others is kept, and never its number.
CREATE TABLE customer_kyc (
    partner_id          bigint NOT NULL,
    customer_id         bigint NOT NULL,
    level               smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
    status              text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    verified_at         timestamptz,
    method              text NOT NULL CHECK (length(method) <= 40),
    document_type       text NOT NULL CHECK (length(document_type) <= 40),
    document_last4      text NOT NULL CHECK (length(document_last4) <= 4),
    document_country    text NOT NULL CHECK (document_country ~ '^([A-Z]{2})?$'),
    document_expires_on date,
    risk                text NOT NULL CHECK (risk IN ('low', 'medium', 'high')),
    pep                 boolean NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (partner_id, customer_id),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer,
    CHECK (level = 0 OR status <> 'approved' OR verified_at IS NOT NULL)
);

-- What a level may do, from a day on. `unit` is a metal for grams held, in micrograms, and a
-- currency for the others, in minor units. No amount says that there is no limit from then on.
CREATE TABLE kyc_limit (
    level      smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
    kind       text NOT NULL
        CHECK (kind IN ('grams_held', 'turnover_day', 'turnover_30_days', 'order_value')),
    unit       text NOT NULL,
    valid_from date NOT NULL,
    amount     bigint CHECK (amount >= 0),
    set_at     timestamptz NOT NULL,
    PRIMARY KEY (level, kind, unit, valid_from),
    CHECK (CASE WHEN kind = 'grams_held'
                THEN unit IN ('gold', 'silver', 'platinum', 'palladium')
                ELSE unit ~ '^[A-Z]{3}$' END)
);

-- What a customer has bought and sold on a day, in minor units.
CREATE TABLE kyc_turnover (
    partner_id  bigint NOT NULL,
    customer_id bigint NOT NULL,
    day         date NOT NULL,
    currency    text NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (partner_id, customer_id, day, currency),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer
) WITH (fillfactor = 70);

-- The version of what has been counted for a person: whoever counts more says which was read.
-- A person is all customers of a partner who have the same identity number, and goes by the
-- first of them.
CREATE TABLE kyc_tally (
    partner_id  bigint NOT NULL,
    customer_id bigint NOT NULL,
    version     bigint NOT NULL,
    PRIMARY KEY (partner_id, customer_id),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer
) WITH (fillfactor = 70);

-- For the customers who are one person.
CREATE INDEX customer_identity ON customer (partner_id, identity_number)
    WHERE identity_number <> '';

-- The customers who are the same person, the first of them first. Those without an identity
-- number are not one person for that, nor those with 11111111111 and the like, which is what is
-- written for foreigners and for who has not said.
CREATE FUNCTION kyc_person(p_partner_id bigint, p_customer_id bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_identity_number text;
BEGIN
    SELECT identity_number INTO v_identity_number FROM customer
     WHERE partner_id = p_partner_id AND customer_id = p_customer_id;
    IF v_identity_number <> '' AND v_identity_number !~ '^(.)\1*$' THEN
        RETURN ARRAY (
            SELECT customer_id FROM customer
             WHERE partner_id = p_partner_id AND identity_number <> ''
               AND identity_number = v_identity_number
             ORDER BY customer_id);
    END IF;
    RETURN ARRAY[p_customer_id];
END $$;

-- All that an order's limits are decided on: what is known of the customer, the limits in force
-- on a day, who else is the same person, and what they have turned over in a currency, that day
-- and in the thirty days that end with it.
CREATE FUNCTION kyc_standing(
    p_partner_id bigint, p_customer_id bigint, p_currency text, p_day date
) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_person bigint[] := kyc_person(p_partner_id, p_customer_id);
    v_today  bigint;
    v_month  bigint;
BEGIN
    SELECT coalesce(sum(amount) FILTER (WHERE day = p_day), 0), coalesce(sum(amount), 0)
      INTO v_today, v_month
      FROM kyc_turnover
     WHERE partner_id = p_partner_id AND customer_id = ANY (v_person)
       AND day > p_day - 30 AND day <= p_day AND currency = p_currency;
    RETURN json_build_object(
        'kyc', (SELECT to_json(k) FROM customer_kyc k
                 WHERE k.partner_id = p_partner_id AND k.customer_id = p_customer_id),
        'person', v_person,
        'version', coalesce((SELECT version FROM kyc_tally
                              WHERE partner_id = p_partner_id AND customer_id = v_person[1]), 0),
        'today', v_today,
        'month', v_month,
        'limits', (SELECT coalesce(json_agg(l), '[]')
                     FROM (SELECT DISTINCT ON (level, kind, unit) level, kind, unit, amount
                             FROM kyc_limit WHERE valid_from <= p_day
                            ORDER BY level, kind, unit, valid_from DESC) l));
END $$;

-- The same, held until the transaction ends against whoever counts for this person.
CREATE FUNCTION kyc_standing_held(
    p_partner_id bigint, p_customer_id bigint, p_currency text, p_day date
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_first bigint := (kyc_person(p_partner_id, p_customer_id))[1];
BEGIN
    INSERT INTO kyc_tally (partner_id, customer_id, version) VALUES (p_partner_id, v_first, 0)
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM kyc_tally WHERE partner_id = p_partner_id AND customer_id = v_first
       FOR NO KEY UPDATE;
    RETURN kyc_standing(p_partner_id, p_customer_id, p_currency, p_day);
END $$;

-- Counts an order. If more was counted for the person since it was read, that is a serialization
-- failure: whoever decided on it does so again.
CREATE FUNCTION kyc_count(
    p_partner_id bigint, p_customer_id bigint, p_first bigint, p_version bigint,
    p_currency text, p_amount bigint, p_day date
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kyc_tally AS t (partner_id, customer_id, version)
    VALUES (p_partner_id, p_first, p_version + 1)
    ON CONFLICT (partner_id, customer_id) DO UPDATE SET version = p_version + 1
     WHERE t.version = p_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'more was counted' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO kyc_turnover AS t (partner_id, customer_id, day, currency, amount)
    VALUES (p_partner_id, p_customer_id, p_day, p_currency, p_amount)
    ON CONFLICT (partner_id, customer_id, day, currency) DO UPDATE
       SET amount = t.amount + p_amount;
END $$;

-- Stores what was found out about many customers, each of whom is named once at most; tells the
-- external ids of those whom there are. The customers are held in one order, so of two calls
-- that overlap the second waits, and none of them is removed meanwhile.
CREATE FUNCTION kyc_store(
    p_partner_id bigint, p_external_ids text[], p_sent json, p_now timestamptz
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_known json;
BEGIN
    PERFORM 1 FROM customer
      WHERE partner_id = p_partner_id AND external_id = ANY (p_external_ids)
      ORDER BY customer_id FOR NO KEY UPDATE;
    WITH stored AS (
        INSERT INTO customer_kyc
        SELECT p_partner_id, c.customer_id, s.level, s.status, s.verified_at, s.method,
               s.document_type, s.document_last4, s.document_country, s.document_expires_on,
               s.risk, s.pep, p_now
          FROM unnest(p_external_ids) WITH ORDINALITY AS n (external_id, place)
          JOIN (SELECT row_number() OVER () AS place, r.*
                  FROM json_populate_recordset(NULL::customer_kyc, p_sent) r) s USING (place)
          JOIN customer c ON c.partner_id = p_partner_id AND c.external_id = n.external_id
         ORDER BY c.customer_id
        ON CONFLICT (partner_id, customer_id) DO UPDATE
           SET level = excluded.level, status = excluded.status,
               verified_at = excluded.verified_at, method = excluded.method,
               document_type = excluded.document_type,
               document_last4 = excluded.document_last4,
               document_country = excluded.document_country,
               document_expires_on = excluded.document_expires_on, risk = excluded.risk,
               pep = excluded.pep, updated_at = excluded.updated_at
        RETURNING customer_kyc.customer_id
    )
    SELECT coalesce(json_agg(c.external_id), '[]') INTO v_known
      FROM stored JOIN customer c ON c.partner_id = p_partner_id
       AND c.customer_id = stored.customer_id;
    RETURN v_known;
END $$;
