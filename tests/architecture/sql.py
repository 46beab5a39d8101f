"""What a SQL statement names, read from its text: enough of the language to find its tables.

Not a parser: comments and strings are dropped, and a table is what stands where only a table,
a view, a function or a `WITH` name can stand. The database itself checks the rest, when every
statement is prepared against the migrated schema.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

_DROPPED: Final = re.compile(
    r"--[^\n]*"
    r"|/\*.*?\*/"
    r"|\bE'(?:[^'\\]|\\.|'')*'"
    r"|'(?:[^']|'')*'"
    r"|\$(\w*)\$.*?\$\1\$",
    re.DOTALL | re.IGNORECASE,
)
_TOKEN: Final = re.compile(r'(?:"[^"]+"|[a-z_][\w$]*)(?:\.(?:"[^"]+"|[a-z_][\w$]*))*|[(),;]')
_PUNCTUATION: Final = frozenset("(),;")
_WITH_NAME: Final = re.compile(
    r"\b([a-z_]\w*)\s*(?:\([^()]*\)\s*)?\bas\b\s*(?:not\s+)?(?:materialized\s*)?\("
)
# Functions whose arguments are parted by FROM.
_FROM_IS_AN_ARGUMENT: Final = frozenset({"extract", "overlay", "substring", "trim"})
# After these words, UPDATE locks rows or answers a conflict, and no table follows.
_BEFORE_ANOTHER_UPDATE: Final = frozenset({"for", "key", "do", "on"})
_BEFORE_THE_TABLE: Final = frozenset({"lateral", "only", "table"})
_BEFORE_A_LIST: Final = frozenset({"from", "join", "using"})
_BEFORE_ONE: Final = frozenset({"into", "update"})
# Only at the start of a statement; elsewhere they may be columns.
_FIRST_WORDS: Final = frozenset({"copy", "lock", "truncate"})
_NO_NAME: Final = frozenset(
    {"as", "cross", "default", "except", "fetch", "for", "full", "group", "having", "inner"}
    | {"intersect", "into", "join", "lateral", "left", "limit", "natural", "offset", "on"}
    | {"order", "overriding", "returning", "right", "select", "set", "stdin", "stdout"}
    | {"tablesample", "union", "using", "values", "when", "where", "window", "with"}
)
_STATEMENT: Final = re.compile(
    r"(?:select|insert|update|delete|merge|with|values|copy|truncate|lock)\b", re.IGNORECASE
)
_CREATED: Final = re.compile(
    r"^--[ ]*room:[ ]*([\w.]+)"
    r"|^[ ]*create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?([\w.]+)",
    re.IGNORECASE | re.MULTILINE,
)


def without_comments(sql: str) -> str:
    """The statement without its comments and with every string emptied."""
    return _DROPPED.sub(" ", sql)


def is_statement(text: str) -> bool:
    """Whether a text is a SQL statement that names tables."""
    return _STATEMENT.match(without_comments(text).strip()) is not None


def tables_named(sql: str) -> set[str]:
    """The tables and views that a statement reads or writes, without the `public` schema.

    Names of `WITH` queries, functions and the system's own catalogues are left out.
    """
    text = without_comments(sql).lower()
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    own_names = set(_WITH_NAME.findall(text))
    named = {token.replace('"', "").removeprefix("public.") for token in _table_tokens(tokens)}
    return {
        name for name in named - own_names if not name.startswith(("pg_", "information_schema."))
    }


def foreign_tables(sql: str, *, room: str, rooms: Mapping[str, str]) -> list[str]:
    """What a statement of a store says of tables that are not its room's."""
    return [
        f"names {table}, which {_belongs(rooms.get(table))}"
        for table in sorted(tables_named(sql))
        if rooms.get(table) != room
    ]


def table_rooms(migrations: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Which room each table belongs to, from migration scripts by path; and what is amiss.

    A line `-- room: partners` says whose the tables created below it are.
    """
    rooms: dict[str, str] = {}
    findings: list[str] = []
    for path, script in migrations.items():
        room = None
        for said_room, table in _CREATED.findall(script):
            if said_room:
                room = said_room
            elif room is None:
                findings.append(f"{path}: {table} is created above any `-- room:` line")
            elif table in rooms:
                findings.append(f"{path}: {table} is created twice")
            else:
                rooms[table] = room
    return rooms, findings


def _belongs(room: str | None) -> str:
    return f"is {room}'s" if room else "no migration creates"


def _table_tokens(tokens: list[str]) -> Iterator[str]:
    open_parens: list[str] = []
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else ""
        if token == "(":
            open_parens.append(before)
        elif token == ")":
            del open_parens[-1:]
        elif token in _BEFORE_A_LIST:
            inside = open_parens[-1] if open_parens else ""
            if not (token == "from" and _is_no_list(before, inside)):
                yield from _listed_tables(tokens, index + 1)
        elif token == "update" and before in _BEFORE_ANOTHER_UPDATE:
            continue
        elif token in _BEFORE_ONE or (token in _FIRST_WORDS and index == 0):
            yield from _names(tokens, _at_the_table(tokens, index + 1))


def _is_no_list(before: str, inside: str) -> bool:
    """Whether a FROM is that of `IS DISTINCT FROM` or of `extract(epoch FROM at)`."""
    return before == "distinct" or inside in _FROM_IS_AN_ARGUMENT


def _listed_tables(tokens: list[str], index: int) -> Iterator[str]:
    """The tables of `a, b AS c, f(x) AS d(y)`, from `index` on."""
    while True:
        index = _at_the_table(tokens, index)
        is_call = tokens[index + 1 : index + 2] == ["("]
        if not is_call:
            yield from _names(tokens, index)
        index = _past_parens(tokens, index + 1 if _is_name(tokens, index) else index)
        while tokens[index : index + 1] in (["as"], ["with"], ["ordinality"]):
            index += 1
        if _is_name(tokens, index):
            index = _past_parens(tokens, index + 1)
        if tokens[index : index + 1] != [","]:
            return
        index += 1


def _at_the_table(tokens: list[str], index: int) -> int:
    while index < len(tokens) and tokens[index] in _BEFORE_THE_TABLE:
        index += 1
    return index


def _past_parens(tokens: list[str], index: int) -> int:
    """Past the parenthesis that opens at `index`, or `index` where none does."""
    depth = 0
    while index < len(tokens):
        depth += {"(": 1, ")": -1}.get(tokens[index], 0)
        if depth == 0:
            return index + 1 if tokens[index] == ")" else index
        index += 1
    return index


def _names(tokens: list[str], index: int) -> list[str]:
    return [tokens[index]] if _is_name(tokens, index) else []


def _is_name(tokens: list[str], index: int) -> bool:
    return index < len(tokens) and tokens[index] not in _PUNCTUATION | _NO_NAME
