-- A customer's open baskets as one value, so that their page is read by the statement that lets
-- the request in.

-- room: baskets

-- One page of a customer's open baskets, newest first, of the days from p_begin on and before
-- p_end where those are given: how many there are in all, the customer, the baskets. Null when
-- there is no such customer.
CREATE FUNCTION incomplete_baskets(
    p_partner_id bigint, p_customer text, p_language text, p_begin timestamptz,
    p_end timestamptz, p_rows bigint, p_offset bigint
) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_array(
                   (SELECT count(*) FROM basket b
                     WHERE b.partner_id = c.partner_id AND b.customer_id = c.customer_id
                       AND b.state = 'open'
                       AND (p_begin IS NULL OR b.ordered_at >= p_begin)
                       AND (p_end IS NULL OR b.ordered_at < p_end)),
                   person_of(c),
                   (SELECT coalesce(json_agg(json_build_array(
                               b.basket_id, b.guid, b.token, b.increment_id, b.currency, b.price,
                               b.tax, b.minted_markup, b.silver_craft, b.insurance, b.shipping,
                               b.commission, b.hold_expires_at, b.shipping_address,
                               b.billing_address, b.ordered_at,
                               (SELECT coalesce(json_agg(json_build_array(
                                           i.product_id, p.sku, p.name->>p_language,
                                           p.weight_ug, a.asset_id, a.name, i.amount, i.price,
                                           i.minted_markup, i.insurance, i.shipping,
                                           i.commission, i.tax_rate, i.tax)
                                           ORDER BY i.position), '[]')
                                  FROM basket_item i
                                  JOIN product p USING (product_id)
                                  JOIN asset a USING (asset_id)
                                 WHERE i.partner_id = b.partner_id
                                   AND i.basket_id = b.basket_id))
                               ORDER BY b.ordered_at DESC, b.basket_id DESC), '[]')
                      FROM (SELECT * FROM basket b
                             WHERE b.partner_id = c.partner_id AND b.customer_id = c.customer_id
                               AND b.state = 'open'
                               AND (p_begin IS NULL OR b.ordered_at >= p_begin)
                               AND (p_end IS NULL OR b.ordered_at < p_end)
                             ORDER BY b.ordered_at DESC, b.basket_id DESC
                             LIMIT p_rows OFFSET p_offset) b))
          FROM customer c
         WHERE c.partner_id = p_partner_id AND c.external_id = p_customer);
END $$;
