"""Looks through everything that a deployment has written for what must not be in it."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bezant.kernel.db import Database

# Values that may hold text of any kind; numbers and times can look like anything.
COLUMNS = """
    SELECT table_name, column_name, data_type FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type IN
           ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')
     ORDER BY table_name, column_name
"""


def number_pattern(number: str) -> re.Pattern[bytes]:
    """A card's number in digits, with gaps, in hexadecimal digits, or in base64."""
    gapped = "[ -]?".join(number)
    encoded = [number.encode().hex(), *_base64_cores(number)]
    return re.compile("|".join([gapped, *map(re.escape, encoded)]).encode())


def value_pattern(value: str) -> re.Pattern[bytes]:
    """A short value that stands by itself: not as digits of a longer number or name."""
    return re.compile(rf"(?<![\w.,:-]){value}(?![\w.,:-])|\"{value}\"".encode())


async def written(db: Database, files: Iterable[Path]) -> dict[str, bytes]:
    """Everything that is in the database's columns and in these files, by where it is."""
    found = {str(path): path.read_bytes() for path in files if path.is_file()}
    async with db.reading() as connection:
        for row in await connection.fetch(COLUMNS):
            table, column, kind = row["table_name"], row["column_name"], row["data_type"]
            shown = f'"{column}"' if kind != "bytea" else f"encode(\"{column}\", 'escape')"
            values = await connection.fetchval(
                f"SELECT string_agg(({shown})::text, E'\\n') FROM \"{table}\""
            )
            found[f"{table}.{column}"] = (values or "").encode()
    return found


def places_of(pattern: re.Pattern[bytes], found: Mapping[str, bytes]) -> Iterator[str]:
    """Where a pattern is found."""
    return (place for place, text in found.items() if pattern.search(text))


def _base64_cores(number: str) -> list[str]:
    """What base64 makes of the number wherever it begins in what is encoded."""
    cores = []
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + number.encode()).decode()
        # A letter is six bits; those at both ends also depend on the neighbours.
        cores.append(encoded[-(-before * 8 // 6) : (before + len(number)) * 8 // 6])
    return cores
