"""The base of every closed list: a word that is stored, with what it means."""

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """One word of a closed list: `PEACE = "peace", "a negotiation to end a war"`.

    The member *is* the stored word (a `str`, compared and sent as such); `meaning` is the sentence that the
    vocabulary pages and the documentation show. A member without a meaning does not load.
    """

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        # The default is for the type checker, which reads a look-up (`Kind("peace")`) as a call of this.
        if not meaning:
            raise TypeError(f"{cls.__name__}: the word {value!r} has no meaning")
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member
