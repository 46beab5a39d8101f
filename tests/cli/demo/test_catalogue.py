"""The demo catalogue: names that are one of a kind, sound numbers, real sentences."""

import re
from collections import Counter

import pytest

from bezant.cli.demo.catalogue import (
    CATEGORIES,
    PRODUCTS,
    DemoProduct,
    ean13,
    picture_fineness,
    picture_label,
)
from bezant.kernel.metal import Metal

PARENTS = {category.parent_slug for category in CATEGORIES}


def product(sku: str) -> DemoProduct:
    (found,) = [product for product in PRODUCTS if product.sku == sku]
    return found


def test_there_is_enough_to_fill_several_pages() -> None:
    assert len(PRODUCTS) >= 64


@pytest.mark.parametrize("field", ["product_id", "sku", "barcode", "text"])
def test_no_two_products_share(field: str) -> None:
    values = Counter(getattr(product, field) for product in PRODUCTS)
    assert [value for value, count in values.items() if count > 1] == []


def test_no_two_products_have_the_same_name_in_either_language() -> None:
    assert len({product.name.tr for product in PRODUCTS}) == len(PRODUCTS)
    assert len({product.name.en for product in PRODUCTS}) == len(PRODUCTS)


def test_the_published_examples_product_is_among_them_exactly() -> None:
    example = product("MNT0001")
    assert example.product_id == 3_000_065
    assert example.name.tr == "Minted 1 Gr 999,9 Külçe Altın (NadirGold)"
    assert example.name.en == "Minted 1 g 999.9 Gold Bar (NadirGold)"
    assert example.weight_micrograms == 1_010_000
    assert (example.metal, example.tax) == (Metal.GOLD, "none")


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_a_product_is_within_the_contracts_bounds(product: DemoProduct) -> None:
    assert re.fullmatch(r"[A-Z0-9]{3,21}", product.sku)
    assert product.product_id == 3_000_065 or product.product_id >= 3_001_001
    assert re.fullmatch(r"869\d{10}", product.barcode)
    assert 0 <= product.stock <= 1_000
    assert product.markup_fixed_minor >= 0
    assert 0 <= product.markup_basis_points <= 1_000
    assert 0 < product.insurance_basis_points <= 100
    assert product.shipping_minor >= 0
    assert 0 < product.commission_basis_points <= 1_000
    assert 3 <= len(product.legend) <= 16
    assert product.legend == product.legend.replace("i", "İ").upper()


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_a_barcodes_check_digit_makes_the_weighted_sum_a_multiple_of_ten(
    product: DemoProduct,
) -> None:
    digits = [int(digit) for digit in product.barcode]
    assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_a_known_barcode_gets_its_known_check_digit() -> None:
    assert ean13("400638133393") == "4006381333931"
    with pytest.raises(ValueError, match="twelve digits"):
        ean13("40063813339")


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_a_product_speaks_both_languages_in_whole_sentences(product: DemoProduct) -> None:
    for tr, en, shortest, longest in (
        (product.name.tr, product.name.en, 10, 80),
        (product.text.tr, product.text.en, 150, 800),
    ):
        assert tr != en
        assert shortest <= len(tr) <= longest
        assert shortest <= len(en) <= longest
        assert not re.search(r"[{}]|  ", tr + en)
    for text in (product.text.tr, product.text.en):
        assert text.endswith(".")
        assert text.count(". ") >= 2


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_a_number_is_written_the_way_its_language_writes_it(product: DemoProduct) -> None:
    assert not re.search(r"\d\.\d", product.name.tr + product.text.tr)
    assert not re.search(r"\d,\d", product.name.en + product.text.en)


def test_only_the_published_example_names_a_maker() -> None:
    makers = [p.sku for p in PRODUCTS if re.search("nadir|minted 1", p.name.tr.lower())]
    assert makers == ["MNT0001"]


@pytest.mark.parametrize(
    "product", [p for p in PRODUCTS if p.sku != "MNT0001"], ids=lambda product: product.sku
)
def test_coins_and_carat_gold_are_priced_on_fine_metal_and_bars_on_gross(
    product: DemoProduct,
) -> None:
    fine = product.gross_micrograms * product.fineness // 10_000
    on_gross = product.shape == "bar" and product.fineness > 9_900
    assert product.weight_micrograms == (product.gross_micrograms if on_gross else fine)


def test_a_quarter_coin_carries_the_fine_gold_that_the_trade_says_it_does() -> None:
    assert product("ZYN0001").gross_micrograms == 1_754_000
    assert product("ZYN0001").weight_micrograms == 1_606_664


def test_a_gram_of_a_small_bar_is_dearer_than_a_gram_of_a_large_one() -> None:
    for prefix in ("PTN", "CST", "K22", "SLB", "PTB", "PDB"):
        line = [product for product in PRODUCTS if product.sku.startswith(prefix)]
        premiums = [product.markup_basis_points for product in line]
        assert premiums == sorted(premiums, reverse=True)
        per_gram = [p.markup_fixed_minor * 1_000_000 // p.gross_micrograms for p in line]
        assert per_gram == sorted(per_gram, reverse=True)


def test_each_metal_is_taxed_as_the_trade_taxes_it() -> None:
    taxes = {metal: {p.tax for p in PRODUCTS if p.metal is metal} for metal in Metal}
    assert taxes == {
        Metal.GOLD: {"none", "on_craftsmanship"},
        Metal.SILVER: {"on_craftsmanship", "on_full_price"},
        Metal.PLATINUM: {"on_full_price"},
        Metal.PALLADIUM: {"on_full_price"},
    }


def test_some_products_are_sold_out() -> None:
    assert len([product for product in PRODUCTS if product.stock == 0]) >= 3


def test_every_shelf_has_products_or_shelves_under_it_and_no_product_is_lost() -> None:
    slugs = {category.slug for category in CATEGORIES}
    filled = {product.category for product in PRODUCTS}
    assert filled <= slugs
    assert slugs - PARENTS == filled


def test_a_shelfs_parent_stands_before_it() -> None:
    seen: set[str] = set()
    for category in CATEGORIES:
        assert category.parent_slug is None or category.parent_slug in seen
        assert category.slug not in seen
        seen.add(category.slug)
    assert [c.position for c in CATEGORIES] == sorted({c.position for c in CATEGORIES})


def test_a_slug_fits_a_url_and_a_shelf_has_a_name_in_both_languages() -> None:
    for category in CATEGORIES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", category.slug)
        assert category.name.tr != category.name.en


@pytest.mark.parametrize(
    ("micrograms", "label"),
    [(500_000, "0,5 g"), (1_754_000, "1,754 g"), (31_100_000, "31,1 g"), (5 * 10**9, "5 kg")],
)
def test_a_weight_is_struck_as_it_is_written_in_turkish(micrograms: int, label: str) -> None:
    assert picture_label(micrograms) == label


def test_a_fineness_is_struck_in_thousandths() -> None:
    assert [picture_fineness(f) for f in (9_999, 9_990, 9_160)] == ["999,9", "999", "916"]
