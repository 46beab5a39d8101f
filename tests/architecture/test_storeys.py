"""The house stands as `[tool.importlinter]` and the rules of its private parts say."""

from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture.sources import PACKAGE, ROOT, listed
from tests.architecture.storeys import Import, import_findings


def _imports_of(package: str) -> list[Import]:
    graph = grimp.build_graph(package, include_external_packages=True, cache_dir=None)
    return [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    ]


def _keeps_contracts(config: Path) -> bool:
    status = lint_imports(config_filename=str(config), no_cache=True, no_logo=True)
    return status == EXIT_STATUS_SUCCESS


def test_every_room_imports_only_the_storeys_below_it() -> None:
    assert _keeps_contracts(ROOT / "pyproject.toml"), "see the report of import-linter above"


def test_private_parts_drivers_and_outside_systems_are_imported_only_by_their_own() -> None:
    imports = _imports_of(PACKAGE)
    assert ("bezant.kernel.db", "asyncpg") in imports, "the graph does not show what is there"

    findings = import_findings(imports)

    assert not findings, listed(findings)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("bezant.baskets.service", "bezant.partners.store"),
        ("bezant.baskets.store", "bezant.partners.store"),
        ("bezant.web.partner.routes.baskets", "bezant.baskets.store.find"),
        ("bezant.baskets_archive.service", "bezant.baskets.store"),
        ("bezant.web.console.pages", "bezant.web.partner.queries"),
        ("bezant.checkout.service", "bezant.integrations.acquirers.sandbox"),
        ("bezant.asgi", "bezant.integrations.feeds"),
        ("bezant.integrations.feeds", "bezant.integrations.acquirers"),
        ("bezant.baskets.service", "asyncpg"),
        ("bezant.web.errors", "asyncpg.exceptions"),
        ("bezant.kernel.db", "sqlalchemy"),
        ("bezant.cli.migrate", "alembic.command"),
    ],
)
def test_an_import_of_what_is_not_its_own_is_found(importer: str, imported: str) -> None:
    (finding,) = import_findings([(importer, imported)])

    assert finding.startswith(f"{importer} imports {imported}: only ")


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("bezant.baskets.service", "bezant.baskets.store"),
        ("bezant.baskets.store.find", "bezant.baskets.store.columns"),
        ("bezant.web.console.pages", "bezant.web.console.queries"),
        ("bezant.wiring", "bezant.integrations.feeds.simulated"),
        ("bezant.cli.demo", "bezant.integrations.embedded_postgres"),
        ("bezant.worker", "bezant.integrations.feeds"),
        ("bezant.integrations.feeds.simulated", "bezant.integrations.feeds.calendar"),
        ("bezant.baskets.store", "asyncpg"),
        ("bezant.web.console.queries", "asyncpg"),
        ("bezant.kernel.db", "asyncpg"),
        ("bezant.migrations.env", "alembic"),
        ("bezant.checkout.service", "bezant.baskets.service"),
    ],
)
def test_an_import_of_its_own_is_let_be(importer: str, imported: str) -> None:
    assert import_findings([(importer, imported)]) == []


CONTRACTS = """
[tool.importlinter]
root_package = "{package}"

[[tool.importlinter.contracts]]
name = "storeys"
type = "layers"
containers = ["{package}"]
exhaustive = true
layers = ["upper", "lower"]
"""


@pytest.mark.parametrize(
    ("package", "files", "kept"),
    [
        ("house_upright", {"upper": "import house_upright.lower\n"}, True),
        ("house_upside_down", {"lower": "import house_upside_down.upper\n"}, False),
        ("house_with_a_shed", {"shed": ""}, False),
    ],
)
def test_import_linter_refuses_a_house_that_breaks_its_contract(
    *,
    package: str,
    files: dict[str, str],
    kept: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / package).mkdir()
    for name, text in {"__init__": "", "upper": "", "lower": "", **files}.items():
        (tmp_path / package / f"{name}.py").write_text(text, encoding="utf-8")
    config = tmp_path / "contracts.toml"
    config.write_text(CONTRACTS.format(package=package), encoding="utf-8")

    assert _keeps_contracts(config) is kept
