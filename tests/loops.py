"""Loops of tests: one over nothing would assert nothing."""

from collections.abc import Iterable
from typing import TypeVar

Value = TypeVar("Value")


def nonempty(values: Iterable[Value]) -> list[Value]:
    """The values, of which there is at least one."""
    found = list(values)
    assert found, "the loop of this test is over nothing"
    return found
