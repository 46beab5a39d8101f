"""The vault's invariants as statements that find what breaks them, over the ledger's tables, too.

Each finds rows of `what`, one for each break. They read whole tables, so they are for a duty and
not for a request.
"""

from collections.abc import Mapping
from typing import Final

from bezant.kernel.db import Connection
from bezant.ledger.assets import METALS

_METALS: Final = tuple(asset.metal for asset in METALS)
_ASSETS: Final = tuple(asset.sku for asset in METALS)

# A bar is booked in the first wallet of its metal.
_ASSET_OF: Final = """
    JOIN (SELECT DISTINCT ON (metal) metal, asset
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS a (metal, asset, place)
           ORDER BY metal, place) w ON w.metal = b.metal
"""

# What a journal of the operator's book moved in the vault.
_MOVED: Final = """
    SELECT jsonb_object_agg(a.asset::text, p.amount)
      FROM ledger_journal j
      JOIN ledger_posting p USING (partner_id, stamp, journal_id)
      JOIN ledger_account a USING (partner_id, account_id)
     WHERE j.partner_id = 0 AND j.reference_kind = 'operation' AND a.kind = 'vault'
"""

INTAKES: Final = f"""
    SELECT format('bar %s %s: %s µg fine, its intake moved %s', b.refiner, b.serial, b.fine_ug,
                  coalesce(m.moved::text, 'nothing')) AS what
      FROM vault_bar b {_ASSET_OF}
      LEFT JOIN LATERAL (
        SELECT ({_MOVED} AND j.reference = 'vault intake ' || b.bar_id) AS moved) m ON true
     WHERE m.moved IS DISTINCT FROM jsonb_build_object(w.asset, -b.fine_ug)
     ORDER BY b.refiner, b.serial
"""

WITHDRAWALS: Final = f"""
    SELECT format('bar %s %s: %s, its withdrawal moved %s', b.refiner, b.serial,
                  CASE WHEN b.withdrawn_at IS NULL THEN 'in'
                       ELSE format('%s µg fine are out', b.fine_ug) END,
                  coalesce(m.moved::text, 'nothing')) AS what
      FROM vault_bar b {_ASSET_OF}
      LEFT JOIN LATERAL (
        SELECT ({_MOVED} AND j.reference = 'vault withdrawal ' || b.bar_id) AS moved) m ON true
     WHERE m.moved IS DISTINCT FROM CASE WHEN b.withdrawn_at IS NOT NULL
                                         THEN jsonb_build_object(w.asset, b.fine_ug) END
     ORDER BY b.refiner, b.serial
"""

STRAYS: Final = """
    SELECT format('journal %s of book %s (%s %s) moves %s µg of %s in the vault, and no bar',
                  j.journal_id, j.partner_id, j.reference_kind, j.reference, p.amount, a.asset)
           AS what
      FROM ledger_account a
      JOIN ledger_posting p USING (partner_id, account_id)
      JOIN ledger_journal j USING (partner_id, stamp, journal_id)
      JOIN unnest($1::text[], $2::text[]) AS w (metal, asset) USING (asset)
     WHERE a.kind = 'vault'
       AND (a.partner_id > 0 OR j.reference_kind <> 'operation' OR j.reference NOT IN (
               SELECT 'vault intake ' || bar_id FROM vault_bar
                UNION ALL
               SELECT 'vault withdrawal ' || bar_id FROM vault_bar))
     ORDER BY j.partner_id, j.journal_id
"""

CHECKS: Final[Mapping[str, str]] = {
    "a bar's intake posted its fine weight": INTAKES,
    "a bar's withdrawal posted its fine weight": WITHDRAWALS,
    "nothing but bars moves the vault": STRAYS,
}


async def breaks(connection: Connection, rule: str) -> list[str]:
    """What breaks a rule."""
    return [row["what"] for row in await connection.fetch(CHECKS[rule], _METALS, _ASSETS)]
