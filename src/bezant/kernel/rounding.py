"""The only ways in which this house rounds. Integers in, integers out, no floats.

Sources: the wire contract (half up to two decimals for money; down to the asset's step
for grams bought from a total).
"""


def half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer, halves away from zero.

    `denominator` is positive. 5/2 is 3 and -5/2 is -3, as a ledger expects of a refund.
    """
    if denominator <= 0:
        raise ValueError(f"denominator must be positive, not {denominator}")
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def down_to_step(quantity: int, step: int) -> int:
    """The largest multiple of `step` that is not above `quantity`; both not negative."""
    if quantity < 0 or step <= 0:
        raise ValueError(f"quantity {quantity} and step {step} must not be negative")
    return quantity - quantity % step
