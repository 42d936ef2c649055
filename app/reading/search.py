"""Parse the text of `q=` into clauses that must all match.

    Umierov                 the word, in any grammatical form
    "lift martial law"      these words in this order; words joined by a punctuation mark do the same: cease-fire
    ceasefire OR truce      either of them (OR binds more tightly than the space between clauses)
    -prisoners              not this word; also before a phrase
    memorand*               words with this beginning

All other punctuation and control characters separate words or are ignored, so there are no syntax errors. Only queries
that cannot be answered sensibly are rejected (`Unsearchable`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unicodedata import category, normalize

#: Maximum number of words in a query.
MAX_WORDS = 32
#: Minimum number of letters before `*`: too many words begin with any single letter.
MIN_BEFORE_STAR = 2
#: Longer words are cut to this length; PostgreSQL allows 2,046 bytes.
MAX_WORD_LENGTH = 100

_QUOTES = '"“”„«»'
_APOSTROPHES = "'’"


class Unsearchable(ValueError):
    """The query cannot be answered. `hint`: what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Phrase:
    """One word, or several words in this order. `prefix`: the last word is only the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed query: one phrase of each clause must match, and no excluded phrase may match."""

    clauses: tuple[tuple[Phrase, ...], ...]
    excluded: tuple[Phrase, ...] = ()

    def bound(self, name: str = "q") -> dict[str, Any]:
        """The values to bind: JSON for the function `parley_query`, and the text to find as a part of names."""
        bound: dict[str, object] = {name: _json(self.clauses)}
        if self.clauses:
            bound[f"{name}_part"] = self.part
        if self.excluded:
            bound[f"{name}_not"] = _json((self.excluded,))
        return bound

    @property
    def part(self) -> str | None:
        """The words as one text, to be found as part of a name; None if the query has alternatives or no words."""
        if any(len(clause) > 1 for clause in self.clauses):
            return None
        return " ".join(word for clause in self.clauses for phrase in clause for word in phrase.words) or None


def parse_search(text: str) -> Search:
    """Parse a query. Raises Unsearchable if it has no words or too many, or too few letters before `*`."""
    clauses: list[list[Phrase]] = []
    excluded: list[Phrase] = []
    joined = False
    for sign, phrase in _terms(_normalized(text)):
        if phrase is None:
            joined = sign == "OR" and bool(clauses)
        elif sign == "-":
            excluded.append(phrase)
            joined = False
        else:
            if joined:
                clauses[-1].append(phrase)
            else:
                clauses.append([phrase])
            joined = False
    found = Search(tuple(dict.fromkeys(map(_distinct, clauses))), _distinct(excluded))
    _check(found)
    return found


def _distinct(phrases: list[Phrase]) -> tuple[Phrase, ...]:
    return tuple(dict.fromkeys(phrases))


def _check(search: Search) -> None:
    phrases = [*search.excluded, *(phrase for clause in search.clauses for phrase in clause)]
    if not phrases:
        raise Unsearchable("The query contains no words.", "Write a word, or a phrase in quotes.")
    if (count := sum(len(phrase.words) for phrase in phrases)) > MAX_WORDS:
        raise Unsearchable(f"The query has {count} words.", f"Search for at most {MAX_WORDS} words at once.")
    for phrase in phrases:
        last = phrase.words[-1]
        if phrase.prefix and len(last) < MIN_BEFORE_STAR:
            raise Unsearchable(
                f"'{last}*' matches too many words.", f"Write at least {MIN_BEFORE_STAR} letters before `*`."
            )


def _normalized(text: str) -> str:
    """The text in NFC, without invisible characters (direction marks, soft hyphens); control characters become spaces."""
    kinds = ((sign, category(sign)) for sign in normalize("NFC", text))
    return "".join(" " if kind[0] == "Z" or kind == "Cc" else sign for sign, kind in kinds if kind != "Cf")


def _terms(text: str) -> Iterator[tuple[str, Phrase | None]]:
    """The terms: ("", phrase), ("-", phrase) for an excluded phrase, ("OR", None) between alternatives."""
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        begin = at
        while at < len(text) and text[at] == "-":
            at += 1
        sign = "-" if at > begin else ""
        if at < len(text) and text[at] in _QUOTES:
            end = next((n for n in range(at + 1, len(text)) if text[n] in _QUOTES), len(text))
            words, at = _words(text[at + 1 : end]), end + 1
        else:
            end = next((n for n in range(at, len(text)) if text[n] == " " or text[n] in _QUOTES), len(text))
            chunk, at = text[at:end], end
            if not sign and chunk in ("OR", "|"):
                yield "OR", None
                continue
            if not sign and chunk in ("AND", "&"):
                continue
            # `*` belongs to the word before it. The English possessive 's is not a separate word.
            words = _words(_without_possessive(chunk))
            at -= len(chunk) - len(chunk.rstrip("*"))
        star = at < len(text) and text[at] == "*"
        while at < len(text) and text[at] == "*":
            at += 1
        if words:
            yield sign, Phrase(words, star)


def _without_possessive(chunk: str) -> str:
    bare = chunk.rstrip("*.,;:!?)")
    return bare[:-2] if len(bare) > 2 and bare[-1] in "sS" and bare[-2] in _APOSTROPHES else chunk


def _words(text: str) -> tuple[str, ...]:
    """The words of a text: sequences of letters, digits and combining marks."""
    spaced = "".join(sign if category(sign)[0] in "LMN" else " " for sign in text)
    return tuple(word[:MAX_WORD_LENGTH] for word in spaced.split() if category(word[0])[0] != "M")


def _json(clauses: tuple[tuple[Phrase, ...], ...]) -> str:
    return json.dumps(
        [[{"words": phrase.words, "prefix": phrase.prefix} for phrase in clause] for clause in clauses],
        ensure_ascii=False,
    )
