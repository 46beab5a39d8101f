-- Invoices for digital metal: the same series of numbers for two kinds of orders.

-- room: legal

-- Which orders the number counts among: shop or digital.
ALTER TABLE invoice ADD COLUMN sale varchar(10) NOT NULL DEFAULT 'shop'
    CONSTRAINT invoice_is_of_a_sale CHECK (sale IN ('shop', 'digital'));
ALTER TABLE invoice ALTER COLUMN sale DROP DEFAULT;
ALTER TABLE invoice DROP CONSTRAINT invoice_pkey, ADD PRIMARY KEY (partner_id, sale, order_id);
DROP INDEX invoice_to_copy;
CREATE INDEX invoice_to_copy ON invoice (copy_at) WHERE copy_at IS NOT NULL AND sale = 'shop';

-- room: trading

-- It is complete, and its invoice is still to be issued.
ALTER TABLE digital_order ADD COLUMN invoice_due boolean NOT NULL DEFAULT false;
UPDATE digital_order SET invoice_due = true WHERE kind = 'buy' AND status_id = 5;
CREATE INDEX digital_order_to_invoice ON digital_order (ordered_at, order_id) WHERE invoice_due;

-- A purchase is invoiced once it is complete, whoever completes it.
CREATE FUNCTION digital_order_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.invoice_due := true;
    RETURN NEW;
END $$;
CREATE TRIGGER digital_order_is_entered BEFORE INSERT ON digital_order FOR EACH ROW
    WHEN (NEW.kind = 'buy' AND NEW.status_id = 5) EXECUTE FUNCTION digital_order_is_due();
CREATE TRIGGER digital_order_is_completed BEFORE UPDATE OF status_id ON digital_order FOR EACH ROW
    WHEN (NEW.kind = 'buy' AND NEW.status_id = 5 AND OLD.status_id <> 5)
    EXECUTE FUNCTION digital_order_is_due();
