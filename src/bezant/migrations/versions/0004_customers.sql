-- room: customers

CREATE TABLE customer (
    partner_id      bigint NOT NULL REFERENCES partner,
    customer_id     bigint GENERATED ALWAYS AS IDENTITY,
    -- Null once the partner has removed the customer: the row then carries no person.
    external_id     text CHECK (length(external_id) BETWEEN 1 AND 110),
    account_type    text NOT NULL CHECK (account_type IN ('person', 'company')),
    firstname       text NOT NULL DEFAULT '',
    middlename      text NOT NULL DEFAULT '',
    lastname        text NOT NULL DEFAULT '',
    email           text NOT NULL DEFAULT '',
    phone           text NOT NULL DEFAULT '',
    gender          text CHECK (gender IN ('M', 'F')),
    identity_number text NOT NULL DEFAULT '',
    birthdate       date,
    tax_office      text NOT NULL DEFAULT '',
    channel         text NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    erased_at       timestamptz,
    PRIMARY KEY (partner_id, customer_id),
    UNIQUE (partner_id, external_id),
    CHECK ((external_id IS NULL) = (erased_at IS NOT NULL))
);

CREATE TABLE customer_address (
    partner_id   bigint NOT NULL,
    address_id   bigint GENERATED ALWAYS AS IDENTITY,
    customer_id  bigint NOT NULL,
    type         text NOT NULL CHECK (type IN ('billing', 'shipping')),
    external_id  text CHECK (length(external_id) BETWEEN 1 AND 110),
    invoice_type text NOT NULL CHECK (invoice_type IN ('', 'Individual', 'Corporate')),
    company_name text NOT NULL,
    tax_office   text NOT NULL,
    tax_number   text NOT NULL,
    fullname     text NOT NULL,
    phone        text NOT NULL,
    email        text NOT NULL,
    city         text NOT NULL,
    county       text NOT NULL,
    district     text NOT NULL,
    street       text NOT NULL,
    zipcode      text NOT NULL,
    address      text NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (partner_id, address_id),
    FOREIGN KEY (partner_id, customer_id) REFERENCES customer,
    UNIQUE (partner_id, customer_id, type, external_id)
);
CREATE INDEX customer_address_owner ON customer_address (partner_id, customer_id, address_id);
