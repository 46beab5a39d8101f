"""The number of a basket that people see is the same, whoever makes it."""

from datetime import UTC, datetime

import pytest

from bezant.kernel.db import Database
from bezant.kernel.ids import increment_id


@pytest.mark.parametrize("number", [1, 0xABCDE, 2**20 - 1, 2**20 + 7, 2**40 + 3])
@pytest.mark.parametrize("second", [0x12345678, 0x0ABCDEF0])
async def test_the_database_makes_the_number_as_the_house_does(
    db: Database, number: int, second: int
) -> None:
    at = datetime.fromtimestamp(second, UTC).replace(microsecond=999_999)

    async with db.reading() as connection:
        made = await connection.fetchval("SELECT increment_id($1::bigint, $2)", number, at)

    assert made == increment_id(number, at)
