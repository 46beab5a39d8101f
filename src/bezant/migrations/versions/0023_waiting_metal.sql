-- What waits for its card counts towards what its customer may hold, and is looked for by that.

-- room: trading

CREATE INDEX digital_order_waiting_of_customer ON digital_order (partner_id, customer_id)
    WHERE waits_until IS NOT NULL;
