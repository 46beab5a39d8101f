"""Tests of what pgbench is told to run."""

import re

import pytest

from bench.pgbench import filled, request_script


def test_every_place_of_a_statement_is_filled() -> None:
    assert filled("SELECT $2::text, $1 + $1", (":one", ":two")) == "SELECT :two::text, :one + :one"


def test_a_place_without_a_text_is_refused() -> None:
    with pytest.raises(IndexError):
        filled("SELECT $3", ("1", "2"))


def test_a_request_is_one_statement_with_nothing_left_open() -> None:
    script = request_script()

    assert script.count(";\n") == 1
    assert "$" not in script


def test_every_variable_of_the_script_is_set() -> None:
    used = set(re.findall(r"(?<!:):([a-z]\w*)", request_script()))

    given = {"partner", "credential", "version", "epoch", "nonces", "first", "last", "client_id"}
    assert used - given == {"customer", "nonce", "nc"}
