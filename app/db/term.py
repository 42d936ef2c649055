"""Base class of the closed lists: each term is a stored word with its meaning."""

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """One term of a closed list: `PEACE = "peace", "a negotiation to end a war"`.

    The member is a `str` with the stored word. `meaning` is the text on the vocabulary pages and in the documentation.
    A member without a meaning raises TypeError on import.
    """

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        # The default value is for the type checker, which checks a lookup such as `Kind("peace")` against this
        # signature.
        if not meaning:
            raise TypeError(f"{cls.__name__}: the word {value!r} has no meaning")
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member
