-- room: partners

CREATE TABLE partner (
    partner_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 110),
    currency    text NOT NULL CHECK (currency IN ('TRY', 'USD', 'EUR', 'GBP')),
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz
);

-- The user name is unique by itself, not within a partner: a login comes before its
-- partner is known. On a distributed engine this table is a reference table.
CREATE TABLE credential (
    partner_id        bigint NOT NULL REFERENCES partner,
    credential_id     bigint GENERATED ALWAYS AS IDENTITY,
    username          text NOT NULL UNIQUE CHECK (length(username) BETWEEN 3 AND 64),
    name              text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- HA1 of RFC 7616 under each algorithm, sealed with the deployment's key.
    ha1_md5           bytea NOT NULL,
    ha1_sha256        bytea NOT NULL,
    scopes            text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 16),
    allowed_networks  cidr[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_networks) <= 100),
    reads_per_minute  integer NOT NULL CHECK (reads_per_minute BETWEEN 1 AND 10000000),
    writes_per_minute integer NOT NULL CHECK (writes_per_minute BETWEEN 1 AND 10000000),
    allows_no_qop     boolean NOT NULL,
    -- Goes up with every change, so that a copy in a process's memory knows it is old.
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz,
    last_used_at      timestamptz,
    PRIMARY KEY (partner_id, credential_id)
);

-- Used (nonce, nc) pairs. Unlogged: a crash of the database empties it, and with it the
-- epoch below, which turns every older nonce into a foreign one. So nothing is replayed,
-- and no request waits for a disk. A nonce begins with its time of issue, so the primary
-- key is in order of time and the old end of it can be swept.
CREATE UNLOGGED TABLE nonce_use (
    nonce bytea NOT NULL,
    nc    integer NOT NULL,
    PRIMARY KEY (nonce, nc)
);

CREATE UNLOGGED TABLE nonce_epoch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch    bytea NOT NULL
);

-- A rate limit in one row: when the allowance of a credential will be whole again (the
-- theoretical arrival time of the generic cell rate algorithm).
CREATE UNLOGGED TABLE allowance (
    partner_id    bigint NOT NULL,
    credential_id bigint NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('read', 'write')),
    whole_at      timestamptz NOT NULL,
    PRIMARY KEY (partner_id, credential_id, kind)
) WITH (fillfactor = 50);

CREATE TABLE idempotent_reply (
    partner_id     bigint NOT NULL,
    credential_id  bigint NOT NULL,
    key            text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_sha256 bytea NOT NULL CHECK (length(request_sha256) = 32),
    status         smallint NOT NULL CHECK (status BETWEEN 200 AND 499),
    body           bytea NOT NULL,
    expires_at     timestamptz NOT NULL,
    PRIMARY KEY (partner_id, credential_id, key),
    FOREIGN KEY (partner_id, credential_id) REFERENCES credential ON DELETE CASCADE
);
CREATE INDEX idempotent_reply_expiry ON idempotent_reply (expires_at);

-- Lets one request in, or says why not, in one round trip after its digest was verified.
-- Verdicts: 'admitted', 'changed' (the credential is not the one that was verified: read it
-- again), 'stale' (the nonce's epoch is over, or the pair was used), 'limited'.
-- `spent_until` tells the allowance's whole_at after this request, or for 'limited' as it is.
CREATE FUNCTION admit(
    p_partner_id bigint,
    p_credential_id bigint,
    p_version integer,
    p_epoch bytea,
    p_nonce bytea,
    p_nc integer,
    p_kind text,
    p_now timestamptz
) RETURNS TABLE (verdict text, spent_until timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    v_credential record;
    v_limit      integer;
    v_interval   interval;
BEGIN
    SELECT c.version, c.expires_at, c.last_used_at, c.reads_per_minute, c.writes_per_minute,
           p.disabled_at
      INTO v_credential
      FROM credential c JOIN partner p USING (partner_id)
     WHERE c.partner_id = p_partner_id AND c.credential_id = p_credential_id;
    IF NOT FOUND OR v_credential.version <> p_version OR v_credential.disabled_at IS NOT NULL
       OR v_credential.expires_at <= p_now THEN
        RETURN QUERY SELECT 'changed'::text, NULL::timestamptz;
        RETURN;
    END IF;

    PERFORM 1 FROM nonce_epoch WHERE epoch = p_epoch;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'stale'::text, NULL::timestamptz;
        RETURN;
    END IF;
    INSERT INTO nonce_use (nonce, nc) VALUES (p_nonce, p_nc) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'stale'::text, NULL::timestamptz;
        RETURN;
    END IF;

    v_limit := CASE p_kind WHEN 'read'
        THEN v_credential.reads_per_minute ELSE v_credential.writes_per_minute END;
    -- In whole microseconds, so that a burst is of exactly so many requests as the limit says.
    v_interval := interval '1 microsecond' * (60000000 / v_limit);
    INSERT INTO allowance AS a (partner_id, credential_id, kind, whole_at)
    VALUES (p_partner_id, p_credential_id, p_kind, p_now + v_interval)
    ON CONFLICT (partner_id, credential_id, kind) DO UPDATE
       SET whole_at = greatest(a.whole_at, p_now) + v_interval
     WHERE greatest(a.whole_at, p_now) + v_interval <= p_now + v_interval * v_limit
    RETURNING a.whole_at INTO spent_until;
    IF NOT FOUND THEN
        SELECT a.whole_at INTO spent_until FROM allowance a
         WHERE a.partner_id = p_partner_id AND a.credential_id = p_credential_id
           AND a.kind = p_kind;
        verdict := 'limited';
        RETURN NEXT;
        RETURN;
    END IF;

    -- Once a minute is often enough to know that a credential is in use, and keeps this
    -- function free of logged writes.
    IF v_credential.last_used_at IS NULL
       OR v_credential.last_used_at < p_now - interval '1 minute' THEN
        UPDATE credential SET last_used_at = p_now
         WHERE partner_id = p_partner_id AND credential_id = p_credential_id
           AND (last_used_at IS NULL OR last_used_at < p_now - interval '1 minute');
    END IF;
    verdict := 'admitted';
    RETURN NEXT;
END
$$;
