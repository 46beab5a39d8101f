"""The OpenAPI document says what the operations say, and validates."""

from collections.abc import Mapping
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
import schemathesis

from bezant.web.codes import REGISTER
from bezant.web.envelope import encoder
from bezant.web.operations import Operation
from bezant.web.partner.api import OPERATIONS
from bezant.web.reading import read_body, read_fields
from bezant.web.reference.examples import examples
from bezant.web.reference.failures import refusals_of
from bezant.web.reference.files import reference_files
from bezant.web.reference.openapi import example_body, openapi_document

BASE_URL = "http://bezant.test"
DOCUMENT = openapi_document(OPERATIONS, base_url=BASE_URL)
Node = Mapping[str, object]

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)


def at(node: object, *path: str) -> Node:
    """A part of the document."""
    for name in path:
        assert isinstance(node, Mapping)
        node = node[name]
    assert isinstance(node, Mapping)
    return node


@pytest.fixture(scope="module")
def document() -> Node:
    """The document, read back."""
    return at(msgspec.json.decode(DOCUMENT))


def validator(document: Node, schema: Node) -> jsonschema_rs.Draft202012Validator:
    """A validator for a part of the document that refers to its components."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


def test_the_same_operations_give_the_same_bytes() -> None:
    assert openapi_document(OPERATIONS, base_url=BASE_URL) == DOCUMENT


def test_the_document_is_valid_openapi() -> None:
    schemathesis.openapi.from_dict(msgspec.json.decode(DOCUMENT)).validate()


@each_operation
def test_every_operation_is_in_the_document(document: Node, operation: Operation) -> None:
    written = at(document, "paths", operation.path, operation.method.lower())
    assert written["operationId"] == operation.name


@each_operation
def test_every_refusal_is_documented_with_its_code(document: Node, operation: Operation) -> None:
    responses = at(document, "paths", operation.path, operation.method.lower(), "responses")
    for refusal in refusals_of(operation):
        code = REGISTER[refusal]
        shown = at(responses, str(code.status), "content", "application/json", "examples")
        assert at(shown, refusal.__name__, "value")["code"] == code.code


@each_operation
def test_the_example_of_a_refusal_fits_its_schema_and_is_a_whole_sentence(
    document: Node, operation: Operation
) -> None:
    responses = at(document, "paths", operation.path, operation.method.lower(), "responses")
    refused = {status: each for status, each in responses.items() if status != "200"}
    assert refused
    for answer in refused.values():
        content = at(answer, "content", "application/json")
        fits = validator(document, at(content, "schema"))
        for name in at(content, "examples"):
            shown = at(content, "examples", name, "value")
            fits.validate(shown)
            assert "{" not in str(shown["message"])


@pytest.mark.parametrize(
    ("name", "field"),
    [("listProducts", "page"), ("addToBasket", "external_customer_id"), ("getCustomer", None)],
)
def test_the_example_of_a_field_at_fault_is_one_of_the_operation(
    document: Node, name: str, field: str | None
) -> None:
    operation = next(each for each in OPERATIONS if each.name == name)
    responses = at(document, "paths", operation.path, operation.method.lower(), "responses")
    shown = at(responses, "422", "content", "application/json", "examples", "Invalid", "value")
    assert list(at(shown, "errors")) == [field or "api-version"]


@each_operation
def test_the_example_of_an_answer_fits_its_schema(document: Node, operation: Operation) -> None:
    content = at(
        document, "paths", operation.path, operation.method.lower(), "responses", "200", "content"
    )
    if operation.documents:
        assert tuple(content) == operation.documents
        return
    content = at(content, "application/json")
    validator(document, at(content, "schema")).validate(content["example"])


@each_operation
def test_the_example_of_a_request_fits_and_is_read(document: Node, operation: Operation) -> None:
    example = examples(BASE_URL)[operation.name]
    if operation.query is not None:
        read_fields(operation.query, dict(example.query))
    if operation.path_shape is not None:
        read_fields(operation.path_shape, dict(example.path))
    if operation.body is not None:
        body = at(
            document,
            *("paths", operation.path, operation.method.lower(), "requestBody", "content"),
            "application/json",
        )
        sent = example_body(example)
        validator(document, at(body, "schema")).validate(sent)
        read_body(operation.body, encoder.encode(sent))


def test_numbers_are_numbers_in_every_schema(document: Node) -> None:
    order = at(document, "components", "schemas", "EcomOrder", "properties")
    assert at(order, "price")["type"] == "number"
    assert b'"decimal"' not in DOCUMENT


def test_optional_parameters_are_not_null_but_absent(document: Node) -> None:
    parameters = at(document, "paths", "/partner/ecom/baskets", "get")["parameters"]
    assert isinstance(parameters, list)
    page = next(each for each in parameters if each.get("name") == "page")
    assert page["required"] is False
    assert page["schema"]["type"] == "integer"


def test_what_holds_for_parameters_together_is_in_the_operations_text(document: Node) -> None:
    written = at(document, "paths", "/partner/ecom/baskets", "get")
    assert "The two dates come together or not at all." in str(written["description"])


def test_no_description_keeps_the_indentation_of_its_docstring(document: Node) -> None:
    billing = at(document, "components", "schemas", "BillingInput")
    assert str(billing["description"]).endswith(
        "sends it.\n\n`Corporate` needs `company_name` and `tax_office`."
    )


@pytest.mark.parametrize("name", sorted(reference_files()))
def test_the_files_in_the_repository_are_up_to_date(name: str) -> None:
    committed = Path("docs/reference") / name
    assert committed.read_bytes() == reference_files()[name], "run: make docs"
