"""The books of a shop held against what its acquirer says, reference by reference."""

from datetime import timedelta

from bezant.checkout.audit import audit
from tests.stress.checkout.shop import Shop

SELECT_CAPTURED = """
    SELECT reference, amount + cost AS amount FROM payment_attempt WHERE state = 'captured'
"""
SELECT_REFUNDED = """
    SELECT reference, amount FROM refund WHERE state = 'done' AND attempt_id IS NOT NULL
"""
SELECT_SUMS = """
    SELECT (SELECT coalesce(sum(captured), 0) FROM payment WHERE method = 'credit-card')
         + (SELECT coalesce(sum(amount + cost), 0) FROM payment_attempt WHERE is_surplus)
           AS captured,
           (SELECT coalesce(sum(refunded), 0) FROM payment WHERE method = 'credit-card')
         + (SELECT coalesce(sum(r.amount), 0) FROM refund r JOIN payment_attempt a
             USING (partner_id, attempt_id) WHERE a.is_surplus AND r.state = 'done') AS refunded
"""
LONG_AFTER = timedelta(days=10)


async def require_books(shop: Shop, *, all_is_over: bool = False) -> None:
    """Nothing that has to hold is broken, and the acquirer says the same of every charge.

    `all_is_over` asks as well that nothing is under way any more, however short its time.
    """
    now = shop.till.clock.now() + (LONG_AFTER if all_is_over else timedelta(0))
    findings = await audit(shop.db, now=now)
    broken = {finding.rule: list(finding.breaks)[:5] for finding in findings if finding.breaks}
    assert not broken, broken
    await _require_same_movements(shop)


async def _require_same_movements(shop: Shop) -> None:
    async with shop.db.snapshot() as connection:
        captured = await connection.fetch(SELECT_CAPTURED)
        refunded = await connection.fetch(SELECT_REFUNDED)
        sums = await connection.fetchrow(SELECT_SUMS)
    ours = {(row["reference"], False): row["amount"] for row in captured}
    ours |= {(row["reference"], True): row["amount"] for row in refunded}
    today = shop.till.clock.now().date()
    theirs: dict[tuple[str, bool], int] = {}
    # A race may begin before midnight and end after it.
    for day in (today - timedelta(days=1), today):
        for line in await shop.acquirer.settlements(day):
            key = (line.reference, line.is_refund)
            assert key not in theirs, f"{line.reference} moved money twice"
            theirs[key] = line.amount.minor
    assert ours == theirs
    takings = await shop.takings()
    assert sums is not None
    assert (takings.captured, takings.refunded) == (sums["captured"], sums["refunded"])
    assert takings.captures == len(captured)
