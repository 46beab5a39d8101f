"""`demo.json`: whole or not at all, and only its owner's."""

import json
from pathlib import Path

import pytest

from bezant.cli.demo.record import (
    DemoCard,
    DemoPartner,
    DemoRecord,
    DemoSandbox,
    read_record,
    write_record,
)


def record_at(path: Path, *, secret: str = "s3cret") -> DemoRecord:
    """A record of one partner."""
    partner = DemoPartner(
        code="bosphorus-bank",
        name="Bosphorus Bank",
        username="bosphorus-bank-abcdefgh",
        secret=secret,
        customer_external_id="6551eeaf4455bb5959555302",
        cart_token="x" * 32,
    )
    card = DemoCard(what="charged", number="4532010000000008", expiry="12/30", cvv="123")
    sandbox = DemoSandbox(url="http://127.0.0.1:8081", code="123456", cards=(card,))
    return DemoRecord(path, "http://127.0.0.1:8080", (partner,), sandbox)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    record = record_at(tmp_path / "data" / "demo.json")

    write_record(record)

    assert read_record(record.path) == record


def test_the_file_has_the_promised_shape_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"

    write_record(record_at(path))

    contents = json.loads(path.read_text(encoding="utf-8"))
    assert list(contents) == ["base_url", "partners", "sandbox"]
    assert list(contents["partners"][0]) == [
        "code",
        "name",
        "username",
        "secret",
        "customer_external_id",
        "cart_token",
    ]
    assert list(contents["sandbox"]) == ["url", "code", "cards"]
    assert list(contents["sandbox"]["cards"][0]) == ["what", "number", "expiry", "cvv"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_from_before_there_was_a_sandbox_is_understood(tmp_path: Path) -> None:
    record = record_at(tmp_path / "demo.json")
    write_record(record)
    contents = json.loads(record.path.read_text(encoding="utf-8"))
    del contents["sandbox"]
    record.path.write_text(json.dumps(contents), encoding="utf-8")

    found = read_record(record.path)

    assert found is not None
    assert found.partners == record.partners
    assert found.sandbox is None


def test_writing_again_replaces_the_file_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    write_record(record_at(path))
    path.chmod(0o644)

    write_record(record_at(path, secret="another"))

    found = read_record(path)
    assert found is not None
    assert found.partners[0].secret == "another"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["demo.json"]


@pytest.mark.parametrize("text", ["", "{", '{"base_url": 1}', '{"partners": [{}]}', "\xff"])
def test_a_file_that_cannot_be_understood_counts_as_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text(text, encoding="latin-1")

    assert read_record(path) is None


def test_no_file_is_no_record(tmp_path: Path) -> None:
    assert read_record(tmp_path / "demo.json") is None
