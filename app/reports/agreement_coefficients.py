"""Coefficients of the agreement of coders: Cohen's kappa and Krippendorff's alpha.

A unit is the list of the values that coders gave to one point. Units with fewer than two values are ignored. The formulas are
those of the guide (`app/guides/reports.md`); `tests/reports/test_agreement_coefficients.py` checks them against published
examples and against the definition by pairs.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Sequence
from math import fsum

#: The values that coders gave to one point.
Unit = Sequence[Hashable]
#: The same, as places on a scale.
Places = Sequence[float]


def count_pairs(units: Sequence[Unit]) -> tuple[int, int]:
    """The number of pairs of values of the same unit, and how many of them are equal."""
    pairs = agreeing = 0
    for unit in units:
        pairs += len(unit) * (len(unit) - 1) // 2
        agreeing += sum(number * (number - 1) // 2 for number in Counter(unit).values())
    return pairs, agreeing


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa of two coders. `pairs`: the values of the first and of the second coder, one pair for each point.

    None if there are no pairs, or if both coders used the same single value."""
    number = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = sum(count * second[value] for value, count in first.items())
    if expected == number * number:
        return None
    agreeing = sum(one == other for one, other in pairs)
    return (number * agreeing - expected) / (number * number - expected)


def nominal_alpha(units: Sequence[Unit]) -> float | None:
    """Krippendorff's alpha for values without an order.

    None if fewer than two values can be paired, or if all of them are equal."""
    paired = [unit for unit in units if len(unit) > 1]
    counts = Counter(value for unit in paired for value in unit)
    number = counts.total()
    # Numbers of pairs of different values: within the units, each unit in proportion to its size, and among all values.
    expected = number * number - sum(count * count for count in counts.values())
    if expected == 0:
        return None
    observed = fsum(
        (len(unit) ** 2 - sum(count * count for count in Counter(unit).values())) / (len(unit) - 1) for unit in paired
    )
    return 1 - (number - 1) * observed / expected


def interval_alpha(units: Sequence[Places]) -> float | None:
    """Krippendorff's alpha for numbers, whose distance is the square of their difference.

    None if fewer than two values can be paired, or if all of them are equal."""
    paired = [unit for unit in units if len(unit) > 1]
    values = [value for unit in paired for value in unit]
    if len(set(values)) < 2:
        return None
    # The squared differences of all pairs of n numbers add up to n times the squared differences from their mean, which
    # needs no table of all pairs of values.
    observed = fsum(len(unit) * _spread(unit) / (len(unit) - 1) for unit in paired)
    return 1 - (len(values) - 1) * observed / (len(values) * _spread(values))


def ordinal_alpha(units: Sequence[Places]) -> float | None:
    """Krippendorff's alpha for values of which only the order has a meaning; equal places are one value.

    The distance of two values is the square of the number of paired values between them, those of each of the two
    counted half: the difference of their middle ranks."""
    paired = [unit for unit in units if len(unit) > 1]
    ordered = sorted(value for unit in paired for value in unit)
    ranks = {value: (bisect_left(ordered, value) + bisect_right(ordered, value)) / 2 for value in set(ordered)}
    return interval_alpha([[ranks[value] for value in unit] for unit in paired])


def _spread(values: Places) -> float:
    mean = fsum(values) / len(values)
    return fsum((value - mean) ** 2 for value in values)
