-- room: partners

-- A request may hold a card's number, so its hash is keyed: see `House.fingerprint`.
ALTER TABLE idempotent_reply RENAME COLUMN request_sha256 TO request_mac;
DELETE FROM idempotent_reply;

-- The same as before, but no set of rows: to make one costs more than what is in it.
DROP FUNCTION admit(bigint, bigint, integer, bytea, bytea, integer, text, timestamptz);

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
    p_now timestamptz,
    OUT verdict text,
    OUT spent_until timestamptz
) LANGUAGE plpgsql AS $$
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
        verdict := 'changed';
        RETURN;
    END IF;

    PERFORM 1 FROM nonce_epoch WHERE epoch = p_epoch;
    IF NOT FOUND THEN
        verdict := 'stale';
        RETURN;
    END IF;
    INSERT INTO nonce_use (nonce, nc) VALUES (p_nonce, p_nc) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        verdict := 'stale';
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
END
$$;
