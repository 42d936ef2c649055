"""How well a record fits a query: from 0 to 100, and whether it is the one without doubt."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from app.reconcile.entities import Entity

#: Scores under it are no candidates; from MATCH on a candidate is the one, if the next is CLEAR behind.
LEAST, MATCH, CLEAR = 35.0, 95.0, 5.0
#: What names that are alike as a whole, or word by word, score of what equal ones do.
WHOLE, WORDS = 0.93, 0.85
#: Part of the score that the properties of a query decide.
PROPERTIES_WEIGH = 0.3

_UNTOLD = frozenset({"the", "of", "and", "for", "in", "on", "to"})
_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Small letters without accents and punctuation, words apart by one blank."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return _WORDS.sub(" ", bare.casefold()).strip()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record with its score and what the score is made of."""

    entity: Entity
    score: float
    features: dict[str, float | bool]


def score(entity: Entity, text: str | None, properties: list[tuple[str, list[Any]]]) -> Candidate | None:
    """The record as a candidate for a text and properties; None where it does not come near.

    An identifier of the record (its address, slug, `scheme:value`, or a property that is a scheme) decides alone.
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
        total = total * (1 - PROPERTIES_WEIGH) + sum(fits) / len(fits) * PROPERTIES_WEIGH
    if decided:
        total = 100.0
    return Candidate(entity, round(total, 1), features) if total >= LEAST else None


def name_score(text: str, names: list[str]) -> float:
    """100: a name as it stands; 98: but for case, accents and signs; 95: its words in another order; less: alike."""
    if text in names:
        return 100.0
    asked = fold(text)
    known = [folded for name in names if (folded := fold(name))]
    if not asked or not known:
        return 0.0
    return max(folded_score(asked, name) for name in known)


def folded_score(asked: str, name: str) -> float:
    """The same for one name, where both are folded: 98 or less."""
    if asked == name:
        return 98.0
    if sorted(asked.split()) == sorted(name.split()):
        return 95.0
    # A surname alone, or one spelling of it: each word of the query by the word of the name that is most like it.
    words = [max(fuzz.ratio(word, other) for other in name.split()) for word in asked.split()]
    return _likeness(words_ratio(asked, name), words)


def mutual_score(one: str, other: str, least: float) -> tuple[float, float]:
    """How alike two folded names are, where neither is a query and a part of a name is not the name; and how alike the
    word of either is that is least so to all of the other. Without looking at words where all of them are not `least`."""
    whole = words_ratio(one, other)
    if whole < least:
        return whole * WHOLE, 0.0
    words, others = _telling(one), _telling(other)
    if sorted(words) == sorted(others):
        return 95.0, 100.0
    ratios = [[fuzz.ratio(word, another) for another in others] for word in words]
    best, best_of_others = [max(row) for row in ratios], [max(column) for column in zip(*ratios, strict=True)]
    return min(_likeness(whole, best), _likeness(whole, best_of_others)), min(*best, *best_of_others)


def _telling(name: str) -> list[str]:
    """The words of a name, without those that one may as well leave out."""
    words = name.split()
    return [word for word in words if word not in _UNTOLD] or words


def words_ratio(one: str, other: str) -> float:
    """How alike two folded names are (0 to 100), whatever the order of their words."""
    return fuzz.token_sort_ratio(one, other)


def is_like(ordered: str, other: str, least: float) -> bool:
    """Whether that is `least` or more, of names whose words are in order: a tenth of the time."""
    return fuzz.ratio(ordered, other, score_cutoff=least) > 0


def _likeness(whole: float, words: list[float]) -> float:
    return max(whole * WHOLE, sum(words) / len(words) * WORDS)


def _fit(entity: Entity, name: str, asked: list[Any]) -> float:
    """100 where a value asked for is one of the record's, less where it is only like one."""
    known = [
        fold(str(part))
        for value in entity.of(name)
        for part in (value.values() if isinstance(value, dict) else [value])
    ]
    if not known or not asked:
        return 0.0
    best = 0.0
    for value in asked:
        given = value.get("id") or value.get("name") if isinstance(value, dict) else value
        text = fold(str(given))
        # Codes and identifiers are the same or not; words of a post may be told more or less fully.
        best = max(best, 100.0 if text in known else 0.0)
        if name in ("post", "summary", "names") and text:
            best = max(best, *(fuzz.token_set_ratio(text, other) * 0.9 for other in known))
        if isinstance(value, dict) and any(
            isinstance(one, dict) and one["id"] == value["id"] for one in entity.of(name)
        ):
            best = 100.0
    return best


def ranked(found: list[Candidate], limit: int) -> list[tuple[Candidate, bool]]:
    """The best first, with whether it is the one; at most one is, and none where another is nearly as good."""
    order = sorted(found, key=lambda one: (-one.score, one.entity.id))
    is_clear = len(order) < 2 or order[0].score - order[1].score >= CLEAR
    return [(one, place == 0 and one.score >= MATCH and is_clear) for place, one in enumerate(order[:limit])]
