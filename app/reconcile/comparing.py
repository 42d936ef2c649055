"""Scores how likely two records are duplicates, from 0 to 100, and gives the reasons, which a person can check.

The base score comes from a shared identifier or address, or else from the similarity of the names. Each fact that agrees moves the
score towards 100; each fact that contradicts subtracts points. A fact that only one record has does not count.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.db.vocabulary_values import LOCAL_SCHEMES
from app.reconcile.entities import Entity
from app.reconcile.fact_comparison import COMPARED_FACTS, kilometres
from app.reconcile.names import PreparedNames
from app.reconcile.scoring import is_like, mutual_score

#: Pairs with a lower score are not candidates.
LEAST = 35.0
#: Base scores for an equal identifier, an equal address and equal names. If the names are only similar, `STEEPNESS`
#: points are subtracted from the score for equal names for each point of similarity below 100.
IDENTIFIER, ADDRESS, NAME, STEEPNESS = 95.0, 92.0, 90.0, 1.8
#: Points subtracted if the names differ although an identifier is equal, and if they differ although an address is
#: equal. Different records can have the same address, for example that of a home page.
OTHER_NAME, OTHER_TITLE = 10.0, 25.0
#: For each fact that agrees, the fraction of the distance to 100 that is added to the score.
AGREES = {
    "date": 0.35,
    "point": 0.4,
    "country": 0.2,
    "party": 0.2,
    "parties": 0.2,
    "publisher": 0.15,
    "part_of": 0.15,
    "process": 0.1,
}
#: If a word is less than `ODD_WORD` similar to every word of the other name, the similarity of the names is capped at
#: `WITH_ODD_WORD`.
ODD_WORD, WITH_ODD_WORD = 60.0, 72.0
#: Names whose similarity as a whole is lower are not compared word by word, because that takes ten times as long.
ROUGHLY = 70.0
#: Similarity of names that differ only in script.
TRANSLITERATED = 96.0
#: Distances in kilometres: points up to `NEAR` apart agree, points more than `FAR` apart contradict each other.
NEAR, FAR = 5.0, 50.0
#: Points subtracted for each fact that contradicts.
WEIGHTS = {
    "external_id": 32.0, "country": 25.0, "kind": 15.0, "date": 30.0, "publisher": 30.0, "url": 20.0, "party": 15.0,
    "point": 30.0, "number": 30.0, "talk": 30.0, "part_of": 10.0,
}  # fmt: skip
_ROMAN = re.compile(r"x{0,3}(ix|iv|v?i{0,3})")


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact for or against a duplicate, with an explanation and the values of both records."""

    fact: str
    supports: bool
    text: str
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameSimilarity:
    """The similarity of the names of two records, the most similar pair of names, and the numbers in these two
    names."""

    score: float
    left: str
    right: str
    numbers: tuple[tuple[str, ...], tuple[str, ...]]


def may_be_similar(left: PreparedNames, right: PreparedNames) -> bool:
    """Return whether any names of the two records are similar enough for a closer comparison. This test is fast."""
    return any(is_like(one, other, ROUGHLY) for one in left.ordered for other in right.ordered)


def compare_names(left: PreparedNames, right: PreparedNames) -> NameSimilarity:
    """Find the most similar names of two records. The measure is symmetric, so that a part of a name does not match the
    whole name."""
    best = NameSimilarity(-1.0, "", "", ((), ()))
    for n, text in enumerate(left.texts):
        for m, other in enumerate(right.texts):
            score = _score(text, left.folded[n], left.latin[n], other, right.folded[m], right.latin[m])
            if score > best.score:
                best = NameSimilarity(score, text, other, (_numbers(left.latin[n]), _numbers(right.latin[m])))
    return best


def _score(text: str, folded: str, latin_text: str, other: str, other_folded: str, other_latin: str) -> float:
    if text == other:
        return 100.0
    if folded and folded == other_folded:
        return 98.0
    if not latin_text or not other_latin:
        return 0.0
    if latin_text == other_latin:
        return TRANSLITERATED
    score, odd = mutual_score(latin_text, other_latin, ROUGHLY)
    return min(score, WITH_ODD_WORD) if odd < ODD_WORD else score


def _numbers(name: str) -> tuple[str, ...]:
    """Return the numbers in a name, including Roman ones: "Protocol II" is not "Protocol III"."""
    words = name.split()
    return tuple(sorted(word for word in words if word.isdecimal() or (len(words) > 1 and _ROMAN.fullmatch(word))))


def compare(left: Entity, right: Entity, together: str | None, names: NameSimilarity) -> tuple[float, list[Reason]]:
    """Return the score of two records of one collection, with the reasons for the score.

    `together` is the slug of a talk in which both records took part; None if there is no such talk."""
    reasons: list[Reason] = []
    shared = [
        f"{scheme}:{value}"
        for scheme, values in sorted(left.identifiers.items())
        if scheme not in LOCAL_SCHEMES
        for value in values
        if value in right.identifiers.get(scheme, ())
    ]
    urls = {_bare(url) for url in left.of("url")} & {_bare(url) for url in right.of("url")}
    score = NAME - STEEPNESS * (100 - names.score)
    has_similar_name = score >= LEAST
    if urls:
        score = max(score, ADDRESS)
        reasons.append(Reason("url", True, "Both have the same address.", _texts(left, "url"), _texts(right, "url")))
    if shared:
        score = max(score, IDENTIFIER)
        reasons.append(Reason("external_id", True, f"Both have {', '.join(shared)}."))
    if has_similar_name or shared or urls:
        reasons.append(_about_names(names, has_similar_name))
        score -= 0 if has_similar_name else OTHER_NAME if shared else OTHER_TITLE
    if has_similar_name and names.numbers[0] != names.numbers[1]:
        text = "The numbers in their names differ."
        reasons.append(Reason("number", False, text, *names.numbers))
    reasons += _others(left, right, bool(shared), bool(urls), together)
    for reason in reasons:
        if reason.supports:
            score += (100 - score) * AGREES.get(reason.fact, 0.0)
    score -= sum(WEIGHTS.get(reason.fact, 0.0) for reason in reasons if not reason.supports)
    return round(min(max(score, 0.0), 100.0), 1), reasons


def _about_names(names: NameSimilarity, is_alike: bool) -> Reason:
    how = "They have the same name." if names.score >= 100 else (
        "Their names are the same except for case, accents and punctuation." if names.score >= 98
        else "Their names are the same in another script." if names.score == TRANSLITERATED
        else "Their names have the same words." if names.score == 95
        else f"Their names are similar ({names.score:.0f} of 100)." if is_alike
        else "Their names differ."
    )  # fmt: skip
    return Reason("name", is_alike, how, (names.left,), (names.right,))


def _others(left: Entity, right: Entity, is_shared: bool, same_url: bool, together: str | None) -> Iterator[Reason]:
    if not is_shared:
        yield from _schemes(left, right)
    for fact, words, is_same in COMPARED_FACTS:
        mine, others = left.of(fact), right.of(fact)
        if not mine or not others or (fact == "url" and same_url):
            continue
        agrees = is_same(mine, others)
        if agrees is not None:
            yield Reason(fact, agrees, words[0] if agrees else words[1], _texts(left, fact), _texts(right, fact))
    if left.of("lat") and right.of("lat"):
        yield from _points(left, right)
    if together is not None:
        yield Reason("talk", False, f"Both took part in the talk {together}.")


def _schemes(left: Entity, right: Entity) -> Iterator[Reason]:
    """Yield a reason against a duplicate if a data set has different identifiers for the two records."""
    apart = sorted((left.identifiers.keys() & right.identifiers.keys()) - LOCAL_SCHEMES)
    if apart:
        mine, others = (
            tuple(f"{scheme}:{value}" for scheme in apart for value in one.identifiers[scheme]) for one in (left, right)
        )
        text = f"They have different identifiers in {', '.join(apart)}."
        yield Reason("external_id", False, text, mine, others)


def _points(left: Entity, right: Entity) -> Iterator[Reason]:
    apart = kilometres(*(float(one.of(name)[0]) for one in (left, right) for name in ("lat", "lon")))
    points = [(f"{one.of('lat')[0]}, {one.of('lon')[0]}",) for one in (left, right)]
    if apart <= NEAR:
        yield Reason("point", True, f"Their points are {apart:.1f} km apart.", *points)
    elif apart > FAR:
        yield Reason("point", False, f"Their points are {apart:,.0f} km apart.", *points)


def _bare(url: str) -> str:
    """Return an address without scheme, `www.`, fragment and final slash, as `app.reconcile.pairing` does in SQL."""
    return re.sub(r"^https?://(www\.)?|#.*$|/+$", "", url.lower())


def _texts(entity: Entity, fact: str) -> tuple[str, ...]:
    """Return the values of a fact as text. A reference to a record is given as the slug, a date as it was written."""
    return tuple(
        (value["text"] if "text" in value else value["id"].partition("/")[2]) if isinstance(value, dict) else str(value)
        for value in entity.of(fact)
    )
