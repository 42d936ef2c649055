"""Values that no body expects, and how one gets into a body."""

import copy
from typing import Any

ODD: list[Any] = [
    None,
    "",
    " ",
    0,
    -1,
    2**70,
    1.5,
    float("nan"),
    True,
    [],
    {},
    [[]],
    [None],
    {"": None},
    "a\x00b",
    "\ud800",
    "x" * 30_000,
    "russia",
    "wikidata:Q212",
    "wikidata:",
    ":",
    "/",
    "talks/",
    "talks/istanbul",
    "nothing/x",
    "2025-13-01",
    "..",
    "9999",
    "0001-01-01",
    "P30D",
    "00000000-0000-0000-0000-000000000000",
    "%",
    "'",
    '"; DROP TABLE head; --',
    ["russia", "russia"],
    [{"party": "russia"}],
    [{"key": "a"}, {"key": "a"}],
    "istanbul",
    "memorandum",
    "option-1",
    "TERR.LINE",
    "terr",
]


def places_in(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of each value inside, outer ones first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, item in items for place in ((*way, name), *places_in(item, (*way, name)))]


def with_value(body: dict[str, Any], place: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    """A copy of the body with this value at the place."""
    body = copy.deepcopy(body)
    inner: Any = body
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = odd
    return body
