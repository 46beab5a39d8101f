"""The envelope: its keys in order, its numbers exact, `errors` only where fields are at fault."""

from decimal import Decimal

import msgspec
import pytest

from bezant.customers.model import NoSuchCustomer
from bezant.kernel.errors import BezantError, DatabaseAway, Invalid
from bezant.kernel.texts import Language, Text
from bezant.web import envelope
from bezant.web.digest.answer import MalformedAnswer
from bezant.web.refusals import NonceStale, NotSignedIn


class Amount(msgspec.Struct):
    """What an answer may hold."""

    total: Decimal
    note: str | None = None


def test_an_answer_has_four_keys_in_their_order() -> None:
    assert envelope.success([1]) == b'{"data":[1],"success":true,"code":0,"message":""}'


def test_no_data_is_null() -> None:
    assert envelope.success(None).startswith(b'{"data":null,')


@pytest.mark.parametrize(
    "digits", ["0.1", "2054.38", "0.30", "20", "123456789012345678901234567890.12", "-0.01"]
)
def test_a_decimal_is_written_as_the_digits_that_it_holds(digits: str) -> None:
    body = envelope.success(Amount(Decimal(digits)))

    assert body.startswith(f'{{"data":{{"total":{digits},"note":null}},'.encode())


def test_a_refusal_has_the_same_four_keys_and_its_code() -> None:
    status, body = envelope.failure(DatabaseAway(), Language.EN)
    fields = msgspec.json.decode(body)

    assert status == 503
    assert list(fields) == ["data", "success", "code", "message"]
    assert (fields["data"], fields["success"], fields["code"]) == (None, False, 50300)


def test_fields_at_fault_are_told_in_the_callers_language() -> None:
    error = Invalid({"items.0.amount": [Text("field.required"), Text("field.integer")]})

    said = {}
    for language in Language:
        status, body = envelope.failure(error, language)
        fields = msgspec.json.decode(body)
        assert (status, list(fields)[-1]) == (422, "errors")
        said[language] = fields["errors"]["items.0.amount"]

    assert said[Language.EN][0] == "This field is required."
    assert {len(each) for each in said.values()} == {2}
    assert said[Language.TR] != said[Language.EN]


def test_what_was_refused_may_come_with_data() -> None:
    _, body = envelope.failure(DatabaseAway(), Language.TR, data={"id": 1})

    assert msgspec.json.decode(body)["data"] == {"id": 1}


@pytest.mark.parametrize("error", [NotSignedIn(), NonceStale(), MalformedAnswer("no nonce")])
def test_only_an_invalid_request_has_errors(error: BezantError) -> None:
    status, body = envelope.failure(error, Language.EN)

    assert status == 401
    assert "errors" not in msgspec.json.decode(body)


def test_an_error_that_knows_no_fields_has_no_errors_key() -> None:
    status, body = envelope.failure(NoSuchCustomer(external_id="c1"), Language.EN)

    assert (status, b"errors" in body) == (404, False)


def test_a_defect_names_the_request_and_nothing_else() -> None:
    fields = msgspec.json.decode(envelope.defect(Language.EN, "a-request-id"))

    assert list(fields) == ["data", "success", "code", "message"]
    assert (fields["data"], fields["success"], fields["code"]) == (None, False, 50000)
    assert "a-request-id" in fields["message"]
