-- room: vault

-- Codes under which functions of the vault refuse:
--   BZ020  more would be owned of a metal than lies in the vault; DETAIL is its name
--   BZ021  a bar of this refiner and serial is in
--   BZ022  the bar is out already

-- Bars that were ever taken in. Weights are in micrograms, fineness in 100,000ths. What lies in
-- the vault are those without `withdrawn_at`.
CREATE TABLE vault_bar (
    bar_id       uuid PRIMARY KEY,
    metal        varchar(9) NOT NULL,
    refiner      varchar(60) NOT NULL,
    serial       varchar(40) NOT NULL,
    gross_ug     bigint NOT NULL,
    fineness     integer NOT NULL,
    fine_ug      bigint NOT NULL,
    taken_in_at  timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT vault_bar_weighs CHECK (
        metal IN ('gold', 'silver', 'platinum', 'palladium') AND fine_ug > 0
        AND fineness BETWEEN 1 AND 100000 AND fine_ug = gross_ug * fineness / 100000
        AND withdrawn_at >= taken_in_at)
);
CREATE UNIQUE INDEX vault_bar_in ON vault_bar (refiner, serial) WHERE withdrawn_at IS NULL;
CREATE INDEX vault_bar_serial ON vault_bar (serial);

CREATE TRIGGER vault_bar_stays BEFORE DELETE OR TRUNCATE ON vault_bar
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER vault_bar_is_the_same
    BEFORE UPDATE OF bar_id, metal, refiner, serial, gross_ug, fineness, fine_ug, taken_in_at
    ON vault_bar FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER vault_bar_is_out BEFORE UPDATE ON vault_bar FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION ledger_stays();

-- How much of a metal nobody but the house owns, in stripes that add up to it: whoever buys takes
-- from one of them, so that buys do not wait for each other.
--   counting  it may fall below zero: what was owned before there were bars is not covered
--   open      no stripe is below zero, so what is taken from one is there
--   short     more is owned than lies there; all of it stands in stripe 0, and is gathered
CREATE TABLE vault_headroom (
    metal   varchar(9) NOT NULL,
    stripe  smallint NOT NULL CHECK (stripe BETWEEN 0 AND 15),
    free_ug bigint NOT NULL,
    state   varchar(8) NOT NULL CHECK (state IN ('counting', 'open', 'short')),
    PRIMARY KEY (metal, stripe),
    CONSTRAINT vault_headroom_covers CHECK (free_ug >= 0 OR state <> 'open')
) WITH (fillfactor = 10);

-- A metal of which nothing is owned is guarded from the start. One that was sold before anybody
-- wrote down what lies there is guarded from its first bar on.
INSERT INTO vault_headroom (metal, stripe, free_ug, state)
SELECT m.metal, s.stripe, CASE s.stripe WHEN 0 THEN coalesce(h.free_ug, 0) ELSE 0 END,
       CASE WHEN h.free_ug < 0 THEN 'counting' ELSE 'open' END
  FROM (VALUES ('gold', '{GAU,BGAU}'::text[]), ('silver', '{GAG,BGAG}'), ('platinum', '{GPT}'),
               ('palladium', '{GPD}')) AS m (metal, assets)
  LEFT JOIN LATERAL (
    SELECT sum(p.amount)::bigint AS free_ug
      FROM ledger_account a JOIN ledger_posting p USING (partner_id, account_id)
     WHERE a.kind = 'house' AND a.asset = ANY (m.assets)) h ON true
 CROSS JOIN generate_series(0, 15) AS s (stripe);

-- Changes the headroom of a metal with all its stripes locked, in their order, and spreads it
-- evenly. Raises BZ020 where a fall goes below zero, unless it has happened `p_anyway`.
-- `p_guards` begins to guard a metal that was only counted.
CREATE FUNCTION vault_gather(
    p_metal text, p_change bigint, p_guards boolean, p_anyway boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_free  bigint;
    v_state text;
BEGIN
    PERFORM 1 FROM vault_headroom WHERE metal = p_metal ORDER BY stripe FOR NO KEY UPDATE;
    -- A statement of its own sees what those have committed who held the locks before.
    SELECT sum(free_ug) + p_change, min(state) INTO v_free, v_state
      FROM vault_headroom WHERE metal = p_metal;
    IF v_state <> 'counting' OR p_guards THEN
        v_state := CASE WHEN v_free < 0 THEN 'short' ELSE 'open' END;
        IF v_state = 'short' AND p_change < 0 AND NOT p_anyway THEN
            RAISE EXCEPTION USING ERRCODE = 'BZ020', MESSAGE = 'the vault does not cover it',
                DETAIL = p_metal;
        END IF;
    END IF;
    UPDATE vault_headroom
       SET state = v_state,
           free_ug = CASE WHEN v_state = 'open' THEN v_free / 16 ELSE 0 END
               + CASE WHEN stripe > 0 THEN 0 WHEN v_state = 'open' THEN v_free % 16
                      ELSE v_free END
     WHERE metal = p_metal;
END $$;

-- Whether a stripe stands a change.
CREATE FUNCTION vault_stands(p_state text, p_free_ug bigint, p_change bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_state = 'counting' OR (p_state = 'open' AND p_free_ug + p_change >= 0)
$$;

-- Changes the headroom of metals, which come in the order of their names and once each: down by
-- what others come to own, up by what the house gets back. Raises BZ020. A connection has a
-- stripe of its own; where that falls short or somebody has it, any other will do, and only when
-- there is none does it wait for all, with none of them locked.
--
-- What is read with a lock is found by its key alone: a row that was changed meanwhile and does
-- not match any more would stay locked all the same, out of the order. So what was changed since
-- it was looked at is a serialization failure: it is tried again from the start.
CREATE FUNCTION vault_count(p_metals text[], p_changes bigint[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_own    smallint := pg_backend_pid() % 16;
    v_stripe smallint;
    v_stands boolean;
BEGIN
    FOR i IN 1 .. cardinality(p_metals) LOOP
        v_stripe := NULL;
        SELECT vault_stands(state, free_ug, p_changes[i]) INTO v_stands FROM vault_headroom
         WHERE metal = p_metals[i] AND stripe = v_own;
        IF v_stands THEN
            SELECT stripe, vault_stands(state, free_ug, p_changes[i])
              INTO v_stripe, v_stands FROM vault_headroom
             WHERE metal = p_metals[i] AND stripe = v_own FOR NO KEY UPDATE SKIP LOCKED;
        END IF;
        IF v_stripe IS NULL THEN
            SELECT stripe, vault_stands(state, free_ug, p_changes[i])
              INTO v_stripe, v_stands FROM vault_headroom
             WHERE metal = p_metals[i] AND stripe = ANY (ARRAY (
                SELECT stripe FROM vault_headroom
                 WHERE metal = p_metals[i] AND vault_stands(state, free_ug, p_changes[i])))
             LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        END IF;
        IF v_stripe IS NULL THEN
            PERFORM vault_gather(p_metals[i], p_changes[i], false, false);
        ELSIF v_stands THEN
            UPDATE vault_headroom SET free_ug = free_ug + p_changes[i]
             WHERE metal = p_metals[i] AND stripe = v_stripe;
        ELSE
            RAISE EXCEPTION 'the stripe was changed' USING ERRCODE = 'serialization_failure';
        END IF;
    END LOOP;
END $$;

-- Takes a bar in. Raises BZ021 while one of this refiner and serial is in.
CREATE FUNCTION vault_take_in(
    p_bar_id uuid, p_metal text, p_refiner text, p_serial text, p_gross_ug bigint,
    p_fineness integer, p_fine_ug bigint, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vault_bar
        (bar_id, metal, refiner, serial, gross_ug, fineness, fine_ug, taken_in_at)
    VALUES (p_bar_id, p_metal, p_refiner, p_serial, p_gross_ug, p_fineness, p_fine_ug, p_now)
    ON CONFLICT (refiner, serial) WHERE withdrawn_at IS NULL DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'BZ021', MESSAGE = 'the bar is in';
    END IF;
    PERFORM vault_gather(p_metal, p_fine_ug, true, false);
END $$;

-- Takes a bar out. Raises BZ022 once it is out, and BZ020 where what is left would not cover what
-- is owned, unless it has gone `p_anyway`.
CREATE FUNCTION vault_withdraw(p_bar_id uuid, p_anyway boolean, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_bar vault_bar;
BEGIN
    UPDATE vault_bar SET withdrawn_at = p_now
     WHERE bar_id = p_bar_id AND withdrawn_at IS NULL
    RETURNING * INTO v_bar;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'BZ022', MESSAGE = 'the bar is out';
    END IF;
    PERFORM vault_gather(v_bar.metal, -v_bar.fine_ug, true, p_anyway);
END $$;
