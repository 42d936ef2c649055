"""Scores how well a record matches a query, from 0 to 100, and decides whether it is an unambiguous match."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from app.reconcile.entities import Entity

#: Minimum score of a candidate, minimum score of a match, and minimum difference between the scores of a match and the
#: next candidate.
LEAST, MATCH, CLEAR = 35.0, 95.0, 5.0
#: Factors for the similarity of names compared as a whole, and compared word by word.
WHOLE, WORDS = 0.93, 0.85
#: Weight of a query's properties in the score.
PROPERTIES_WEIGHT = 0.3

_STOP_WORDS = frozenset({"the", "of", "and", "for", "in", "on", "to"})
_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Normalize a name: lower case, without accents and punctuation, words separated by single spaces."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return _WORDS.sub(" ", bare.casefold()).strip()


@dataclass(frozen=True, slots=True)
class ScoredRecord:
    """A record with its score and the features that determine the score."""

    entity: Entity
    score: float
    features: dict[str, float | bool]


def score(entity: Entity, text: str | None, properties: Sequence[tuple[str, Sequence[object]]]) -> ScoredRecord | None:
    """Score a record for a text and properties; None if the score is below `LEAST`.

    A matching identifier (id, slug, code, `scheme:value`, or a property that is a scheme) alone gives 100.
    """
    features: dict[str, float | bool] = {}
    total = 100.0
    decided = False
    if text is not None:
        decided = text in (entity.id, entity.slug, *entity.of("code"))
        decided = decided or text.partition(":")[2] in entity.identifiers.get(text.partition(":")[0], ())
        total = 100.0 if decided else name_score(text, entity.names)
        features["name"] = round(total, 1)
        features["exact_name"] = text in entity.names
    if properties:
        fits = [_fit(entity, name, values) for name, values in properties]
        features |= {f"property_{name}": round(fit, 1) for (name, _), fit in zip(properties, fits, strict=True)}
        decided = decided or any(
            fit == 100 and name in entity.identifiers for (name, _), fit in zip(properties, fits, strict=True)
        )
        total = total * (1 - PROPERTIES_WEIGHT) + sum(fits) / len(fits) * PROPERTIES_WEIGHT
    if decided:
        total = 100.0
    return ScoredRecord(entity, round(total, 1), features) if total >= LEAST else None


def name_score(text: str, names: list[str]) -> float:
    """Score a text against names: 100 = equal; 98 = equal except for case, accents and punctuation; 95 = equal except
    for the order of words; lower = similar."""
    if text in names:
        return 100.0
    query = fold(text)
    known = [folded for name in names if (folded := fold(name))]
    if not query or not known:
        return 0.0
    return max(folded_score(query, name) for name in known)


def folded_score(query: str, name: str) -> float:
    """Score a text against one name, both folded; at most 98."""
    if query == name:
        return 98.0
    if sorted(query.split()) == sorted(name.split()):
        return 95.0
    # For queries such as a surname alone: compare each word of the query with the most similar word of the name.
    words = [max(fuzz.ratio(word, other) for other in name.split()) for word in query.split()]
    return _likeness(words_ratio(query, name), words)


def mutual_score(one: str, other: str, least: float) -> tuple[float, float]:
    """Score two folded names against each other, symmetrically, so that a part of a name does not match the whole name.

    Returns the score, and the similarity of the word with the least similar counterpart in the other name. If the
    similarity as a whole is below `least`, the names are not compared word by word, and the second value is 0."""
    whole = words_ratio(one, other)
    if whole < least:
        return whole * WHOLE, 0.0
    words, others = _significant_words(one), _significant_words(other)
    if sorted(words) == sorted(others):
        return 95.0, 100.0
    ratios = [[fuzz.ratio(word, another) for another in others] for word in words]
    best, best_of_others = [max(row) for row in ratios], [max(column) for column in zip(*ratios, strict=True)]
    return min(_likeness(whole, best), _likeness(whole, best_of_others)), min(*best, *best_of_others)


def _significant_words(name: str) -> list[str]:
    """Return the words of a name without stop words, or all its words if all are stop words."""
    words = name.split()
    return [word for word in words if word not in _STOP_WORDS] or words


def words_ratio(one: str, other: str) -> float:
    """Return the similarity of two folded names (0 to 100), regardless of the order of words."""
    return fuzz.token_sort_ratio(one, other)


def is_like(ordered: str, other: str, least: float) -> bool:
    """Whether `words_ratio` is at least `least`, for names whose words are sorted. This test takes a tenth of the
    time."""
    return fuzz.ratio(ordered, other, score_cutoff=least) > 0


def _likeness(whole: float, words: list[float]) -> float:
    return max(whole * WHOLE, sum(words) / len(words) * WORDS)


def _fit(entity: Entity, name: str, requested: Sequence[object]) -> float:
    """Score requested values of a property: 100 if the record has one of the values, less if it has a similar value."""
    known = [
        fold(str(part))
        for value in entity.of(name)
        for part in (value.values() if isinstance(value, dict) else [value])
    ]
    if not known or not requested:
        return 0.0
    best = 0.0
    for value in requested:
        given = value.get("id") or value.get("name") if isinstance(value, dict) else value
        text = fold(str(given))
        # Codes and identifiers must be equal; descriptions of a post may be more or less detailed.
        best = max(best, 100.0 if text in known else 0.0)
        if name in ("post", "summary", "names") and text:
            best = max(best, *(fuzz.token_set_ratio(text, other) * 0.9 for other in known))
        if isinstance(value, dict) and any(
            isinstance(one, dict) and one["id"] == value["id"] for one in entity.of(name)
        ):
            best = 100.0
    return best


def rank_candidates(found: list[ScoredRecord], limit: int) -> list[tuple[ScoredRecord, bool]]:
    """Sort candidates by score, best first, each with a flag for a match. Only the first candidate can be a match: its
    score must be at least `MATCH`, and the next score must be at least `CLEAR` lower."""
    order = sorted(found, key=lambda one: (-one.score, one.entity.id))
    is_clear = len(order) < 2 or order[0].score - order[1].score >= CLEAR
    return [(one, place == 0 and one.score >= MATCH and is_clear) for place, one in enumerate(order[:limit])]
