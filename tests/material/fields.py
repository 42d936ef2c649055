"""Reading an entry of the material so that no key of it is overlooked."""

from types import TracebackType
from typing import Any, Self

Raw = dict[str, Any]


class UnknownKeyError(Exception):
    """The material has keys that nobody took; the message names the entry and the keys."""


class Fields:
    """An entry whose keys are taken one by one; leaving the `with` block with a key untaken is an error.

    Nested objects and lists are taken like any value; whoever takes them wraps them again.
    """

    def __init__(self, raw: Raw, where: str) -> None:
        self._left = dict(raw)
        self.where = where

    def take(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default` where it is absent."""
        return self._left.pop(key, default)

    def peek(self, key: str) -> Any:
        """The value of `key`, which remains to be taken."""
        return self._left[key]

    def some(self, key: str) -> list[Any]:
        """The list under `key`; empty where it is absent or null."""
        return self._left.pop(key, None) or []

    def each(self, key: str) -> "list[Fields]":
        """The objects listed under `key`, each to be read as an entry of its own."""
        return [Fields(raw, f"{self.where}/{key}/{number}") for number, raw in enumerate(self.some(key))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, violation: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._left:
            raise UnknownKeyError(f"{self.where}: nobody reads {', '.join(sorted(self._left))}")
