"""What the page lists of an operation."""

from bezant.kernel.texts import Language
from bezant.web.partner.api import OPERATIONS
from bezant.web.reference.chapters import Article, FieldRow, chapters_of


def article(name: str) -> Article:
    """What the page says of an operation."""
    chapters = chapters_of(OPERATIONS, base_url="http://bezant.test", language=Language.EN)
    return next(
        each for chapter in chapters for each in chapter.articles if each.operation.name == name
    )


def row(rows: "list[FieldRow]", name: str) -> FieldRow:
    """The first row of a field."""
    return next(each for each in rows if each.name == name)


def test_a_field_of_an_answer_says_when_it_can_be_null() -> None:
    rows = list(article("getBasket").answer.rows)
    assert row(rows, "external_id").kind == "string | null"
    assert row(rows, "shippingaddress").kind == "object | null"
    assert row(rows, "token").kind == "string"
    assert not any(each.required for each in rows)


def test_a_field_that_is_sent_has_its_bounds_and_says_when_it_is_required() -> None:
    rows = list(article("addToBasket").body.rows)
    assert row(rows, "amount").kind == "integer 1..9999"
    assert row(rows, "amount").required
    assert row(rows, "card_bin").kind == "string of 6"
    assert not row(rows, "card_bin").required


def test_the_fields_inside_a_list_stand_below_it_with_what_it_lists() -> None:
    rows = list(article("listIncompleteBaskets").answer.rows)
    assert row(rows, "data").kind == "array of object"
    assert row(rows, "data").text.startswith("A basket or an order.")
    assert row(rows, "pricefix").depth == 1
    assert row(rows, "remaining").depth == 2


def test_what_nests_in_itself_is_listed_once() -> None:
    categories = article("listCategories").answer
    assert categories.kind == "array of object"
    assert [each.name for each in categories.rows] == ["id", "name", "slug", "children"]


def test_what_holds_for_fields_together_is_said() -> None:
    assert article("listIncompleteBaskets").parameters.text.endswith(
        "The two dates come together or not at all."
    )
    assert article("createCustomer").body.text.endswith("A company sends its name as `firstname`.")
