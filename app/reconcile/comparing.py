"""How likely two records are one: a score from 0 to 100, and the reasons, for a person to check.

An identifier or address that both have, or else how alike the names are, gives the score to begin with. Each fact that
agrees brings it nearer to 100, each that contradicts takes points away. What only one of the two says counts for neither.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.db.vocabulary_values import LOCAL_SCHEMES
from app.reconcile.entities import Entity
from app.reconcile.pairing import Names
from app.reconcile.scoring import fold, is_like, mutual_score

#: Scores under it are no candidates.
LEAST = 35.0
#: The score to begin with: of an equal identifier, of an equal address, of equal names; and what each point takes that
#: names are less than equal.
IDENTIFIER, ADDRESS, NAME, STEEPNESS = 95.0, 92.0, 90.0, 1.8
#: What names that differ take, where an identifier is the same; and where an address is, which may be a home page.
OTHER_NAME, OTHER_TITLE = 10.0, 25.0
#: How much of what lacks to 100 a fact that agrees adds.
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
#: Names with a word that is like none of the other's are no more alike than this, however much the rest is.
ODD_WORD, WITH_ODD_WORD = 60.0, 72.0
#: Names less alike as a whole are not compared word by word, which takes ten times as long.
ROUGHLY = 70.0
#: Names that differ but for the script.
TRANSLITERATED = 96.0
#: Kilometres up to which two points are one place, and from which on they are two.
NEAR, FAR = 5.0, 50.0
#: Points that a contradiction takes.
WEIGHTS = {
    "external_id": 32.0, "country": 25.0, "kind": 15.0, "date": 30.0, "publisher": 30.0, "url": 20.0, "party": 15.0,
    "point": 30.0, "number": 30.0, "talk": 30.0, "part_of": 10.0,
}  # fmt: skip
_ROMAN = re.compile(r"x{0,3}(ix|iv|v?i{0,3})")


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact that speaks for or against: in words, with what each of the two says."""

    fact: str
    supports: bool
    text: str
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """How alike two records' names are, and the two that are most so."""

    score: float
    left: str
    right: str
    numbers: tuple[tuple[str, ...], tuple[str, ...]]


def may_be_alike(left: Names, right: Names) -> bool:
    """Whether any of their names are near enough to be looked at closely."""
    return any(is_like(one, other, ROUGHLY) for one in left.ordered for other in right.ordered)


def alike(left: Names, right: Names) -> Alike:
    """The two names that are most alike. Both ways count: a part of a name is not the name."""
    best = Alike(-1.0, "", "", ((), ()))
    for n, text in enumerate(left.texts):
        for m, other in enumerate(right.texts):
            score = _score(text, left.folded[n], left.latin[n], other, right.folded[m], right.latin[m])
            if score > best.score:
                best = Alike(score, text, other, (_numbers(left.latin[n]), _numbers(right.latin[m])))
    return best


def _score(text: str, folded: str, spelt: str, other: str, other_folded: str, other_spelt: str) -> float:
    if text == other:
        return 100.0
    if folded and folded == other_folded:
        return 98.0
    if not spelt or not other_spelt:
        return 0.0
    if spelt == other_spelt:
        return TRANSLITERATED
    score, odd = mutual_score(spelt, other_spelt, ROUGHLY)
    return min(score, WITH_ODD_WORD) if odd < ODD_WORD else score


def _numbers(name: str) -> tuple[str, ...]:
    """The numbers in a name, Roman ones too: "Protocol II" is not "Protocol III"."""
    words = name.split()
    return tuple(sorted(word for word in words if word.isdecimal() or (len(words) > 1 and _ROMAN.fullmatch(word))))


def compare(left: Entity, right: Entity, together: str | None, names: Alike) -> tuple[float, list[Reason]]:
    """The score of two records of one collection, and what it is made of. `together`: a talk in which both took part."""
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
    is_named_alike = score >= LEAST
    if urls:
        score = max(score, ADDRESS)
        reasons.append(Reason("url", True, "Both have the same address.", _texts(left, "url"), _texts(right, "url")))
    if shared:
        score = max(score, IDENTIFIER)
        reasons.append(Reason("external_id", True, f"Both have {', '.join(shared)}."))
    if is_named_alike or shared or urls:
        reasons.append(_about_names(names, is_named_alike))
        score -= 0 if is_named_alike else OTHER_NAME if shared else OTHER_TITLE
    if is_named_alike and names.numbers[0] != names.numbers[1]:
        text = "The numbers in their names differ."
        reasons.append(Reason("number", False, text, *names.numbers))
    reasons += _others(left, right, bool(shared), bool(urls), together)
    for reason in reasons:
        if reason.supports:
            score += (100 - score) * AGREES.get(reason.fact, 0.0)
    score -= sum(WEIGHTS.get(reason.fact, 0.0) for reason in reasons if not reason.supports)
    return round(min(max(score, 0.0), 100.0), 1), reasons


def _about_names(names: Alike, is_alike: bool) -> Reason:
    how = "They have the same name." if names.score >= 100 else (
        "Their names are the same but for case, accents and signs." if names.score >= 98
        else "Their names are the same in another script." if names.score == TRANSLITERATED
        else "Their names have the same words." if names.score == 95
        else f"Their names are alike ({names.score:.0f} of 100)." if is_alike
        else "Their names differ."
    )  # fmt: skip
    return Reason("name", is_alike, how, (names.left,), (names.right,))


def _others(left: Entity, right: Entity, is_shared: bool, same_url: bool, together: str | None) -> Iterator[Reason]:
    if not is_shared:
        yield from _schemes(left, right)
    for fact, words, is_same in _COMPARED:
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
    """One data set that has two identifiers for them takes them for two."""
    apart = sorted((left.identifiers.keys() & right.identifiers.keys()) - LOCAL_SCHEMES)
    if apart:
        mine, others = (
            tuple(f"{scheme}:{value}" for scheme in apart for value in one.identifiers[scheme]) for one in (left, right)
        )
        yield Reason("external_id", False, f"{', '.join(apart)} has two identifiers for them.", mine, others)


def _points(left: Entity, right: Entity) -> Iterator[Reason]:
    apart = _kilometres(*(float(one.of(name)[0]) for one in (left, right) for name in ("lat", "lon")))
    points = [(f"{one.of('lat')[0]}, {one.of('lon')[0]}",) for one in (left, right)]
    if apart <= NEAR:
        yield Reason("point", True, f"Their points are {apart:.1f} km apart.", *points)
    elif apart > FAR:
        yield Reason("point", False, f"Their points are {apart:,.0f} km apart.", *points)


def _kilometres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The distance of two points on the globe (haversine)."""
    lat, lon, other_lat, other_lon = map(math.radians, (lat, lon, other_lat, other_lon))
    half = (
        math.sin((other_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, half)))


def _overlap(mine: list[Any], others: list[Any]) -> bool:
    return bool({key for one in mine for key in _keys(one)} & {key for one in others for key in _keys(one)})


def _may_overlap(mine: list[Any], others: list[Any]) -> bool | None:
    """Nothing where they do not: another data set has records of its own for the same parties and processes."""
    return _overlap(mine, others) or None


def _same_kind(mine: list[Any], others: list[Any]) -> bool | None:
    """Nothing where one is `other`, and where both are the same, which many are."""
    if mine == others or "other" in (mine[0], others[0]):
        return None
    # Data sets differ in which of these two they speak of.
    return None if {mine[0], others[0]} == {"state", "government"} else False


def _days_meet(mine: list[Any], others: list[Any]) -> bool | None:
    """False where the two cannot be one day; nothing where they might be, but a month or a year is all that is known."""
    (one,), (other,) = mine, others
    if (one["from"] or "") > (other["to"] or "9999") or (other["from"] or "") > (one["to"] or "9999"):
        return False
    return True if one["from"] == one["to"] == other["from"] == other["to"] else None


def _keys(value: Any) -> tuple[str, ...]:
    """By what a value is known again: a record also by its name, of which there may be a duplicate too."""
    return (str(value["id"]), fold(str(value["name"]))) if isinstance(value, dict) else (fold(str(value)),)


def _bare(url: str) -> str:
    """An address without its scheme, `www.`, fragment and final slash, as the pairing has it."""
    return re.sub(r"^https?://(www\.)?|#.*$|/+$", "", url.lower())


#: Fact, what is said where it agrees and where it contradicts, and how that is found out (None: neither).
_COMPARED: tuple[tuple[str, tuple[str, str], Callable[[list[Any], list[Any]], bool | None]], ...] = (
    ("country", ("They share a country.", "They belong to different countries."), _overlap),
    ("kind", ("", "They are of different kinds."), _same_kind),
    ("date", ("They have the same date.", "Their dates cannot be the same."), _days_meet),
    ("publisher", ("They have the same publisher.", "They have different publishers."), _overlap),
    ("url", ("", "They have different addresses."), _overlap),
    ("party", ("They share a party.", "They belong to different parties."), _overlap),
    ("process", ("They belong to the same process.", ""), _may_overlap),
    ("parties", ("They share a party.", ""), _may_overlap),
    ("part_of", ("They lie in the same place.", "They lie in different places."), _overlap),
)


def _texts(entity: Entity, fact: str) -> tuple[str, ...]:
    """What a record says of a fact, as text: of a record its slug, of a date as it is written."""
    return tuple(
        (value["text"] if "text" in value else value["id"].partition("/")[2]) if isinstance(value, dict) else str(value)
        for value in entity.of(fact)
    )
