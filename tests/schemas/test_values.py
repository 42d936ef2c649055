"""The values that records hold: what the real material needs fits, what contradicts itself does not."""

import copy
import json
import pickle
from contextlib import suppress
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.db.durations import Duration, add_duration, parse_duration
from app.db.term import Term
from app.db.vocabulary_values import TimingRelation, TriggerEdge
from app.demands.timing import resolve_timing
from app.domain.keys import Ref
from app.domain.texts import Line, Prose, Slug
from app.domain.types import CountryCode, EdtfDate, IsoDuration, Lang
from app.references.vocabularies import VOCABULARIES
from app.schemas.deadlines import DeadlineWrite
from app.schemas.timing import ResolvedOnWrite, TimingWrite, TriggerWrite
from app.schemas.values import Caveat, Quantity

MODELS = (Quantity, TriggerWrite, ResolvedOnWrite, TimingWrite, DeadlineWrite, Caveat)
DURATIONS = st.from_regex(r"\AP([1-9][0-9]{0,5}[YMWD]|[1-9][0-9]{0,3}Y[0-9]{1,2}M[0-9]{1,3}D|T[1-9][0-9]{0,3}H)\Z")

# A busy machine is no fault of the code; a slow example on it proves nothing.
unhurried = settings(deadline=None)


def violations(type_: Any, value: object) -> list[str]:
    try:
        TypeAdapter(type_).validate_python(value)
    except ValidationError as refused:
        return [violation["msg"] for violation in refused.errors()]
    return []


@pytest.mark.parametrize(
    "timing",
    [
        # "30-day ceasefire once the withdrawal begins"
        {
            "relation": "duration_from_trigger",
            "duration_min": "P30D",
            "duration_max": "P30D",
            "trigger": {"text": "start of the withdrawal", "demand": "o1-withdraw", "edge": "start"},
        },
        # "elections within 100 days of lifting martial law": the trigger is no listed demand
        {
            "relation": "within_after_trigger",
            "duration_max": "P100D",
            "trigger": {"text": "lifting of martial law"},
        },
        # "a truce of 24 to 48 hours"
        {
            "relation": "duration_from_trigger",
            "duration_min": "PT24H",
            "duration_max": "PT48H",
            "trigger": {"text": "agreement"},
        },
        # "15 years", start not stated
        {"relation": "duration_from_trigger", "duration_min": "P15Y"},
        {
            "relation": "duration_from_trigger",
            "duration_max": "P6M",
            "is_renewable": True,
            "trigger": {"on": "2014-01-20"},
        },
        {"relation": "by_date", "at": "2025-08-31"},
        {"relation": "from_date", "at": "2016-08-29"},
        {"relation": "step", "step": 3, "at": "2025-06-09/2025-06-15", "trigger": {"text": "step 2"}},
        {"relation": "delay", "duration_min": "P365D", "trigger": {"text": "2014 electoral calendar"}},
        {"relation": "after_trigger", "trigger": {"demand": "g-4", "edge": "completion"}},
        {"relation": "repeats", "every": "P6M"},
        {"relation": "immediate"},
        {"relation": "open"},
        {"relation": "ambiguous", "trigger": {"text": "if “immediate” also governs demobilisation"}},
    ],
)
def test_the_timings_of_real_demands_fit_and_come_back_unchanged(timing: dict[str, object]) -> None:
    kept = TimingWrite.model_validate_json(json.dumps(timing))
    assert json.loads(kept.model_dump_json(exclude_none=True)) == timing


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        ({"relation": "by_date"}, "needs `at`"),
        ({"relation": "within_after_trigger", "duration_min": "P100D"}, "needs `duration_max`"),
        ({"relation": "duration_from_trigger"}, "needs `duration_min` or `duration_max`"),
        ({"relation": "after_trigger"}, "needs a `trigger`"),
        ({"relation": "open", "duration_min": "P2M", "duration_max": "P20D"}, "longer than"),
        ({"relation": "open", "trigger": {"edge": "start"}}, "A trigger needs"),
        ({"relation": "open", "trigger": {"demand": "a", "talk": "b"}}, "keep one of `demand`, `talk`"),
        ({"relation": "open", "every": "P0D"}, "longer than zero"),
        ({"relation": "open", "is_renewable": 1}, "boolean"),
        ({"relation": "open", "when": "soon"}, "Extra inputs"),
    ],
)
def test_a_timing_that_contradicts_itself_is_refused(timing: dict[str, object], words: str) -> None:
    (message,) = violations(TimingWrite, timing)
    assert words in message


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        ({"relation": "within_after_trigger", "duration_max": "P100D", "on": "2025-06-02"}, "2025-09-10"),
        ({"relation": "within_after_trigger", "duration_max": "PT72H", "on": "2025-10-10"}, "2025-10-13"),
        ({"relation": "within_after_trigger", "duration_max": "PT36H", "on": "2025-10-10"}, None),
        ({"relation": "within_after_trigger", "duration_max": "P100D", "on": "2025-06"}, None),
        ({"relation": "within_after_trigger", "duration_max": "P100D", "on": "2025-06-02~"}, None),
        ({"relation": "within_after_trigger", "duration_max": "P100D", "on": None}, None),
        ({"relation": "within_after_trigger", "duration_max": "P9999Y", "on": "2025-06-02"}, None),
        ({"relation": "duration_from_trigger", "duration_max": "P30D", "on": "2025-06-02"}, "2025-07-02"),
        ({"relation": "duration_from_trigger", "duration_max": "P1M", "on": "2025-01-31"}, "2025-02-28"),
        ({"relation": "duration_from_trigger", "duration_max": "P4M", "on": "2015-07-20"}, "2015-11-20"),
        ({"relation": "duration_from_trigger", "duration_min": "P10Y", "on": "2015-07-20"}, None),
        (
            {
                "relation": "duration_from_trigger",
                "duration_min": "PT24H",
                "duration_max": "PT48H",
                "on": "2025-06-02",
            },
            "2025-06-03/2025-06-04",
        ),
        ({"relation": "by_date", "at": "2025-08-31"}, "2025-08-31"),
        ({"relation": "by_date", "at": "2025-08"}, None),
        ({"relation": "from_date", "at": "2016-08-29"}, "2016-08-29"),
        ({"relation": "immediate", "on": "2025-06-02"}, None),
        ({"relation": "delay", "duration_min": "P1Y", "on": "2025-06-02"}, None),
    ],
)
def test_a_calendar_date_is_computed_only_from_a_full_day(timing: dict[str, Any], expected: str | None) -> None:
    on = timing.pop("on", None)
    resolved = resolve_timing(TimingWrite(**timing, trigger=TriggerWrite(text="the trigger", on=on)))
    assert (resolved and resolved.date) == expected
    is_stated = timing["relation"] in ("by_date", "from_date")
    assert resolved is None or resolved.basis == ("stated" if is_stated else "computed")


@unhurried
@given(st.dates(), DURATIONS)
def test_a_computed_day_is_a_later_day_or_none(start: date, text: str) -> None:
    reached = add_duration(start, parse_duration(text))
    assert reached is None or reached > start


@pytest.mark.parametrize("start", ["2025-01-31", "2024-01-31", "2024-12-31", "2025-06-02"])
def test_months_stay_in_the_calendar(start: str) -> None:
    day = date.fromisoformat(start)
    reached = add_duration(day, parse_duration("P1M"))
    assert reached is not None
    assert (reached.year * 12 + reached.month) - (day.year * 12 + day.month) == 1


@unhurried
@given(DURATIONS, DURATIONS)
def test_of_two_durations_at_most_one_is_longer(one: str, other: str) -> None:
    a, b = parse_duration(one), parse_duration(other)
    assert not (a.is_longer_than(b) and b.is_longer_than(a))
    assert not a.is_longer_than(a)


def test_a_duration_keeps_months_and_seconds_apart() -> None:
    assert parse_duration("P1Y2M3DT4H") == Duration(14, 3 * 86_400 + 4 * 3600)
    assert parse_duration("P2W") == parse_duration("PT336H")


@unhurried
@given(st.text())
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_duration(text) != Duration(0, 0)


@pytest.mark.parametrize(
    "text", ["P", "PT", "30D", "P-3D", "P1.5Y", "P1DT", "p3d", "P3D\n", "P٣D", "P1H", "P" + "9" * 9 + "Y"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    (message,) = violations(IsoDuration, text)
    assert "is not a duration" in message


@pytest.mark.parametrize(
    "quantity",
    [
        {"min": 1000, "bound": "at_least", "unit": "person", "of": "prisoners"},
        {"value": 600000, "bound": "at_most", "unit": "person", "by": "ukraine"},
        {"value": 3.67, "unit": "percent", "of": "enrichment"},
        {"value": 600, "unit": "lorry", "per": "P1D"},
        {"min": 24, "max": 48},
        {"text": "to be agreed", "of": "distance"},
        {"value": 0},
        {"value": 5, "min": 2, "bound": "at_most"},
        {"min": 24, "max": 48, "bound": "at_least"},
    ],
)
def test_the_quantities_of_real_demands_fit(quantity: dict[str, object]) -> None:
    assert json.loads(Quantity.model_validate(quantity).model_dump_json(exclude_none=True)) == quantity


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ({"unit": "km"}, "needs `value`, `min`, `max` or `text`"),
        ({"min": 48, "max": 24}, "greater than"),
        ({"value": 60, "min": 24, "max": 48}, "is outside the range"),
        ({"min": 5, "bound": "at_most"}, "`bound` (at_most) contradicts `min` (5); send the number as `max`"),
        ({"max": 5, "bound": "at_least"}, "`bound` (at_least) contradicts `max` (5); send the number as `min`"),
        ({"value": "1000"}, "without quotes"),
        ({"value": True}, "not a number"),
        ({"value": float("nan")}, "must be between"),
        ({"value": float("inf")}, "must be between"),
        ({"value": 10**400}, "must be between"),
        ({"value": 2**53 + 1}, "must be between"),
    ],
)
def test_a_quantity_that_says_nothing_or_too_much_is_refused(quantity: dict[str, object], words: str) -> None:
    (message,) = violations(Quantity, quantity)
    assert words in message


def test_a_caveat_says_what_is_in_doubt() -> None:
    assert violations(Caveat, {"field": "document_date", "confidence": "low"}) == []
    (message,) = violations(Caveat, {"field": "document_date"})
    assert "give at least one" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [("a\x00b", "Character 2 is NUL (U+0000)"), ("\ud83d", "U+D83D"), ("  ", "blank")],
)
@pytest.mark.parametrize("type_", [Line, Prose])
def test_a_text_that_cannot_be_stored_is_refused(type_: Any, text: str, words: str) -> None:
    (message,) = violations(type_, text)
    assert words in message


def test_a_text_is_kept_as_it_was_sent() -> None:
    assert TypeAdapter(Prose).validate_python("  Умєров\r\n😀 {x} ") == "  Умєров\r\n😀 {x} "
    assert violations(Line, "x" * 500) == [] and violations(Line, "x" * 501) != []


@pytest.mark.parametrize("tag", ["uk", "en", "zh-Hant", "pt-BR", "es-419", "crh", "sr-Latn-RS"])
def test_a_language_tag_is_known(tag: str) -> None:
    assert violations(Lang, tag) == []


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("ua", "for Ukrainian use uk"),
        ("ukr", "two-letter code 'uk'"),
        ("EN", "lowercase"),
        ("en-ZZ", "ISO 3166"),
        ("qqq", "not a language code"),
    ],
)
def test_a_language_tag_that_nobody_would_find_is_refused(tag: str, words: str) -> None:
    (message,) = violations(Lang, tag)
    assert words in message


def test_a_country_is_a_code_of_iso_3166_or_kosovo() -> None:
    assert [violations(CountryCode, code) for code in ("UA", "TR", "XK")] == [[], [], []]
    assert all(violations(CountryCode, code) for code in ("UK", "ua", "UKR", "SUHH", "{}", ""))


def test_a_slug_is_small_letters_digits_and_single_hyphens() -> None:
    assert violations(Slug, "istanbul-2025-round-2") == []
    assert all(violations(Slug, slug) for slug in ("", "-a", "a--b", "A", "a\n", "é", "a" * 161))


def test_a_refused_date_is_told_in_one_sentence_without_a_prefix() -> None:
    (message,) = violations(EdtfDate, "2025-13-01{}")
    assert message.startswith("'2025-13-01{}' is not a date: ")


@pytest.mark.parametrize("model", MODELS)
def test_every_field_is_described_with_an_example_that_fits(model: Any) -> None:
    for name, field in model.model_fields.items():
        assert field.description and field.examples, name
        for example in field.examples:
            adapter: TypeAdapter[Any] = TypeAdapter(field.annotation)
            adapter.validate_python(example)
    properties = model.model_json_schema()["properties"]
    assert all("description" in schema and "examples" in schema for schema in properties.values())


@pytest.mark.parametrize(
    ("model", "collections"),
    [
        (Quantity, {"by": "parties"}),
        (DeadlineWrite, {"set_by": "parties"}),
        (TriggerWrite, {"demand": "demands", "agreement": "agreements", "proposal": "proposals", "talk": "talks"}),
    ],
)
def test_a_mention_is_marked_with_its_collection(model: Any, collections: dict[str, str]) -> None:
    found = {
        name: extra.collection
        for name, field in model.model_fields.items()
        for branch in get_args(field.annotation)
        for extra in getattr(branch, "__metadata__", ())
        if isinstance(extra, Ref)
    }
    assert found == collections


def test_the_text_of_a_vocabulary_is_one_line() -> None:
    assert [name for name, one in VOCABULARIES.items() if one.about and ("\n" in one.about or "  " in one.about)] == []


def test_a_term_is_its_word_and_carries_its_meaning() -> None:
    assert TimingRelation("by_date") is TimingRelation.BY_DATE
    assert f"{TimingRelation.BY_DATE}" == json.loads(json.dumps(TimingRelation.BY_DATE)) == "by_date"
    assert all(term.meaning for term in TriggerEdge)
    assert copy.deepcopy(TriggerEdge.START) is pickle.loads(pickle.dumps(TriggerEdge.START)) is TriggerEdge.START
    any_list: Any = Term
    with pytest.raises(TypeError, match="the word 'war' has no meaning"):
        any_list("Kind", [("WAR", "war")])
