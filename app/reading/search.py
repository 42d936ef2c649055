"""What a reader types into `q=`, read as clauses that must all hold.

    Umierov                 the word, in any of its forms
    "lift martial law"      these words in this order; so does any run of words that signs tie together: cease-fire
    ceasefire OR truce      one of them (OR ties closer than the space that means *and*)
    -prisoners              not this word (nor this phrase)
    memorand*               words that begin so

Everything else is no language: other signs, marks and control characters part words or mean nothing. The parser never
fails on what it cannot read; it refuses only what could not be answered sensibly (`Unsearchable`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unicodedata import category, normalize

#: Words that one query may hold.
MAX_WORDS = 32
#: Letters before `*`: one letter alone begins so many words that they could not be looked up in time.
MIN_BEFORE_STAR = 2
#: Longest word that is looked for; PostgreSQL takes up to 2,046 bytes.
MAX_WORD_LENGTH = 100

_QUOTES = '"“”„«»'
_APOSTROPHES = "'’"


class Unsearchable(ValueError):
    """The text cannot be searched for; says why, and what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Phrase:
    """One word, or several in this order; with `prefix`, the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A query as it was understood: of each clause one phrase must be there, and no excluded one may be."""

    clauses: tuple[tuple[Phrase, ...], ...]
    excluded: tuple[Phrase, ...] = ()

    def bound(self, name: str = "q") -> dict[str, Any]:
        """What a statement binds: JSON for `parley_query`, and the text that a name may hold as it stands."""
        bound: dict[str, Any] = {name: _json(self.clauses)}
        if self.clauses:
            bound[f"{name}_part"] = self.part
        if self.excluded:
            bound[f"{name}_not"] = _json((self.excluded,))
        return bound

    @property
    def part(self) -> str | None:
        """The words one after the other, where nothing else was asked: perhaps a part of a name."""
        if any(len(clause) > 1 for clause in self.clauses):
            return None
        return " ".join(word for clause in self.clauses for phrase in clause for word in phrase.words) or None


def parse_search(text: str) -> Search:
    """The query in this text. Raises Unsearchable where it holds no word, too many, or a star after next to nothing."""
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
        raise Unsearchable("There is no word in this to look for.", "Write a word, or a phrase in quotes.")
    if (count := sum(len(phrase.words) for phrase in phrases)) > MAX_WORDS:
        raise Unsearchable(f"These are {count} words.", f"Search for at most {MAX_WORDS} words at once.")
    for phrase in phrases:
        last = phrase.words[-1]
        if phrase.prefix and len(last) < MIN_BEFORE_STAR:
            raise Unsearchable(
                f"'{last}*' begins too many words.", f"Write at least {MIN_BEFORE_STAR} letters before the star."
            )


def _normalized(text: str) -> str:
    """Composed letters; without what has no width (marks of direction, soft hyphens), other controls as spaces."""
    kinds = ((sign, category(sign)) for sign in normalize("NFC", text))
    return "".join(" " if kind[0] == "Z" or kind == "Cc" else sign for sign, kind in kinds if kind != "Cf")


def _terms(text: str) -> Iterator[tuple[str, Phrase | None]]:
    """The terms one by one: ("", phrase), ("-", phrase) for an excluded one, ("OR", None) between two."""
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
            # A star belongs to the word before it; the owner's s of English is no word of its own.
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
    """Runs of letters, digits and the marks that belong to a letter."""
    spaced = "".join(sign if category(sign)[0] in "LMN" else " " for sign in text)
    return tuple(word[:MAX_WORD_LENGTH] for word in spaced.split() if category(word[0])[0] != "M")


def _json(clauses: tuple[tuple[Phrase, ...], ...]) -> str:
    return json.dumps(
        [[{"words": phrase.words, "prefix": phrase.prefix} for phrase in clause] for clause in clauses],
        ensure_ascii=False,
    )
