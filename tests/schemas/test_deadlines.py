"""Lists of deadlines: keys are made, chains are checked, and each refusal says what would be right."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.schemas.deadlines import Deadlines

ADAPTER: TypeAdapter[Any] = TypeAdapter(Deadlines)
DAY = "2031-03-29"


def refusals(*rows: dict[str, Any]) -> list[str]:
    try:
        ADAPTER.validate_python(list(rows))
    except ValidationError as refused:
        return [error["msg"] for error in refused.errors()]
    return []


def keys(*days: str) -> list[str]:
    return [row.key for row in ADAPTER.validate_python([{"on": day} for day in days])]


def test_a_body_of_before_is_accepted_and_gets_keys() -> None:
    assert keys("2015-06-30", "2015", "2015~", "..", "2015-06-30/2015-07-02") == [
        "deadline-2015-06-30",
        "deadline-2015",
        "deadline-2015-2",
        "deadline",
        "deadline-2015-06-30-2015-07-02",
    ]
    before = {"on": "2015-06-30", "set_by": "p5-plus-1", "note": "extended to 7 July"}
    (row,) = ADAPTER.validate_python([before])
    assert json.loads(row.model_dump_json(exclude_none=True)) == {"key": "deadline-2015-06-30", **before}


def test_a_made_key_can_be_named() -> None:
    assert refusals({"on": DAY}, {"on": "2031-04-12", "replaces": f"deadline-{DAY}"}) == []
    assert refusals({"on": "2031-04-12", "replaces": f"deadline-{DAY}"}, {"on": DAY}) == []


@pytest.mark.parametrize("zone", ["Europe/Vienna", "UTC", "+02:00", "-03:30", "+14:00", "-14:00"])
def test_zones_are_names_or_offsets(zone: str) -> None:
    assert refusals({"on": DAY, "time": "00:00", "zone": zone}) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"time": "23:00"}, "`time` (23:00) requires `zone`"),
        ({"zone": "UTC"}, "`zone` (UTC) requires `time`"),
        ({"time": "24:00", "zone": "UTC"}, "'24:00' is not a time of day"),
        ({"time": "9:00", "zone": "UTC"}, "00:00 to 23:59"),
        ({"time": "23:00:00", "zone": "UTC"}, "is not a time of day"),
        ({"time": "23:00", "zone": "Europe/Wien"}, "a similar name is 'Europe/Vienna'"),
        ({"time": "23:00", "zone": "+15:00"}, "is not a time zone"),
        ({"time": "23:00", "zone": "+14:30"}, "is not a time zone"),
        ({"time": "23:00", "zone": "../etc/passwd"}, "is not a time zone"),
        ({"time": "23:00", "zone": "UTC", "on": "2031-03"}, "requires a single day; `on` is '2031-03'"),
        ({"set_on": "2031-03-30"}, "`set_on` ('2031-03-30') is after `on` ('2031-03-29')"),
        ({"set_on": "soon"}, "is not a date"),
        ({"key": "k", "replaces": "k"}, "Entry 1 ('k') replaces itself"),
        ({"replaces": "x"}, "no deadline has this key; the list has no other deadline."),
    ],
)
def test_a_deadline_that_contradicts_itself_is_refused(row: dict[str, Any], words: str) -> None:
    (message,) = refusals({"on": DAY, **row})
    assert words in message


def test_a_chain_that_cannot_be_is_refused() -> None:
    (unknown,) = refusals({"key": "a", "on": DAY}, {"key": "b", "on": DAY, "replaces": "c"})
    assert unknown == "Entry 2 ('b') replaces 'c', and no deadline has this key; the keys are a."
    (repeated,) = refusals({"key": "a", "on": DAY}, {"key": "a", "on": DAY})
    assert "The key 'a' is used twice" in repeated
    (later,) = refusals(
        {"key": "a", "on": DAY, "set_on": "2031-02"}, {"key": "b", "on": DAY, "set_on": "2031-01-31", "replaces": "a"}
    )
    assert "was set on '2031-01-31' and replaces 'a', which was set later ('2031-02')" in later
    # It may have been set before: the day of one of them is not certain.
    assert not refusals(
        {"key": "a", "on": DAY, "set_on": "2031-02"}, {"key": "b", "on": DAY, "set_on": "2031-02-01", "replaces": "a"}
    )
    rows = [{"key": one, "on": DAY, "replaces": other} for one, other in ("ab", "bc", "ca")]
    (circle,) = refusals(*rows)
    assert circle == "Entry 1 ('a') replaces 'b', which replaces it in turn; correct one of them."
    # A deadline that leads into a circle is not part of it.
    (beside,) = refusals({"key": "d", "on": DAY, "replaces": "a"}, *rows)
    assert "Entry 2 ('a')" in beside


def test_one_deadline_may_be_replaced_by_several() -> None:
    rows = [{"key": "a", "on": DAY}, *({"key": key, "on": DAY, "replaces": "a"} for key in "bc")]
    assert refusals(*rows) == []
