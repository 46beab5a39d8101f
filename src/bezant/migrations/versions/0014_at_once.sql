-- Functions of several rooms are called in one statement, which is one round trip and one
-- transaction. What makes such a statement impossible is raised under a code of its own:
--   BZ001  what was decided on has changed meanwhile: read again
--   BZ002  too few pieces of a product are left; DETAIL says of which, and how many
--   BZ003  a customer keeps more addresses than there may be

-- Refuses a statement in which a compare-and-set did not find what it compares with.
CREATE FUNCTION must(p_is_done boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_is_done IS NOT TRUE THEN
        RAISE EXCEPTION 'something has changed meanwhile' USING ERRCODE = 'BZ001';
    END IF;
END $$;

-- room: partners

CREATE FUNCTION partner_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a partner is disabled and never deleted';
END $$;

CREATE TRIGGER partner_stays BEFORE DELETE OR TRUNCATE ON partner
    FOR EACH STATEMENT EXECUTE FUNCTION partner_stays();

DROP FUNCTION admit(bigint, bigint, integer, bytea, bytea, integer, text, timestamptz);

-- Lets one request in, or says why not, after its digest was verified: a verdict and, for
-- 'admitted' and 'limited', when the allowance will be whole again. Verdicts: 'admitted',
-- 'changed' (the credential is not the one that was verified: read it again), 'stale' (the
-- nonce's epoch is over, or the pair was used), 'limited'.
CREATE FUNCTION admit(
    p_partner_id bigint,
    p_credential_id bigint,
    p_version integer,
    p_epoch bytea,
    p_nonce bytea,
    p_nc integer,
    p_kind text,
    p_now timestamptz
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_credential record;
    v_limit      integer;
    v_interval   interval;
    v_whole_at   timestamptz;
BEGIN
    SELECT c.version, c.expires_at, c.last_used_at, c.reads_per_minute, c.writes_per_minute,
           p.disabled_at, e.epoch
      INTO v_credential
      FROM credential c
      JOIN partner p USING (partner_id)
      LEFT JOIN nonce_epoch e ON e.epoch = p_epoch
     WHERE c.partner_id = p_partner_id AND c.credential_id = p_credential_id;
    IF NOT FOUND OR v_credential.version <> p_version OR v_credential.disabled_at IS NOT NULL
       OR v_credential.expires_at <= p_now THEN
        RETURN json_build_array('changed', NULL);
    END IF;

    IF v_credential.epoch IS NULL THEN
        RETURN json_build_array('stale', NULL);
    END IF;
    INSERT INTO nonce_use (nonce, nc) VALUES (p_nonce, p_nc) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN json_build_array('stale', NULL);
    END IF;

    v_limit := CASE p_kind WHEN 'read'
        THEN v_credential.reads_per_minute ELSE v_credential.writes_per_minute END;
    -- In whole microseconds, so that a burst is of exactly so many requests as the limit says.
    v_interval := interval '1 microsecond' * (60000000 / v_limit);
    -- The row is there but for the first time, and an INSERT that comes to an UPDATE costs more.
    UPDATE allowance SET whole_at = greatest(whole_at, p_now) + v_interval
     WHERE partner_id = p_partner_id AND credential_id = p_credential_id AND kind = p_kind
       AND greatest(whole_at, p_now) + v_interval <= p_now + v_interval * v_limit
    RETURNING whole_at INTO v_whole_at;
    IF NOT FOUND THEN
        INSERT INTO allowance AS a (partner_id, credential_id, kind, whole_at)
        VALUES (p_partner_id, p_credential_id, p_kind, p_now + v_interval)
        ON CONFLICT (partner_id, credential_id, kind) DO UPDATE
           SET whole_at = greatest(a.whole_at, p_now) + v_interval
         WHERE greatest(a.whole_at, p_now) + v_interval <= p_now + v_interval * v_limit
        RETURNING a.whole_at INTO v_whole_at;
    END IF;
    IF NOT FOUND THEN
        SELECT a.whole_at INTO v_whole_at FROM allowance a
         WHERE a.partner_id = p_partner_id AND a.credential_id = p_credential_id
           AND a.kind = p_kind;
        RETURN json_build_array('limited', v_whole_at);
    END IF;

    -- Once a minute is often enough to know that a credential is in use, and keeps this
    -- function free of logged writes.
    IF v_credential.last_used_at IS NULL
       OR v_credential.last_used_at < p_now - interval '1 minute' THEN
        UPDATE credential SET last_used_at = p_now
         WHERE partner_id = p_partner_id AND credential_id = p_credential_id
           AND (last_used_at IS NULL OR last_used_at < p_now - interval '1 minute');
    END IF;
    RETURN json_build_array('admitted', v_whole_at);
END
$$;

-- room: customers

-- What is known of a customer, as it is told.
CREATE FUNCTION person_of(c customer) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'firstname', c.firstname, 'middlename', c.middlename, 'lastname', c.lastname,
        'email', c.email, 'phone', c.phone, 'gender', c.gender,
        'identity_number', c.identity_number, 'birthdate', c.birthdate)
$$;

-- Stores addresses of a customer, of each type one at most, all or none; one whose external id
-- is known replaces that one. Their ids by their types; null when there is no such customer. The
-- customer is locked meanwhile, so that what comes at once is counted one by one.
CREATE FUNCTION store_addresses(
    p_partner_id bigint, p_customer text, p_details jsonb, p_most integer, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_customer_id bigint;
    v_ids         jsonb;
BEGIN
    SELECT customer_id INTO v_customer_id FROM customer
     WHERE partner_id = p_partner_id AND external_id = p_customer FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    WITH stored AS (
        INSERT INTO customer_address
            (partner_id, customer_id, type, external_id, invoice_type, company_name, tax_office,
             tax_number, fullname, phone, email, city, county, district, street, zipcode,
             address, updated_at)
        SELECT p_partner_id, v_customer_id, type, nullif(external_id, ''), invoice_type,
               company_name, tax_office, tax_number, fullname, phone, email, city, county,
               district, street, zipcode, address, p_now
          FROM jsonb_populate_recordset(NULL::customer_address, p_details)
        ON CONFLICT (partner_id, customer_id, type, external_id) DO UPDATE
           SET invoice_type = excluded.invoice_type, company_name = excluded.company_name,
               tax_office = excluded.tax_office, tax_number = excluded.tax_number,
               fullname = excluded.fullname, phone = excluded.phone, email = excluded.email,
               city = excluded.city, county = excluded.county, district = excluded.district,
               street = excluded.street, zipcode = excluded.zipcode,
               address = excluded.address, updated_at = excluded.updated_at
        RETURNING address_id, type
    )
    SELECT coalesce(jsonb_object_agg(type, address_id), '{}') INTO v_ids FROM stored;

    IF (SELECT count(*) FROM customer_address
         WHERE partner_id = p_partner_id AND customer_id = v_customer_id) > p_most THEN
        RAISE EXCEPTION 'too many addresses' USING ERRCODE = 'BZ003';
    END IF;
    RETURN v_ids;
END $$;

-- A customer with the person, held until the transaction ends so that it cannot be removed.
CREATE FUNCTION customer_to_refer_to(
    p_partner_id bigint, p_customer text, OUT customer_id bigint, OUT person json
) RETURNS SETOF record LANGUAGE plpgsql ROWS 1 AS $$
BEGIN
    RETURN QUERY
        SELECT c.customer_id, person_of(c) FROM customer c
         WHERE c.partner_id = p_partner_id AND c.external_id = p_customer FOR KEY SHARE;
END $$;

-- room: baskets

-- What is named here is never deleted, and its rows are everybody's: see the products.
ALTER TABLE basket_item DROP CONSTRAINT basket_item_product_id_fkey;

-- As before, but said so that it becomes a part of the statement that calls it.
CREATE OR REPLACE FUNCTION increment_id(p_number bigint, p_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'MC_'
        || lpad(upper(to_hex(floor(extract(epoch FROM p_at AT TIME ZONE 'UTC'))::bigint)), 8, '0')
        || lpad(upper(to_hex(mod(p_number, 1048576))), 5, '0')
$$;

-- Which ten minutes a moment lies in.
CREATE FUNCTION idle_slot(p_at timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT floor(extract(epoch FROM p_at AT TIME ZONE 'UTC') / 600)::integer
$$;

-- Counts the changes of a basket: whoever has read it at one version changes that version, or
-- nothing.
ALTER TABLE basket
    ADD COLUMN version integer NOT NULL DEFAULT 0,
    -- Which ten minutes it was last changed in. An index of this, and not of the moment, lets
    -- most changes of a basket leave its indexes alone.
    ADD COLUMN idle_slot integer,
    SET (fillfactor = 80);
UPDATE basket SET idle_slot = idle_slot(updated_at);
ALTER TABLE basket ALTER idle_slot SET NOT NULL;

-- The database reads the text of every check anew for every statement that writes, so that the
-- tables of the hot path say in one what matters. A basket is a draft: what it comes to is
-- checked where it becomes an order.
ALTER TABLE basket
    DROP CONSTRAINT basket_token_check,
    DROP CONSTRAINT basket_currency_check,
    DROP CONSTRAINT basket_price_check,
    DROP CONSTRAINT basket_tax_check,
    DROP CONSTRAINT basket_minted_markup_check,
    DROP CONSTRAINT basket_silver_craft_check,
    DROP CONSTRAINT basket_insurance_check,
    DROP CONSTRAINT basket_shipping_check,
    DROP CONSTRAINT basket_commission_check;
ALTER TABLE basket_item
    DROP CONSTRAINT basket_item_metal_check,
    DROP CONSTRAINT basket_item_spot_price_check,
    DROP CONSTRAINT basket_item_metal_value_check,
    DROP CONSTRAINT basket_item_minted_markup_check,
    DROP CONSTRAINT basket_item_insurance_check,
    DROP CONSTRAINT basket_item_shipping_check,
    DROP CONSTRAINT basket_item_commission_check,
    DROP CONSTRAINT basket_item_check,
    DROP CONSTRAINT basket_item_tax_base_check,
    DROP CONSTRAINT basket_item_tax_rate_check,
    DROP CONSTRAINT basket_item_tax_check;

-- Whoever looks for abandoned baskets walks a partner's open ones by their last change.
DROP INDEX basket_idle;
CREATE INDEX basket_idle ON basket (partner_id, idle_slot) WHERE state = 'open';

DROP FUNCTION lock_basket(bigint, text, text, text);

-- The open basket with this token of the customer who is called so, with all that a change of
-- it or an order needs and all that a reader sees; null when there is none.
CREATE FUNCTION read_basket(
    p_partner_id bigint, p_customer text, p_token text, p_language text
) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_array(
                   b.basket_id, b.version, b.customer_id, b.guid, b.increment_id, b.channel,
                   b.currency, b.hold_expires_at, b.ordered_at, b.shipping_address,
                   b.billing_address,
                   person_of(c),
                   (SELECT coalesce(json_agg(json_build_array(
                               i.product_id, i.position, i.amount, i.metal, i.spot_price,
                               i.metal_value, i.minted_markup, i.insurance, i.shipping,
                               i.commission, i.tax_base, i.tax_rate,
                               json_build_array(p.sku, p.name->>p_language, p.weight_ug,
                                                a.asset_id, a.name))), '[]')
                      FROM basket_item i
                      JOIN product p USING (product_id)
                      JOIN asset a USING (asset_id)
                     WHERE i.partner_id = b.partner_id AND i.basket_id = b.basket_id))
          FROM basket b JOIN customer c USING (partner_id, customer_id)
         WHERE b.partner_id = p_partner_id AND b.token = p_token AND b.state = 'open'
           AND c.external_id = p_customer);
END $$;

-- The same, locked until the transaction ends. It is read by a statement of its own: one that
-- waited for the lock would still see the lines as they were before it waited.
CREATE FUNCTION lock_basket(
    p_partner_id bigint, p_customer text, p_token text, p_language text
) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM basket
      WHERE partner_id = p_partner_id AND token = p_token AND state = 'open' FOR UPDATE;
    RETURN read_basket(p_partner_id, p_customer, p_token, p_language);
END $$;

-- Stores the addresses that are sent with their customer, and copies them and those that were
-- found into a basket of this version. The ids of those that were stored, by their types.
CREATE FUNCTION set_basket_addresses(
    p_partner_id bigint, p_basket_id bigint, p_version integer, p_customer text, p_sent jsonb,
    p_found jsonb, p_most integer, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_ids  jsonb := store_addresses(p_partner_id, p_customer, p_sent, p_most, p_now);
    v_all  jsonb := p_found;
    v_sent jsonb;
BEGIN
    FOR v_sent IN SELECT jsonb_array_elements(p_sent) LOOP
        v_all := v_all || jsonb_build_object(v_sent->>'type', jsonb_build_object(
            'address_id', v_ids->(v_sent->>'type'), 'details', v_sent));
    END LOOP;
    UPDATE basket
       SET shipping_address = coalesce(v_all->'shipping', shipping_address),
           billing_address = coalesce(v_all->'billing', billing_address),
           version = version + 1, updated_at = p_now, idle_slot = idle_slot(p_now)
     WHERE partner_id = p_partner_id AND basket_id = p_basket_id AND version = p_version
       AND state = 'open' AND v_ids IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the basket has changed' USING ERRCODE = 'BZ001';
    END IF;
    RETURN v_ids;
END $$;

-- Makes an order of an open basket of this version, which is never a basket again.
CREATE FUNCTION order_basket(
    p_partner_id bigint, p_basket_id bigint, p_version integer, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE basket SET state = 'ordered', updated_at = p_now, idle_slot = idle_slot(p_now)
     WHERE partner_id = p_partner_id AND basket_id = p_basket_id AND version = p_version
       AND state = 'open';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the basket has changed' USING ERRCODE = 'BZ001';
    END IF;
END $$;

-- room: catalog

-- The product on sale with this sku; null when there is none.
CREATE FUNCTION product_on_sale(p_sku text) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
                   'product_id', p.product_id, 'sku', p.sku, 'barcode', p.barcode,
                   'asset', json_build_object(
                       'asset_id', a.asset_id, 'name', a.name, 'symbol', a.symbol,
                       'metal', p.metal, 'unit', a.unit),
                   'category', json_build_object(
                       'category_id', c.category_id, 'slug', c.slug, 'name', c.name),
                   'shape', p.shape,
                   'weight', json_build_object('micrograms', p.weight_ug, 'metal', p.metal),
                   'gross_weight', json_build_object(
                       'micrograms', p.gross_weight_ug, 'metal', p.metal),
                   'fineness', p.fineness, 'legend', p.legend, 'name', p.name,
                   'text', p.text, 'tax_class', p.tax_class, 'stock', p.stock,
                   'withdrawn_at', p.withdrawn_at)
          FROM product p JOIN asset a USING (asset_id) JOIN category c USING (category_id)
         WHERE p.sku = p_sku AND p.withdrawn_at IS NULL);
END $$;

-- The ids of products by what they are called.
CREATE FUNCTION product_ids(p_skus text[]) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY (SELECT product_id FROM product WHERE sku = ANY (p_skus));
END $$;

-- A product is named by every line that is written. A foreign key would lock its row each
-- time, beside the lock of whoever takes pieces of it, so that it is kept by never going away.
ALTER TABLE stock_reservation
    DROP CONSTRAINT stock_reservation_product_id_fkey,
    DROP CONSTRAINT stock_reservation_partner_id_fkey;

CREATE FUNCTION never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is never deleted';
END $$;

CREATE TRIGGER product_stays BEFORE DELETE OR TRUNCATE ON product
    FOR EACH STATEMENT EXECUTE FUNCTION never_deleted();

DROP FUNCTION reserve_stock(bigint, bigint, bigint[], integer[], text, timestamptz);

-- Promises pieces of several products, as pairs of an id and an amount, to an order, in the
-- order of their ids, all or none.
-- Each is a compare-and-set on the product's row.
CREATE FUNCTION reserve_stock(
    p_partner_id bigint, p_order_id bigint, p_wanted json, p_state text, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_wanted      record;
    v_has_serials boolean;
BEGIN
    FOR v_wanted IN
        SELECT (w->>0)::bigint AS product_id, (w->>1)::integer AS amount
          FROM json_array_elements(p_wanted) AS w ORDER BY 1
    LOOP
        UPDATE product SET stock = stock - v_wanted.amount
         WHERE product_id = v_wanted.product_id AND stock >= v_wanted.amount
           AND withdrawn_at IS NULL
        RETURNING has_serials INTO v_has_serials;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'too few pieces are left' USING ERRCODE = 'BZ002', DETAIL = (
                SELECT json_build_array(
                           sku, CASE WHEN withdrawn_at IS NULL THEN stock ELSE 0 END)
                  FROM product WHERE product_id = v_wanted.product_id);
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
END $$;

-- Turns what is held for an order into what is sold; whether anything was.
CREATE FUNCTION sell_reserved(p_partner_id bigint, p_order_id bigint, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stock_reservation SET state = 'sold', changed_at = p_now
     WHERE partner_id = p_partner_id AND order_id = p_order_id AND state = 'held';
    RETURN FOUND;
END $$;

-- room: pricing

-- A line of a basket or an order, as it comes and as both have it.
CREATE TYPE priced_line AS (
    product_id bigint, position integer, amount integer, metal text, spot_price bigint,
    metal_value bigint, minted_markup bigint, insurance bigint, shipping bigint,
    commission bigint, price bigint, tax_base bigint, tax_rate integer, tax bigint
);

-- What is known of the metals that have a price in a currency, for one partner. The order of
-- each array is the order of the fields of its struct, here and below.
CREATE FUNCTION market_of(p_partner_id bigint, p_currency text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_array(
                   r.metal, r.price, r.source, r.at,
                   (SELECT reason FROM trading_halt h WHERE h.metal = r.metal),
                   coalesce((SELECT basis_points FROM partner_spread s
                              WHERE s.partner_id = p_partner_id AND s.metal = r.metal), 0))),
               '[]')
          FROM reference_price r WHERE r.currency = p_currency);
END $$;

-- All that the prices of some products are made of for one partner: the market, the operator's
-- rules for the products and the partner's own, and the rates of taxes until a day.
CREATE FUNCTION price_inputs(
    p_partner_id bigint, p_currency text, p_products bigint[], p_day date
) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_array(
        market_of(p_partner_id, p_currency),
        (SELECT coalesce(json_agg(json_build_array(
                    product_id, currency, part, fixed, basis_points)), '[]')
           FROM price_part WHERE product_id = ANY (p_products)),
        (SELECT coalesce(json_agg(json_build_array(
                    product_id, currency, part, fixed, basis_points)), '[]')
           FROM partner_price_part
          WHERE partner_id = p_partner_id AND product_id = ANY (p_products)),
        (SELECT coalesce(json_agg(json_build_array(tax_class, valid_from, basis_points)), '[]')
           FROM tax_rate WHERE valid_from <= p_day));
END $$;

-- room: legal

-- The newest text of each type that is in force.
CREATE FUNCTION documents_in_force(p_language text, p_now timestamptz) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object(
                   'type', type, 'language', language, 'version', version, 'name', name,
                   'is_required', is_required, 'valid_from', valid_from, 'sha256', sha256)),
                   '[]')
          FROM (SELECT DISTINCT ON (type) * FROM legal_document
                 WHERE language = p_language AND valid_from <= p_now
                 ORDER BY type, version DESC) d);
END $$;

-- A text is never deleted, and everybody accepts the same few.
ALTER TABLE legal_acceptance DROP CONSTRAINT legal_acceptance_type_language_version_fkey;

CREATE FUNCTION accept_documents(
    p_partner_id bigint, p_order_id bigint, p_documents json, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO legal_acceptance
        (partner_id, order_id, type, language, version, accepted_at, copy_at)
    SELECT p_partner_id, p_order_id, a.type, a.language, a.version, p_now, p_now
      FROM json_to_recordset(p_documents) AS a (type text, language text, version integer);
END $$;

-- room: orders

-- One check a table, as of the baskets.
ALTER TABLE sales_order
    DROP CONSTRAINT sales_order_order_code_check,
    DROP CONSTRAINT sales_order_token_check,
    DROP CONSTRAINT sales_order_external_id_check,
    DROP CONSTRAINT sales_order_asked_mac_check,
    DROP CONSTRAINT sales_order_language_check,
    DROP CONSTRAINT sales_order_currency_check,
    DROP CONSTRAINT sales_order_status_id_check,
    DROP CONSTRAINT sales_order_price_check,
    DROP CONSTRAINT sales_order_tax_check,
    DROP CONSTRAINT sales_order_minted_markup_check,
    DROP CONSTRAINT sales_order_silver_craft_check,
    DROP CONSTRAINT sales_order_insurance_check,
    DROP CONSTRAINT sales_order_shipping_check,
    DROP CONSTRAINT sales_order_commission_check,
    DROP CONSTRAINT sales_order_note_check,
    DROP CONSTRAINT sales_order_cargo_number_check,
    DROP CONSTRAINT sales_order_cargo_url_check,
    DROP CONSTRAINT sales_order_check,
    ADD CONSTRAINT sales_order_adds_up CHECK (
        price > 0 AND status_id BETWEEN 1 AND 12
        AND least(tax, minted_markup, silver_craft, insurance, shipping, commission) >= 0
        AND (status_id = 2) = (reserved_until IS NOT NULL));
ALTER TABLE order_item
    DROP CONSTRAINT order_item_product_id_fkey,
    DROP CONSTRAINT order_item_amount_check,
    DROP CONSTRAINT order_item_metal_check,
    DROP CONSTRAINT order_item_spot_price_check,
    DROP CONSTRAINT order_item_metal_value_check,
    DROP CONSTRAINT order_item_minted_markup_check,
    DROP CONSTRAINT order_item_insurance_check,
    DROP CONSTRAINT order_item_shipping_check,
    DROP CONSTRAINT order_item_commission_check,
    DROP CONSTRAINT order_item_check,
    DROP CONSTRAINT order_item_tax_base_check,
    DROP CONSTRAINT order_item_tax_rate_check,
    DROP CONSTRAINT order_item_tax_check,
    ADD CONSTRAINT order_item_adds_up CHECK (
        least(amount, spot_price) > 0
        AND least(metal_value, minted_markup, insurance, shipping, commission, tax_base, tax_rate,
                  tax) >= 0
        AND price = metal_value + minted_markup + insurance + shipping + commission);
ALTER TABLE order_status_change
    DROP CONSTRAINT order_status_change_number_check,
    DROP CONSTRAINT order_status_change_status_id_check;

-- Enters an order with its lines and the beginning of its history.
CREATE FUNCTION enter_order(p sales_order, p_cause text, p_lines json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sales_order SELECT p.*;
    INSERT INTO order_item
        (partner_id, order_id, product_id, position, amount, metal, spot_price, metal_value,
         minted_markup, insurance, shipping, commission, price, tax_base, tax_rate, tax)
    SELECT p.partner_id, p.order_id, l.* FROM json_populate_recordset(NULL::priced_line, p_lines) AS l;
    INSERT INTO order_status_change (partner_id, order_id, number, status_id, cause, at)
    VALUES (p.partner_id, p.order_id, 1, p.status_id, p_cause, p.ordered_at);
END $$;

-- The compare-and-set that every status goes through; whether the order had the one before.
CREATE FUNCTION change_order_status(
    p_partner_id bigint, p_order_id bigint, p_before smallint, p_after smallint, p_cause text,
    p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sales_order
       SET status_id = p_after, updated_at = p_now, invoice_due = invoice_due OR p_after = 12,
           reserved_until = CASE WHEN p_after = 2 THEN reserved_until END
     WHERE partner_id = p_partner_id AND order_id = p_order_id AND status_id = p_before;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO order_status_change (partner_id, order_id, number, status_id, cause, at)
    SELECT p_partner_id, p_order_id, 1 + max(number), p_after, p_cause, p_now
      FROM order_status_change WHERE partner_id = p_partner_id AND order_id = p_order_id;
    RETURN true;
END $$;

-- room: payments

ALTER TABLE payment
    DROP CONSTRAINT payment_token_check,
    DROP CONSTRAINT payment_method_check,
    DROP CONSTRAINT payment_state_check,
    DROP CONSTRAINT payment_currency_check,
    DROP CONSTRAINT payment_amount_check,
    DROP CONSTRAINT payment_cost_check,
    DROP CONSTRAINT payment_check,
    DROP CONSTRAINT payment_check1,
    DROP CONSTRAINT payment_check2,
    ADD CONSTRAINT payment_adds_up CHECK (
        amount > 0 AND cost >= 0 AND captured IN (0, amount + cost)
        AND refunded BETWEEN 0 AND captured
        AND (state IN ('success', 'refunded')) = (captured > 0)
        AND state IN ('new', 'pending', 'success', 'failed', 'refunded'));

-- The one compare-and-set by which a charge's end is written down: it moves from one of the
-- states that it may move from, or nothing happens. Whether it did.
CREATE FUNCTION settle_charge(
    p_reference text, p_state text, p_before text[], p_is_surplus boolean,
    p_transaction_id text, p_order_reference text, p_auth_mode text, p_reason text,
    p_explanation text, p_leg text, p_now timestamptz, p_ask_at timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payment_attempt
       SET state = p_state, is_surplus = p_is_surplus, transaction_id = p_transaction_id,
           order_reference = p_order_reference, auth_mode = p_auth_mode, reason = p_reason,
           explanation = p_explanation, settled_by = p_leg, settled_at = p_now,
           ask_at = p_ask_at, challenge = NULL
     WHERE reference = p_reference AND state = ANY (p_before);
    RETURN FOUND;
END $$;

-- Makes a payment one that was made, at this cost; whether it was not before.
CREATE FUNCTION capture_payment(
    p_partner_id bigint, p_payment_id bigint, p_cost bigint, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payment
       SET state = 'success', cost = p_cost, captured = amount + p_cost, updated_at = p_now
     WHERE partner_id = p_partner_id AND payment_id = p_payment_id AND captured = 0;
    RETURN FOUND;
END $$;

CREATE FUNCTION open_payment(
    p_partner_id bigint, p_order_id bigint, p_token text, p_method text, p_is_hosted boolean,
    p_state text, p_currency text, p_amount bigint, p_captured bigint, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_payment_id bigint;
BEGIN
    INSERT INTO payment
        (partner_id, order_id, token, method, is_hosted, state, currency, amount, captured,
         created_at, updated_at)
    VALUES (p_partner_id, p_order_id, p_token, p_method, p_is_hosted, p_state, p_currency,
            p_amount, p_captured, p_now, p_now)
    RETURNING payment_id INTO v_payment_id;
    RETURN v_payment_id;
END $$;

-- What paying with a card costs, by its first six or eight digits: its bank, the rates of that
-- bank's programme, and those of a bank that we do not know.
CREATE FUNCTION card_terms(p_digits text, p_unknown text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_bank card_bin;
BEGIN
    SELECT * INTO v_bank FROM card_bin
     WHERE bin IN (p_digits, left(p_digits, 6)) ORDER BY length(bin) DESC LIMIT 1;
    RETURN json_build_array(
        CASE WHEN v_bank.bin IS NOT NULL THEN to_json(v_bank) END,
        (SELECT coalesce(json_agg(json_build_object(
                    'instalment', instalment, 'real_instalment', real_instalment,
                    'basis_points', basis_points) ORDER BY instalment), '[]')
           FROM instalment_rate WHERE programme = v_bank.programme),
        (SELECT coalesce(json_agg(json_build_object(
                    'instalment', instalment, 'real_instalment', real_instalment,
                    'basis_points', basis_points) ORDER BY instalment), '[]')
           FROM instalment_rate WHERE programme = p_unknown));
END $$;

-- Enters a charge that is about to be sent, of a payment that waits for it.
CREATE FUNCTION begin_charge(
    p_partner_id bigint, p_order_id bigint, p_reference text, p_acquirer text, p_is_3d boolean,
    p_instalment smallint, p_amount bigint, p_cost bigint, p_card_holder text, p_card_bin text,
    p_card_last_four text, p_card_expiry text, p_association text, p_customer_ip text,
    p_keeps_card boolean, p_lapses_at timestamptz, p_now timestamptz, p_ask_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_payment_id bigint;
    v_state      text;
BEGIN
    SELECT payment_id, state INTO v_payment_id, v_state FROM payment
     WHERE partner_id = p_partner_id AND order_id = p_order_id;
    INSERT INTO payment_attempt
        (partner_id, payment_id, reference, acquirer, state, is_3d, instalment, amount, cost,
         card_holder, card_bin, card_last_four, card_expiry, association, customer_ip,
         keeps_card, lapses_at, started_at, ask_at)
    VALUES (p_partner_id, v_payment_id, p_reference, p_acquirer, 'open', p_is_3d, p_instalment,
            p_amount, p_cost, p_card_holder, p_card_bin, p_card_last_four, p_card_expiry,
            p_association, p_customer_ip, p_keeps_card, p_lapses_at, p_now, p_ask_at);
    IF v_state <> 'pending' THEN
        UPDATE payment SET state = 'pending', updated_at = p_now
         WHERE partner_id = p_partner_id AND payment_id = v_payment_id AND captured = 0;
    END IF;
END $$;

-- A kept card is charged: the one that was used last is offered first.
CREATE FUNCTION touch_card(p_partner_id bigint, p_token text, p_now timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stored_card SET last_used_at = p_now
     WHERE partner_id = p_partner_id AND token = p_token;
END $$;

-- room: webhooks

DROP FUNCTION webhook_announce(bigint, text[], text[], text[], bytea[], timestamptz);

-- Writes events into the outbox and to the endpoints that want them, and wakes their
-- deliveries. Each event is its id, type, stream and body, whose bytes are what is sent. The
-- ways in that are not taken cost nothing: even an INSERT of no rows would notify the queue, and
-- commits that notify wait for one another.
CREATE FUNCTION webhook_announce(p_partner_id bigint, p_events json, p_now timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_made integer;
BEGIN
    PERFORM FROM webhook_endpoint WHERE partner_id = p_partner_id AND disabled_at IS NULL;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    PERFORM FROM webhook_endpoint e, json_array_elements(p_events) AS n
      WHERE e.partner_id = p_partner_id AND e.disabled_at IS NULL
        AND (e.types = '{}' OR n->>1 = ANY (e.types));
    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    WITH event AS (
        INSERT INTO webhook_event (partner_id, event_id, type, stream, body, created_at)
        SELECT p_partner_id, n->>0, n->>1, n->>2, convert_to(n->>3, 'UTF8'), p_now
          FROM json_array_elements(p_events) WITH ORDINALITY AS l (n, place)
         WHERE EXISTS (
            SELECT FROM webhook_endpoint e
             WHERE e.partner_id = p_partner_id AND e.disabled_at IS NULL
               AND (e.types = '{}' OR n->>1 = ANY (e.types)))
         ORDER BY place
        RETURNING number, type, stream
    ), delivery AS (
        INSERT INTO webhook_delivery
            (partner_id, endpoint_id, number, stream, state, next_try_at)
        SELECT p_partner_id, e.endpoint_id, event.number, event.stream, 'waiting', p_now
          FROM event
          JOIN webhook_endpoint e ON e.types = '{}' OR event.type = ANY (e.types)
         WHERE e.partner_id = p_partner_id AND e.disabled_at IS NULL
        RETURNING endpoint_id
    ), job AS (
        INSERT INTO webhook_pgqueuer (priority, entrypoint, payload, status)
        SELECT 0, 'deliver', convert_to(p_partner_id || '/' || endpoint_id, 'UTF8'), 'queued'
          FROM (SELECT DISTINCT endpoint_id FROM delivery) AS woken
    )
    SELECT count(*) INTO v_made FROM event;
    RETURN v_made;
END $$;
