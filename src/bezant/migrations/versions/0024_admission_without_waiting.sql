-- room: partners

-- Lets one request in, as before, and its transaction ends without waiting for the disk: nonces
-- and allowances are in tables that a crash empties, and what shares the statement only reads.
-- But who reads may tidy a page, which is written ahead; and as the allowance's row is locked
-- meanwhile, all requests of a credential waited for that.
CREATE OR REPLACE FUNCTION admit(
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
    PERFORM set_config('synchronous_commit', 'off', true);
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
