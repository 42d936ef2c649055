"""Compares single facts of two records. The result is True if they agree, False if they contradict each other, and
otherwise None."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from app.reconcile.scoring import fold


def kilometres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance of two points in kilometres (haversine formula)."""
    lat, lon, other_lat, other_lon = map(math.radians, (lat, lon, other_lat, other_lon))
    half = (
        math.sin((other_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, half)))


def _overlap(mine: Sequence[object], others: Sequence[object]) -> bool:
    return bool({key for one in mine for key in _keys(one)} & {key for one in others for key in _keys(one)})


def _may_overlap(mine: Sequence[object], others: Sequence[object]) -> bool | None:
    """Return True if the values overlap, otherwise None. Different values do not contradict each other, because two
    data sets may have separate records for the same party or process."""
    return _overlap(mine, others) or None


def _same_kind(mine: Sequence[object], others: Sequence[object]) -> bool | None:
    """Return False if the kinds contradict each other, otherwise None. Equal kinds are too common to count, and `other`
    contradicts no kind."""
    if mine == others or "other" in (mine[0], others[0]):
        return None
    # Data sets differ in whether they code the state or its government.
    return None if {mine[0], others[0]} == {"state", "government"} else False


def _days_meet(mine: list[Any], others: list[Any]) -> bool | None:
    """Return True if both are the same known day, False if they cannot be the same day, and otherwise None."""
    (one,), (other,) = mine, others
    if (one["from"] or "") > (other["to"] or "9999") or (other["from"] or "") > (one["to"] or "9999"):
        return False
    return True if one["from"] == one["to"] == other["from"] == other["to"] else None


def _keys(value: object) -> tuple[str, ...]:
    """Return the keys by which a value is compared. A referenced record is compared by id and by name, because it may
    itself be stored twice."""
    return (str(value["id"]), fold(str(value["name"]))) if isinstance(value, dict) else (fold(str(value)),)


#: For each fact: its name, the two texts (for agreement and for contradiction), and the function that compares the
#: values of two records. The function returns True for agreement, False for contradiction, and otherwise None.
COMPARED_FACTS: tuple[tuple[str, tuple[str, str], Callable[[list[Any], list[Any]], bool | None]], ...] = (
    ("country", ("They share a country.", "They belong to different countries."), _overlap),
    ("kind", ("", "They are of different kinds."), _same_kind),
    ("date", ("They have the same date.", "Their dates cannot be the same."), _days_meet),
    ("publisher", ("They have the same publisher.", "They have different publishers."), _overlap),
    ("url", ("", "They have different addresses."), _overlap),
    ("party", ("They share a party.", "They belong to different parties."), _overlap),
    ("process", ("They belong to the same process.", ""), _may_overlap),
    ("parties", ("They share a party.", ""), _may_overlap),
    ("part_of", ("They are in the same place.", "They are in different places."), _overlap),
)
