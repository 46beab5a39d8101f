-- room: ledger

-- Codes under which functions of the ledger refuse; DETAIL is JSON:
--   BZ010  an account falls short of its floor; DETAIL says which, and by how much
--   BZ011  the reference names a journal with other postings
--   BZ012  the reference names another hold on the account, or one that is over

-- A partner's book: every account, journal and hold is in one. 0 is the operator's own, which
-- is no partner's, so that keys lead with partner_id there, too.
--
-- How far the followers have come is said in stamps. A journal's stamp is its transaction's id
-- plus the book's offset. Ids are given out in one order and end in another; but what is below
-- pg_snapshot_xmin() has ended and is seen by everybody, so a follower goes so far and misses
-- nothing. A database that was restored from a dump counts its transactions from the start
-- again: then ledger_align() raises the offset.
CREATE TABLE ledger_book (
    partner_id     bigint PRIMARY KEY CHECK (partner_id >= 0),
    owner_id       bigint GENERATED ALWAYS AS (nullif(partner_id, 0)) STORED REFERENCES partner,
    stamp_offset   bigint NOT NULL DEFAULT 0 CHECK (stamp_offset >= 0),
    -- Every journal with a smaller stamp is in the snapshots, or in the chain.
    folded_to      bigint NOT NULL DEFAULT 0,
    chained_to     bigint NOT NULL DEFAULT 0,
    chain_position bigint NOT NULL DEFAULT 0,
    opened_at      timestamptz NOT NULL
) WITH (fillfactor = 50);

-- What somebody owns, in one asset. A customer's and a partner's own account has a floor: its
-- balance stands in its row, which is locked by whoever posts. The others have none: every
-- journal may post to them at once, and their balance is the snapshot and what came since.
--
-- Every CHECK is read and compiled anew by each statement that writes the table, so the tables
-- that every journal writes have one at most; triggers below hold what is fixed at insertion.
CREATE TABLE ledger_account (
    partner_id   bigint NOT NULL REFERENCES ledger_book,
    account_id   bigint GENERATED ALWAYS AS IDENTITY,
    -- customer, partner, settlement, house or vault
    kind         varchar(10) NOT NULL,
    -- The customer's id, 0 for the other kinds: a key can be looked up without a null.
    holder       bigint NOT NULL,
    customer_id  bigint,
    asset        varchar(4) NOT NULL,
    -- In the asset's smallest unit: a minor unit of cash, a microgram of metal.
    floor        bigint,
    balance      bigint NOT NULL DEFAULT 0,
    blocked      bigint NOT NULL DEFAULT 0,
    soft_blocked bigint NOT NULL DEFAULT 0,
    opened_at    timestamptz NOT NULL,
    PRIMARY KEY (partner_id, account_id),
    -- What differs most comes first, and is compared first.
    UNIQUE (partner_id, holder, kind, asset),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer,
    -- Where there is no floor, the sum is null and the first three are 0.
    CONSTRAINT ledger_account_floor
        CHECK (least(blocked, soft_blocked, balance - blocked - soft_blocked - floor) >= 0)
) WITH (fillfactor = 70);

-- What happened, under the name that whoever posted it gave it: the same name posts once. Its
-- place in the order of the followers is in its key, and so is found with no index of its own.
CREATE TABLE ledger_journal (
    partner_id     bigint NOT NULL,
    journal_id     bigint GENERATED ALWAYS AS IDENTITY,
    kind           varchar(40) NOT NULL,
    reference_kind varchar(40) NOT NULL,
    reference      varchar(110) NOT NULL,
    description    varchar(200) NOT NULL,
    lines          smallint NOT NULL,
    stamp          bigint NOT NULL,
    posted_at      timestamptz NOT NULL,
    PRIMARY KEY (partner_id, stamp, journal_id),
    UNIQUE (partner_id, reference, reference_kind)
);

-- A line of a journal; its asset is its account's. No foreign keys: one to the account would
-- lock the house's row for every journal, and what both would hold, the triggers below hold.
CREATE TABLE ledger_posting (
    partner_id    bigint NOT NULL,
    journal_id    bigint NOT NULL,
    line          smallint NOT NULL,
    account_id    bigint NOT NULL,
    amount        bigint NOT NULL CHECK (amount <> 0),
    -- Of an account with a floor, whose postings follow each other by journal_id.
    balance_after bigint,
    stamp         bigint NOT NULL,
    PRIMARY KEY (partner_id, journal_id, line)
);
CREATE INDEX ledger_posting_account ON ledger_posting (partner_id, account_id, stamp);

-- What an account holds and may not spend. `blocked` is for orders under way, `soft_blocked`
-- for open price fixes.
CREATE TABLE ledger_hold (
    partner_id     bigint NOT NULL,
    hold_id        bigint GENERATED ALWAYS AS IDENTITY,
    account_id     bigint NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('blocked', 'soft_blocked')),
    amount         bigint NOT NULL CHECK (amount > 0),
    reference_kind text NOT NULL CHECK (reference_kind ~ '^[a-z_]{1,40}$'),
    reference      text NOT NULL CHECK (length(reference) BETWEEN 1 AND 110),
    state          text NOT NULL DEFAULT 'live'
        CHECK (state IN ('live', 'released', 'consumed', 'expired')),
    held_at        timestamptz NOT NULL,
    expires_at     timestamptz CHECK (expires_at > held_at),
    ended_at       timestamptz,
    PRIMARY KEY (partner_id, hold_id),
    UNIQUE (partner_id, reference_kind, reference, account_id),
    FOREIGN KEY (partner_id, account_id) REFERENCES ledger_account,
    CHECK ((state = 'live') = (ended_at IS NULL)),
    CHECK (state <> 'expired' OR expires_at IS NOT NULL)
);
CREATE INDEX ledger_hold_live ON ledger_hold (partner_id, account_id) WHERE state = 'live';
CREATE INDEX ledger_hold_expiry ON ledger_hold (expires_at)
    WHERE state = 'live' AND expires_at IS NOT NULL;

-- The sum of an account without a floor, of all postings below its book's folded_to.
CREATE TABLE ledger_snapshot (
    partner_id bigint NOT NULL,
    account_id bigint NOT NULL,
    balance    bigint NOT NULL,
    folded_at  timestamptz NOT NULL,
    PRIMARY KEY (partner_id, account_id),
    FOREIGN KEY (partner_id, account_id) REFERENCES ledger_account
) WITH (fillfactor = 50);

-- Journals of a book in one order without gaps, each with a hash of itself and the one before.
-- No foreign key: its check would write a lock into each journal's row, and dirty its page again.
CREATE TABLE ledger_chain (
    partner_id bigint NOT NULL,
    position   bigint NOT NULL CHECK (position > 0),
    journal_id bigint NOT NULL,
    stamp      bigint NOT NULL,
    hash       bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (partner_id, position),
    UNIQUE (partner_id, journal_id)
);

CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is never changed and never deleted';
END $$;

CREATE TRIGGER ledger_journal_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_journal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_posting_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_chain_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_chain
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_hold_stays BEFORE DELETE OR TRUNCATE ON ledger_hold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_hold_is_the_same
    BEFORE UPDATE OF partner_id, account_id, kind, amount, reference_kind, reference, held_at
    ON ledger_hold FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_hold_is_over BEFORE UPDATE ON ledger_hold FOR EACH ROW
    WHEN (OLD.state <> 'live') EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_account_is_the_same
    BEFORE UPDATE OF partner_id, kind, holder, customer_id, asset, opened_at ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();

-- Who an account may be of, and that those and only those have a floor who must have one.
CREATE FUNCTION ledger_account_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.asset !~ '^[A-Z]{3,4}$'
       OR NEW.kind NOT IN ('customer', 'partner', 'settlement', 'house', 'vault')
       OR (NEW.kind IN ('customer', 'partner')) <> (NEW.floor IS NOT NULL)
       OR NEW.holder <> coalesce(NEW.customer_id, 0)
       OR (NEW.kind = 'customer') <> (NEW.holder > 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
            MESSAGE = format('no account: %s %s %s', NEW.kind, NEW.holder, NEW.asset);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_account_fits BEFORE INSERT OR UPDATE OF floor ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_fits();
CREATE TRIGGER ledger_book_stays BEFORE DELETE OR TRUNCATE ON ledger_book
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();

-- At commit, a journal has exactly the lines that it says, on accounts that there are; in each
-- asset they sum to zero; and its stamp is this transaction's, and no follower is past it.
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_is_even  boolean;
    v_is_ours  boolean;
    v_is_ahead boolean;
BEGIN
    SELECT sum(s.lines) = NEW.lines AND bool_and(s.amount = 0),
           min(b.stamp_offset) + pg_current_xact_id()::text::bigint = NEW.stamp,
           NEW.stamp >= min(greatest(b.folded_to, b.chained_to))
      INTO v_is_even, v_is_ours, v_is_ahead
      FROM (SELECT count(*) AS lines, sum(p.amount) AS amount
              FROM ledger_posting p JOIN ledger_account a USING (partner_id, account_id)
             WHERE p.partner_id = NEW.partner_id AND p.journal_id = NEW.journal_id
               AND p.stamp = NEW.stamp
             GROUP BY a.asset) s
      JOIN ledger_book b ON b.partner_id = NEW.partner_id;
    IF v_is_even AND v_is_ours AND v_is_ahead THEN
        RETURN NULL;
    ELSIF v_is_even AND v_is_ours THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
            MESSAGE = 'this database was restored, and its ledger waits for ledger_align()';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = format(
        CASE WHEN v_is_even THEN 'journal %s has the stamp of another transaction'
             ELSE 'journal %s does not balance' END, NEW.journal_id);
END $$;
CREATE CONSTRAINT TRIGGER ledger_journal_balances AFTER INSERT ON ledger_journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();

-- A posting is one of the lines that its journal says. A journal that is there has all of its
-- lines, so nothing can be added to it later.
CREATE FUNCTION ledger_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger_journal
     WHERE partner_id = NEW.partner_id AND stamp = NEW.stamp AND journal_id = NEW.journal_id
       AND lines >= NEW.line;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = format(
            'journal %s has no line %s', NEW.journal_id, NEW.line);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_posting_belongs AFTER INSERT ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_belongs();

-- Opens the accounts that are not there yet. Two that open the same ones at once take them in
-- the same order, so the second waits for the first and finds them.
CREATE FUNCTION ledger_open(
    p_partner_id bigint, p_kinds text[], p_holders bigint[], p_assets text[], p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_book (partner_id, opened_at) VALUES (p_partner_id, p_now)
    ON CONFLICT DO NOTHING;
    INSERT INTO ledger_account (partner_id, kind, holder, customer_id, asset, floor, opened_at)
    SELECT p_partner_id, w.kind, w.holder, nullif(w.holder, 0), w.asset,
           CASE WHEN w.kind IN ('customer', 'partner') THEN 0 END, p_now
      FROM unnest(p_kinds, p_holders, p_assets) AS w (kind, holder, asset)
     ORDER BY w.kind, w.holder, w.asset
    ON CONFLICT DO NOTHING;
END $$;

-- Ends holds that are still live, on accounts that the caller has locked; how many they were.
CREATE FUNCTION ledger_end(
    p_partner_id bigint, p_holds bigint[], p_state text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_ended bigint;
BEGIN
    WITH ended AS (
        UPDATE ledger_hold SET state = p_state, ended_at = p_now
         WHERE partner_id = p_partner_id AND hold_id = ANY (p_holds) AND state = 'live'
        RETURNING account_id, kind, amount
    ), freed AS (
        UPDATE ledger_account a
           SET blocked = a.blocked - e.blocked, soft_blocked = a.soft_blocked - e.soft_blocked
          FROM (SELECT account_id,
                       sum(CASE kind WHEN 'blocked' THEN amount ELSE 0 END)::bigint AS blocked,
                       sum(CASE kind WHEN 'blocked' THEN 0 ELSE amount END)::bigint
                           AS soft_blocked
                  FROM ended GROUP BY account_id) e
         WHERE a.partner_id = p_partner_id AND a.account_id = e.account_id
    )
    SELECT count(*) INTO v_ended FROM ended;
    RETURN v_ended;
END $$;

-- Ends what has expired of the holds of accounts that the caller has locked.
CREATE FUNCTION ledger_expire(
    p_partner_id bigint, p_accounts bigint[], p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN ledger_end(p_partner_id, ARRAY (
        SELECT hold_id FROM ledger_hold
         WHERE partner_id = p_partner_id AND account_id = ANY (p_accounts) AND state = 'live'
           AND expires_at <= p_now), 'expired', p_now);
END $$;

-- An account, opened if it is not there yet; locked if it has a floor.
CREATE FUNCTION ledger_lock(
    p_partner_id bigint, p_kind text, p_holder bigint, p_asset text, p_now timestamptz
) RETURNS ledger_account LANGUAGE plpgsql AS $$
DECLARE
    v_account ledger_account;
BEGIN
    FOR attempt IN 1..2 LOOP
        IF p_kind IN ('customer', 'partner') THEN
            SELECT * INTO v_account FROM ledger_account
             WHERE partner_id = p_partner_id AND kind = p_kind AND holder = p_holder
               AND asset = p_asset
               FOR NO KEY UPDATE;
        ELSE
            SELECT * INTO v_account FROM ledger_account
             WHERE partner_id = p_partner_id AND kind = p_kind AND holder = p_holder
               AND asset = p_asset;
        END IF;
        EXIT WHEN FOUND;
        PERFORM ledger_open(p_partner_id, ARRAY[p_kind], ARRAY[p_holder], ARRAY[p_asset], p_now);
    END LOOP;
    RETURN v_account;
END $$;

-- Raises BZ010 unless so much of an account that the caller has locked may be spent. Before that,
-- what has expired of its holds is ended.
CREATE FUNCTION ledger_require(p_account ledger_account, p_wanted bigint, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_available bigint :=
        p_account.balance - p_account.blocked - p_account.soft_blocked - p_account.floor;
BEGIN
    IF v_available < p_wanted
       AND ledger_expire(p_account.partner_id, ARRAY[p_account.account_id], p_now) > 0 THEN
        SELECT balance - blocked - soft_blocked - floor INTO v_available FROM ledger_account
         WHERE partner_id = p_account.partner_id AND account_id = p_account.account_id;
    END IF;
    IF v_available < p_wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'BZ010', MESSAGE = 'an account falls short',
            DETAIL = json_build_array(p_account.kind, p_account.holder, p_account.asset,
                                      v_available, p_wanted)::text;
    END IF;
END $$;

-- Holds a part of an account; the hold's id. The same reference on the same account is answered
-- with the hold that is there.
CREATE FUNCTION ledger_hold(
    p_partner_id bigint, p_owner_kind text, p_holder bigint, p_asset text, p_kind text,
    p_amount bigint, p_reference_kind text, p_reference text, p_expires_at timestamptz,
    p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_account ledger_account;
    v_hold    ledger_hold;
BEGIN
    v_account := ledger_lock(p_partner_id, p_owner_kind, p_holder, p_asset, p_now);
    SELECT * INTO v_hold FROM ledger_hold
     WHERE partner_id = p_partner_id AND reference_kind = p_reference_kind
       AND reference = p_reference AND account_id = v_account.account_id;
    IF FOUND THEN
        IF (v_hold.kind, v_hold.amount) IS DISTINCT FROM (p_kind, p_amount)
           OR v_hold.state <> 'live' OR v_hold.expires_at <= p_now THEN
            RAISE EXCEPTION USING ERRCODE = 'BZ012', MESSAGE = 'another hold',
                DETAIL = json_build_array(p_reference_kind, p_reference)::text;
        END IF;
        RETURN v_hold.hold_id;
    END IF;
    PERFORM ledger_require(v_account, p_amount, p_now);
    UPDATE ledger_account
       SET blocked = blocked + CASE p_kind WHEN 'blocked' THEN p_amount ELSE 0 END,
           soft_blocked = soft_blocked + CASE p_kind WHEN 'blocked' THEN 0 ELSE p_amount END
     WHERE partner_id = p_partner_id AND account_id = v_account.account_id;
    INSERT INTO ledger_hold (partner_id, account_id, kind, amount, reference_kind, reference,
                             held_at, expires_at)
    VALUES (p_partner_id, v_account.account_id, p_kind, p_amount, p_reference_kind, p_reference,
            p_now, p_expires_at)
    RETURNING hold_id INTO v_hold.hold_id;
    RETURN v_hold.hold_id;
END $$;

-- Gives back what is held under a reference; how many holds that were.
CREATE FUNCTION ledger_release(
    p_partner_id bigint, p_kind text, p_reference text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_holds    bigint[];
    v_accounts bigint[];
BEGIN
    SELECT array_agg(hold_id), array_agg(account_id) INTO v_holds, v_accounts
      FROM ledger_hold
     WHERE partner_id = p_partner_id AND reference_kind = p_kind AND reference = p_reference
       AND state = 'live';
    IF v_holds IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM 1 FROM ledger_account
     WHERE partner_id = p_partner_id AND account_id = ANY (v_accounts)
     ORDER BY kind, holder, asset FOR NO KEY UPDATE;
    RETURN ledger_end(p_partner_id, v_holds, 'released', p_now);
END $$;

-- Ends what has expired, of so many accounts at most; how many holds that were.
CREATE FUNCTION ledger_expire_due(p_limit integer, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_due   record;
    v_ended bigint := 0;
BEGIN
    FOR v_due IN
        SELECT partner_id, array_agg(account_id) AS accounts
          FROM (SELECT DISTINCT partner_id, account_id
                  FROM (SELECT partner_id, account_id FROM ledger_hold
                         WHERE state = 'live' AND expires_at <= p_now
                         ORDER BY expires_at LIMIT p_limit) h) d
         GROUP BY partner_id ORDER BY partner_id
    LOOP
        PERFORM 1 FROM ledger_account
         WHERE partner_id = v_due.partner_id AND account_id = ANY (v_due.accounts)
         ORDER BY kind, holder, asset FOR NO KEY UPDATE;
        v_ended := v_ended + ledger_expire(v_due.partner_id, v_due.accounts, p_now);
    END LOOP;
    RETURN v_ended;
END $$;

-- What is to be posted was posted before under this reference: as ledger_post() answered it then.
CREATE FUNCTION ledger_posted(
    p_partner_id bigint, p_kind text, p_reference_kind text, p_reference text,
    p_kinds text[], p_holders bigint[], p_assets text[], p_amounts bigint[]
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_journal record;
BEGIN
    SELECT j.journal_id, j.kind, j.posted_at,
           array_agg(a.kind::text ORDER BY p.line) AS kinds,
           array_agg(a.holder ORDER BY p.line) AS holders,
           array_agg(a.asset::text ORDER BY p.line) AS assets,
           array_agg(p.amount ORDER BY p.line) AS amounts,
           array_agg(p.balance_after ORDER BY p.line) AS balances
      INTO v_journal
      FROM ledger_journal j
      JOIN ledger_posting p USING (partner_id, stamp, journal_id)
      JOIN ledger_account a USING (partner_id, account_id)
     WHERE j.partner_id = p_partner_id AND j.reference_kind = p_reference_kind
       AND j.reference = p_reference
     GROUP BY j.journal_id, j.kind, j.posted_at;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF (v_journal.kind, v_journal.kinds, v_journal.holders, v_journal.assets,
        v_journal.amounts)
       IS DISTINCT FROM (p_kind, p_kinds, p_holders, p_assets, p_amounts) THEN
        RAISE EXCEPTION USING ERRCODE = 'BZ011', MESSAGE = 'another journal',
            DETAIL = json_build_array(p_reference_kind, p_reference)::text;
    END IF;
    RETURN json_build_array(v_journal.journal_id, v_journal.posted_at, v_journal.balances);
END $$;

-- Undoes what was moved for a journal that turned out to be there already.
CREATE FUNCTION ledger_move_back(p_partner_id bigint, p_accounts bigint[], p_amounts bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_account a SET balance = a.balance - l.amount
      FROM unnest(p_accounts, p_amounts) AS l (account_id, amount)
     WHERE a.partner_id = p_partner_id AND a.account_id = l.account_id AND a.floor IS NOT NULL;
END $$;

-- Moves an account that could not be moved at once: opens it if it is not there, and looks again
-- without what has expired of its holds. Raises BZ010 where it falls short all the same.
CREATE FUNCTION ledger_move_late(
    p_partner_id bigint, p_kind text, p_holder bigint, p_asset text, p_amount bigint,
    p_now timestamptz, OUT account_id bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_account ledger_account;
BEGIN
    v_account := ledger_lock(p_partner_id, p_kind, p_holder, p_asset, p_now);
    account_id := v_account.account_id;
    IF v_account.floor IS NULL THEN
        RETURN;
    END IF;
    PERFORM ledger_require(v_account, -p_amount, p_now);
    UPDATE ledger_account a SET balance = a.balance + p_amount
     WHERE a.partner_id = p_partner_id AND a.account_id = v_account.account_id
    RETURNING a.balance INTO balance_after;
END $$;

-- Locks the accounts of a journal and of the holds that it consumes, in the order in which
-- everybody locks them, and ends those holds. The journal, if it is there already: then nothing
-- is ended.
CREATE FUNCTION ledger_consume(
    p_partner_id bigint, p_kind text, p_reference_kind text, p_reference text,
    p_kinds text[], p_holders bigint[], p_assets text[], p_amounts bigint[],
    p_consumed_kinds text[], p_consumed text[], p_now timestamptz
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_holds    bigint[];
    v_accounts bigint[];
    v_before   json;
BEGIN
    SELECT array_agg(h.hold_id), array_agg(h.account_id) INTO v_holds, v_accounts
      FROM unnest(p_consumed_kinds, p_consumed) AS w (kind, reference)
      JOIN ledger_hold h
        ON h.partner_id = p_partner_id AND h.reference_kind = w.kind
       AND h.reference = w.reference AND h.state = 'live';
    PERFORM 1 FROM ledger_account a
     WHERE a.partner_id = p_partner_id AND a.floor IS NOT NULL AND a.account_id IN (
        SELECT unnest(v_accounts)
         UNION ALL
        SELECT o.account_id
          FROM unnest(p_kinds, p_holders, p_assets) AS w (kind, holder, asset)
          JOIN ledger_account o
            ON o.partner_id = p_partner_id AND o.kind = w.kind AND o.holder = w.holder
           AND o.asset = w.asset)
     ORDER BY a.kind, a.holder, a.asset FOR NO KEY UPDATE OF a;
    v_before := ledger_posted(p_partner_id, p_kind, p_reference_kind, p_reference, p_kinds,
                              p_holders, p_assets, p_amounts);
    IF v_before IS NULL THEN
        PERFORM ledger_end(p_partner_id, v_holds, 'consumed', p_now);
    END IF;
    RETURN v_before;
END $$;

-- Posts a journal in one round trip: [journal_id, posted_at, balances], where a balance stands
-- for each line, null for an account without a floor. Lines come in the order of kind, holder
-- and asset, an account once. `p_opened` is a JSON array of holds to open after it, or null.
--
-- That order is the one in which accounts with a floor are locked, by everybody. They are moved
-- before the journal has its number, so that the postings of each follow each other by
-- journal_id; if the journal turns out to be there already, they are moved back.
CREATE FUNCTION ledger_post(
    p_partner_id bigint, p_kind text, p_reference_kind text, p_reference text,
    p_description text, p_kinds text[], p_holders bigint[], p_assets text[],
    p_amounts bigint[], p_consumed_kinds text[], p_consumed text[], p_opened jsonb,
    p_now timestamptz
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_accounts bigint[] := '{}';
    v_balances bigint[] := '{}';
    v_account  bigint;
    v_balance  bigint;
    v_stamp    bigint;
    v_journal  bigint;
    v_before   json;
BEGIN
    IF cardinality(p_consumed) > 0 THEN
        v_before := ledger_consume(p_partner_id, p_kind, p_reference_kind, p_reference, p_kinds,
                                   p_holders, p_assets, p_amounts, p_consumed_kinds,
                                   p_consumed, p_now);
        IF v_before IS NOT NULL THEN
            RETURN v_before;
        END IF;
    END IF;
    FOR i IN 1 .. cardinality(p_amounts) LOOP
        v_balance := NULL;
        IF p_kinds[i] IN ('customer', 'partner') THEN
            UPDATE ledger_account SET balance = balance + p_amounts[i]
             WHERE partner_id = p_partner_id AND kind = p_kinds[i] AND holder = p_holders[i]
               AND asset = p_assets[i]
               AND (p_amounts[i] > 0
                    OR balance + p_amounts[i] - blocked - soft_blocked >= floor)
            RETURNING account_id, balance INTO v_account, v_balance;
        ELSE
            SELECT account_id INTO v_account FROM ledger_account
             WHERE partner_id = p_partner_id AND kind = p_kinds[i] AND holder = p_holders[i]
               AND asset = p_assets[i];
        END IF;
        IF NOT FOUND THEN
            -- Of two that take all with the same reference, the second finds nothing left.
            v_before := ledger_posted(p_partner_id, p_kind, p_reference_kind, p_reference,
                                      p_kinds, p_holders, p_assets, p_amounts);
            IF v_before IS NOT NULL THEN
                PERFORM ledger_move_back(p_partner_id, v_accounts, p_amounts);
                RETURN v_before;
            END IF;
            SELECT m.account_id, m.balance_after INTO v_account, v_balance
              FROM ledger_move_late(p_partner_id, p_kinds[i], p_holders[i], p_assets[i],
                                    p_amounts[i], p_now) m;
        END IF;
        v_accounts[i] := v_account;
        v_balances[i] := v_balance;
    END LOOP;

    INSERT INTO ledger_journal (partner_id, kind, reference_kind, reference, description, lines,
                                stamp, posted_at)
    SELECT p_partner_id, p_kind, p_reference_kind, p_reference, p_description,
           cardinality(p_amounts), stamp_offset + pg_current_xact_id()::text::bigint, p_now
      FROM ledger_book WHERE partner_id = p_partner_id
    ON CONFLICT (partner_id, reference, reference_kind) DO NOTHING
    RETURNING journal_id, stamp INTO v_journal, v_stamp;
    IF NOT FOUND THEN
        PERFORM ledger_move_back(p_partner_id, v_accounts, p_amounts);
        RETURN ledger_posted(p_partner_id, p_kind, p_reference_kind, p_reference, p_kinds,
                             p_holders, p_assets, p_amounts);
    END IF;
    INSERT INTO ledger_posting
        (partner_id, journal_id, line, account_id, amount, balance_after, stamp)
    SELECT p_partner_id, v_journal, l.line, l.account_id, l.amount, l.balance, v_stamp
      FROM unnest(v_accounts, p_amounts, v_balances) WITH ORDINALITY
           AS l (account_id, amount, balance, line);
    IF p_opened IS NOT NULL THEN
        PERFORM ledger_hold(p_partner_id, h->>0, (h->>1)::bigint, h->>2, h->>3,
                            (h->>4)::bigint, h->>5, h->>6, (h->>7)::timestamptz, p_now)
           FROM jsonb_array_elements(p_opened) AS h;
    END IF;
    RETURN json_build_array(v_journal, p_now, v_balances);
END $$;

-- How far a follower may go from a stamp on: everything below is settled and visible, and there
-- are not many more journals in between than the limit.
CREATE FUNCTION ledger_reach(p_partner_id bigint, p_from bigint, p_limit integer)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT least(
        b.stamp_offset + pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
        (SELECT max(n.stamp) + 1
           FROM (SELECT stamp FROM ledger_journal
                  WHERE partner_id = p_partner_id AND stamp >= p_from
                  ORDER BY stamp LIMIT p_limit) n))
      FROM ledger_book b WHERE b.partner_id = p_partner_id
$$;

-- Adds what came since to the snapshots of a book; how many journals that were. One at a time:
-- who finds another at it leaves it to that one.
CREATE FUNCTION ledger_fold(p_partner_id bigint, p_limit integer, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_from   bigint;
    v_to     bigint;
    v_folded bigint;
BEGIN
    SELECT folded_to INTO v_from FROM ledger_book
     WHERE partner_id = p_partner_id FOR NO KEY UPDATE SKIP LOCKED;
    v_to := ledger_reach(p_partner_id, v_from, p_limit);
    IF v_from IS NULL OR v_to <= v_from THEN
        RETURN 0;
    END IF;
    INSERT INTO ledger_snapshot AS s (partner_id, account_id, balance, folded_at)
    SELECT p_partner_id, p.account_id, sum(p.amount), p_now
      FROM ledger_journal j
      JOIN ledger_posting p USING (partner_id, stamp, journal_id)
      JOIN ledger_account a USING (partner_id, account_id)
     WHERE j.partner_id = p_partner_id AND j.stamp >= v_from AND j.stamp < v_to
       AND a.floor IS NULL
     GROUP BY p.account_id
    ON CONFLICT (partner_id, account_id) DO UPDATE
       SET balance = s.balance + excluded.balance, folded_at = excluded.folded_at;
    UPDATE ledger_book SET folded_to = v_to WHERE partner_id = p_partner_id;
    SELECT count(*) INTO v_folded FROM ledger_journal
     WHERE partner_id = p_partner_id AND stamp >= v_from AND stamp < v_to;
    RETURN v_folded;
END $$;

-- After a restore from a dump, transactions count from the start again: raises the offset of
-- each book over all that its followers have passed; how many books that were. Nobody posts
-- meanwhile, so that no stamp is from before and none is passed twice.
CREATE FUNCTION ledger_align() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_next    bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    v_aligned bigint;
BEGIN
    PERFORM 1 FROM ledger_book
     WHERE stamp_offset + v_next < greatest(folded_to, chained_to) LIMIT 1;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    LOCK TABLE ledger_book IN ACCESS EXCLUSIVE MODE;
    UPDATE ledger_book SET stamp_offset = greatest(folded_to, chained_to)
     WHERE stamp_offset + v_next < greatest(folded_to, chained_to);
    GET DIAGNOSTICS v_aligned = ROW_COUNT;
    RETURN v_aligned;
END $$;
