-- room: legal

-- A text that customers accept. What was published stays as it is: another wording is
-- another version.
CREATE TABLE legal_document (
    type         text NOT NULL
        CHECK (type IN ('preliminary-information', 'distance-sales', 'privacy',
                        'commercial-messages', 'delivery-terms')),
    language     text NOT NULL CHECK (language IN ('tr', 'en')),
    version      integer NOT NULL CHECK (version >= 1),
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 110),
    body         text NOT NULL CHECK (length(body) BETWEEN 1 AND 100000),
    is_required  boolean NOT NULL,
    valid_from   timestamptz NOT NULL,
    -- Of the body in UTF-8.
    sha256       text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    published_at timestamptz NOT NULL,
    PRIMARY KEY (type, language, version)
);

-- Documents as they were made, named by their own hash: the same bytes are kept once.
CREATE TABLE legal_copy (
    sha256     text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    media_type text NOT NULL CHECK (media_type IN ('text/html', 'application/pdf')),
    body       bytea NOT NULL
);

CREATE TABLE legal_acceptance (
    partner_id  bigint NOT NULL,
    order_id    bigint NOT NULL,
    type        text NOT NULL,
    language    text NOT NULL,
    version     integer NOT NULL,
    accepted_at timestamptz NOT NULL,
    -- What was accepted, filled with the order's own figures; null until a worker has made it.
    html_sha256 text REFERENCES legal_copy,
    pdf_sha256  text REFERENCES legal_copy,
    -- When a worker may take it in hand next; null once the copies are kept.
    copy_at     timestamptz,
    PRIMARY KEY (partner_id, order_id, type),
    FOREIGN KEY (type, language, version) REFERENCES legal_document,
    CHECK ((html_sha256 IS NULL) = (copy_at IS NOT NULL)),
    CHECK ((pdf_sha256 IS NULL) = (copy_at IS NOT NULL))
);
CREATE INDEX legal_acceptance_to_copy ON legal_acceptance (copy_at) WHERE copy_at IS NOT NULL;

-- The last number of a series in a year: whoever takes the next one locks this row, so that a
-- number which is not used in the end was never taken.
CREATE TABLE invoice_series (
    series  text NOT NULL CHECK (series ~ '^[A-Z]{3}$'),
    year    integer NOT NULL CHECK (year BETWEEN 2000 AND 9999),
    last    integer NOT NULL CHECK (last BETWEEN 0 AND 999999999),
    last_at timestamptz NOT NULL,
    PRIMARY KEY (series, year)
);

CREATE TABLE invoice (
    partner_id bigint NOT NULL,
    order_id   bigint NOT NULL,
    number     text NOT NULL UNIQUE CHECK (number ~ '^[A-Z]{3}[0-9]{13}$'),
    issued_at  timestamptz NOT NULL,
    pdf_sha256 text REFERENCES legal_copy,
    copy_at    timestamptz,
    PRIMARY KEY (partner_id, order_id),
    CHECK ((pdf_sha256 IS NULL) = (copy_at IS NOT NULL))
);
CREATE INDEX invoice_to_copy ON invoice (copy_at) WHERE copy_at IS NOT NULL;

CREATE FUNCTION legal_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is never changed and never deleted';
END $$;

CREATE TRIGGER legal_document_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON legal_document
    FOR EACH STATEMENT EXECUTE FUNCTION legal_stays();
CREATE TRIGGER legal_copy_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON legal_copy
    FOR EACH STATEMENT EXECUTE FUNCTION legal_stays();
CREATE TRIGGER legal_acceptance_stays BEFORE DELETE OR TRUNCATE ON legal_acceptance
    FOR EACH STATEMENT EXECUTE FUNCTION legal_stays();
CREATE TRIGGER invoice_stays BEFORE DELETE OR TRUNCATE ON invoice
    FOR EACH STATEMENT EXECUTE FUNCTION legal_stays();

-- What was accepted, and what is kept of it, is written once.
CREATE TRIGGER legal_acceptance_is_written_once BEFORE UPDATE ON legal_acceptance FOR EACH ROW
    WHEN (OLD.copy_at IS NULL
          OR (OLD.partner_id, OLD.order_id, OLD.type, OLD.language, OLD.version, OLD.accepted_at)
             IS DISTINCT FROM
             (NEW.partner_id, NEW.order_id, NEW.type, NEW.language, NEW.version, NEW.accepted_at))
    EXECUTE FUNCTION legal_stays();
CREATE TRIGGER invoice_is_written_once BEFORE UPDATE ON invoice FOR EACH ROW
    WHEN (OLD.copy_at IS NULL
          OR (OLD.partner_id, OLD.order_id, OLD.number, OLD.issued_at)
             IS DISTINCT FROM (NEW.partner_id, NEW.order_id, NEW.number, NEW.issued_at))
    EXECUTE FUNCTION legal_stays();
