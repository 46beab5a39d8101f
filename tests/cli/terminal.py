"""A terminal for tests: runs `bezant` in this process and reads what it said."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import pytest

from bezant.cli import main
from bezant.kernel.db import Connection, Database
from bezant.partners.model import Credential
from bezant.partners.service import accounts
from tests.factories.shop import test_safe as safe_of_the_tests

Result = TypeVar("Result")


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    def word_after(self, name: str) -> str:
        """The word after another, at the start of a line."""
        found = re.search(rf"^{name} +(\S+)$", self.out, re.MULTILINE)
        assert found, self
        return found[1]

    def row_of(self, first: str) -> list[str]:
        """The cells of a table's row, by what is in it."""
        (line,) = [line for line in self.out.splitlines() if first in line.split()]
        return re.split(r"  +", line.strip())


@dataclass(frozen=True)
class Terminal:
    """Runs commands in this process, on a database of these tests' own."""

    url: str
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *arguments: str) -> Said:
        """What `bezant` with these arguments said."""
        self.monkeypatch.setattr(sys, "argv", ["bezant", *arguments])
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capture.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    def done(self, *arguments: str) -> Said:
        """The same, of a command that succeeds."""
        said = self(*arguments)
        assert (said.code, said.err) == (0, ""), said
        return said

    def refused(self, *arguments: str) -> str:
        """The one line in which a command was refused."""
        said = self(*arguments)
        assert (said.code, said.out) == (1, ""), said
        (line,) = said.err.splitlines()
        return line

    def look(self, at: Callable[[Connection], Awaitable[Result]]) -> Result:
        """What is in the database."""

        async def looked() -> Result:
            db = await Database.connect(self.url)
            try:
                async with db.reading() as connection:
                    return await at(connection)
            finally:
                await db.close()

        return asyncio.run(looked())

    def new_partner(self) -> str:
        """The code of a new partner."""
        code = f"cli-{uuid4().hex[:12]}"
        self.done("partner", "create", code, "--name", "A bank")
        return code

    def credential(self, username: str) -> Credential:
        """A credential with its hashes."""
        found = self.look(
            lambda connection: accounts.find_credential(
                connection, username, safe=safe_of_the_tests()
            )
        )
        assert found is not None
        return found
