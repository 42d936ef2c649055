"""Words of texts: similarity, word difference, and the passages that two texts share.

Words are compared without regard to case and to punctuation at their ends. A word is written as one character, so that
rapidfuzz compares words as fast as letters."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.distance import Indel

#: Scripts that are written without spaces: each character is a word. Thai to Myanmar, Khmer, kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")

#: Number of words of a shingle, and of the shortest shared passage.
SHINGLE = 5
#: Maximum number of shared passages.
PASSAGES = 5


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in the form in which they are compared, and the place of each in the text."""

    text: str
    forms: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def slice(self, start: int, end: int) -> str:
        """The text from word `start` up to, but not including, word `end`."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]]


def split_words(text: str) -> Words:
    """Split a text into words. Punctuation between two spaces, such as a dash, is no word."""
    found = [(_EDGE.sub("", match[0]).casefold(), match.span()) for match in _WORD.finditer(text)]
    found = [(form, span) for form, span in found if form]
    return Words(text, tuple(form for form, _ in found), tuple(span for _, span in found))


@dataclass(slots=True)
class WordCodes:
    """Gives each word a character of its own."""

    _codes: dict[str, str] = field(default_factory=dict)

    def encode(self, forms: Iterable[str]) -> str:
        return "".join(self._code(form) for form in forms)

    def _code(self, form: str) -> str:
        if form not in self._codes:
            number = len(self._codes) + 1
            # Surrogates are no characters.
            self._codes[form] = chr(number if number < 0xD800 else number + 0x800)
        return self._codes[form]


def similarity(first: Words, second: Words) -> float:
    """The similarity of two texts, from 0 to 1: twice the length of the longest common subsequence of words, divided by the
    number of words of both. Texts without words are equal."""
    codes = WordCodes()
    return float(Indel.normalized_similarity(codes.encode(first.forms), codes.encode(second.forms)))


def word_difference(first: Words, second: Words) -> list[dict[str, str]]:
    """The words that both texts have, that only the first has (`removed`), and that only the second has (`added`), in order."""
    codes = WordCodes()
    found: list[dict[str, str]] = []
    removed: list[str] = []
    added: list[str] = []
    for step in Indel.opcodes(codes.encode(first.forms), codes.encode(second.forms)):
        if step.tag == "insert":
            added.append(second.slice(step.dest_start, step.dest_end))
        elif step.tag == "delete":
            removed.append(first.slice(step.src_start, step.src_end))
        else:
            found += _runs(removed, added)
            removed, added = [], []
            found.append({"change": "same", "text": second.slice(step.dest_start, step.dest_end)})
    return found + _runs(removed, added)


def _runs(removed: Sequence[str], added: Sequence[str]) -> list[dict[str, str]]:
    """The words between two words that both texts have, the removed words first."""
    both = {"removed": " ".join(removed), "added": " ".join(added)}
    return [{"change": change, "text": text} for change, text in both.items() if text]


def shingles(texts: Iterable[Words]) -> set[tuple[str, ...]]:
    """All sequences of five words within one point."""
    return {words.forms[start : start + SHINGLE] for words in texts for start in range(len(words.forms) - SHINGLE + 1)}


class _SuffixAutomaton:
    """All sequences of words of a text, with the end of the first occurrence of each.

    It finds the longest shared passages in a time that grows linearly with the texts, also if they repeat themselves."""

    def __init__(self, forms: Sequence[str | None]) -> None:
        self._next: list[dict[str | None, int]] = [{}]
        self._link, self._length, self._end = [-1], [0], [-1]
        last = 0
        for end, form in enumerate(forms):
            last = self._extend(last, form, end)

    def _add(self, following: dict[str | None, int], length: int, link: int, end: int) -> int:
        self._next.append(following)
        self._length.append(length)
        self._link.append(link)
        self._end.append(end)
        return len(self._next) - 1

    def _extend(self, last: int, form: str | None, end: int) -> int:
        new = self._add({}, self._length[last] + 1, 0, end)
        state = last
        while state >= 0 and form not in self._next[state]:
            self._next[state][form] = new
            state = self._link[state]
        if state >= 0:
            target = self._next[state][form]
            if self._length[target] != self._length[state] + 1:
                copy = self._add(
                    dict(self._next[target]), self._length[state] + 1, self._link[target], self._end[target]
                )
                while state >= 0 and self._next[state].get(form) == target:
                    self._next[state][form] = copy
                    state = self._link[state]
                self._link[target] = copy
                target = copy
            self._link[new] = target
        return new

    def matches(self, forms: Sequence[str | None]) -> list[tuple[int, int]]:
        """For each word, the length of the longest shared passage that ends with it, and where the passage ends in the text
        of the automaton."""
        found: list[tuple[int, int]] = []
        state = length = 0
        for form in forms:
            while state > 0 and form not in self._next[state]:
                state = self._link[state]
                length = self._length[state]
            if form is not None and form in self._next[state]:
                state = self._next[state][form]
                length += 1
            else:
                state = length = 0
            found.append((length, self._end[state]))
        return found


def shared_passages(left: Sequence[Words], right: Sequence[Words]) -> list[dict[str, Any]]:
    """The longest passages of five words and more that both texts have, as `text`, `words` and the numbers of the points
    `left` and `right`. Passages end with their point, and do not overlap in the right text."""
    former, later = _join(left), _join(right)
    lengths = _SuffixAutomaton([form for form, _, _ in former]).matches([form for form, _, _ in later])
    ends = [
        end
        for end, (length, _) in enumerate(lengths)
        if length >= SHINGLE and (end + 1 == len(lengths) or lengths[end + 1][0] <= length)
    ]
    found: list[dict[str, Any]] = []
    used: set[int] = set()
    for end in sorted(ends, key=lambda end: (-lengths[end][0], end)):
        length, place = lengths[end]
        start = end - length + 1
        # The passages that were found before are not shorter, so an overlap includes the first or the last word.
        if start in used or end in used:
            continue
        used |= set(range(start, end + 1))
        _, point, last = later[end]
        text = right[point].slice(last - length + 1, last + 1)
        found.append({"text": text, "words": length, "left": former[place][1], "right": point})
        if len(found) == PASSAGES:
            break
    return found


def _join(texts: Sequence[Words]) -> list[tuple[str | None, int, int]]:
    """All words with the number of the text and the place in it. None separates the texts."""
    found: list[tuple[str | None, int, int]] = []
    for number, words in enumerate(texts):
        found += [(form, number, place) for place, form in enumerate(words.forms)]
        found.append((None, number, len(words.forms)))
    return found
