"""EDTF dates: what is read as which days, and what is refused with which words."""

import re
from datetime import date

import pytest
from edtf import parse_edtf as by_library
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db.dates import DatePrecision, parse_edtf
from app.db.days import EARLIEST, day_from_ordinal, make_day
from app.db.julian import gregorian_day

DAYS = st.dates().map(date.isoformat)
PARTS = st.from_regex(r"\A([0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(-([01][0-9]|2[1-4]|XX)(-([0-3][0-9]|XX))?)?[~?%]?\Z")
ENDS = st.one_of(PARTS, st.sampled_from(["", ".."]))
NEARLY_DATES = st.one_of(PARTS, st.tuples(ENDS, ENDS).map("/".join), st.text("0123456789-/.~?%XxTYu Z", max_size=24))

# A busy machine is no fault of the code: test_hostile_texts_are_refused_at_once guards the time.
unhurried = settings(deadline=None)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2025-06-02", "2025-06-02", "2025-06-02", "day"),
        ("2025-06-02?", "2025-06-02", "2025-06-02", "day"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("1900-02", "1900-02-01", "1900-02-28", "month"),
        ("2018-01~", "2018-01-01", "2018-01-31", "month"),
        ("2024-02-XX", "2024-02-01", "2024-02-29", "month"),
        ("2014", "2014-01-01", "2014-12-31", "year"),
        ("2018-XX", "2018-01-01", "2018-12-31", "year"),
        ("2018-XX-XX%", "2018-01-01", "2018-12-31", "year"),
        ("201X", "2010-01-01", "2019-12-31", "decade"),
        ("20XX", "2000-01-01", "2099-12-31", "century"),
        ("2018-21", "2018-03-01", "2018-05-31", "season"),
        ("2019-24~", "2019-12-01", "2020-02-29", "season"),
        ("9999-24", "9999-12-01", "9999-12-31", "season"),
        ("1999-07-10/1999-08-31", "1999-07-10", "1999-08-31", "interval"),
        ("2018-01~/2018-XX", "2018-01-01", "2018-12-31", "interval"),
        ("2013-06-24/..", "2013-06-24", "9999-12-31", "open"),
        ("../2015", "0001-01-01", "2015-12-31", "open"),
        ("2013/", "2013-01-01", "9999-12-31", "open"),
        ("/2013", "0001-01-01", "2013-12-31", "open"),
        ("..", "9999-12-31", "9999-12-31", "open"),
        ("0000", "0000-01-01", "0000-12-31", "year"),
        ("-0043-03-15", "-0043-03-15", "-0043-03-15", "day"),
        ("-0430~", "-0430-01-01", "-0430-12-31", "year"),
        ("-0004-02", "-0004-02-01", "-0004-02-29", "month"),
        ("-0001-02", "-0001-02-01", "-0001-02-28", "month"),
        ("-004X", "-0049-01-01", "-0040-12-31", "decade"),
        ("-0001-24", "-0001-12-01", "0000-02-29", "season"),
        ("-0430/-0403", "-0430-01-01", "-0403-12-31", "interval"),
        ("-0043-03-15/0014", "-0043-03-15", "0014-12-31", "interval"),
        ("../-0403", "-4712-01-01", "-0403-12-31", "open"),
        ("[1814-11-01,1815-06-09]", "1814-11-01", "1815-06-09", "interval"),
        ("{1960,1961-12~}", "1960-01-01", "1961-12-31", "interval"),
        ("[1668,1667-12-18,1670..1672]", "1667-12-18", "1672-12-31", "interval"),
        ("[..1983-12-31,1984-10]", "0001-01-01", "1984-10-31", "open"),
        ("{1960,1984..}", "1960-01-01", "9999-12-31", "open"),
        ("[..-0403]", "-4712-01-01", "-0403-12-31", "open"),
    ],
)
def test_a_date_covers_the_days_that_its_words_cover(text: str, earliest: str, latest: str, precision: str) -> None:
    span = parse_edtf(text)
    assert (span.text, span.earliest.isoformat(), span.latest.isoformat(), span.precision) == (
        text,
        earliest,
        latest,
        DatePrecision(precision),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("2025-13-01", "there is no month 13"),
        ("2025-00", "there is no month 00"),
        ("2025-02-29", "there is no day 29 in 2025-02"),
        ("2025-04-31~", "there is no day 31 in 2025-04"),
        ("2018-21-01", "a day cannot follow the season 21"),
        ("2018-25", "there is no month 25"),
        ("-0000", "the year 0000 has no sign"),
        ("-4713", "years are -4712 to 9999, and -4713"),
        ("-47XX", "includes an earlier one"),
        ("-044", "a year must have four digits"),
        ("Y12025", "a year must have four digits"),
        ("Y-17000", "a year must have four digits, -4712 to 9999"),
        ("[1667,1668", "must end with ']'"),
        ("{1667]", "must end with '}'"),
        ("[1667,1668]?", "belong to its members"),
        ("[]", "the set is empty"),
        ("[1667,]", "it is empty"),
        ("[1667,..1668]", "'..1668' must be the first member"),
        ("[1667..,1668]", "'1667..' must be the last member"),
        ("[1668..1667]", "the range '1668..1667' ends before it begins"),
        ("[..]", "needs a date before or after"),
        ("[1667/1668]", "a member of a set is a date or a range"),
        ("{1667,[1668]}", "a member of a set is a date or a range"),
        ("[1667-02-30,1668]", "there is no day 30 in 1667-02"),
        ("20250602", "a year must have four digits"),
        ("2025-06-02T10:00:00Z", "a date has no time of day"),
        ("2025-06-02 ", "white space"),
        ("2025-06-02\n", "white space"),
        ("٢٠٢٥", "other than the digits 0 to 9"),
        ("２０２５-06", "other than the digits 0 to 9"),
        ("2025-06-02\x00", "does not match the pattern"),
        ("~2025", "only at the end"),
        ("2025~-06", "only at the end"),
        ("201x", "capital X"),
        ("XXXX", "the first two digits"),
        ("201X-05", "a month cannot follow"),
        ("2018-XX-05", "a day cannot follow"),
        ("2.6.2025", "year, month and day must be in this order"),
        ("02/06/2025", "year, month and day must be in this order"),
        ("2025-6-2", "month and day must have two digits"),
        ("unknown", "an open end must be"),
        ("2025/2024", "ends before it begins"),
        ("2024/2025/2026", "one '/'"),
        ("../..", "needs a date on at least one side"),
        ("2025/P3M", "does not match the pattern"),
        ("2" * 1_000_000, "it is 1000000 characters long"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_would_be_right(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="is not a date: ") as refused:
        parse_edtf(text)
    message = str(refused.value)
    assert reason in message
    assert message.endswith("write an EDTF date such as 2025-06-02, 2025-06 or 2025-06~")
    assert len(message) < 250


@unhurried
@given(st.one_of(st.text(), NEARLY_DATES))
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    try:
        span = parse_edtf(text)
    except ValueError:
        return
    assert span.text == text
    assert span.earliest <= span.latest
    assert isinstance(span.precision, DatePrecision)


@unhurried
@given(DAYS)
def test_a_full_day_is_that_day_alone(text: str) -> None:
    span = parse_edtf(text)
    assert span.earliest == span.latest == date.fromisoformat(text)
    assert span.precision == "day"


@unhurried
@given(DAYS, DAYS)
def test_an_interval_runs_from_its_first_day_to_its_last(one: str, other: str) -> None:
    first, last = sorted((one, other))
    span = parse_edtf(f"{first}/{last}")
    assert (span.earliest.isoformat(), span.latest.isoformat()) == (first, last)


@unhurried
@given(PARTS)
def test_a_qualifier_never_moves_the_range(text: str) -> None:
    plain = text.rstrip("~?%")
    try:
        parse_edtf(plain)
    except ValueError:
        return
    spans = [parse_edtf(plain + sign) for sign in ("", "~", "?", "%")]
    assert len({(span.earliest, span.latest, span.precision) for span in spans}) == 1


def test_hostile_texts_are_refused_by_their_length() -> None:
    for text in ("(" * 10**6, "2025/" * 10**5, "9" * 10**6, "\ud800" * 10**5, "2025-06-02~" * 10**5):
        with pytest.raises(ValueError, match="date"):
            parse_edtf(text)


@unhurried
@given(st.integers(EARLIEST.toordinal(), date.max.toordinal()), st.integers(EARLIEST.toordinal(), date.max.toordinal()))
def test_days_before_the_year_1_continue_the_calendar(one: int, other: int) -> None:
    """Compared with the Julian day number, computed by a formula of its own."""
    days = [day_from_ordinal(number) for number in (one, other)]
    for number, day in zip((one, other), days, strict=True):
        a = (14 - day.month) // 12
        y, m = day.year + 4800 - a, day.month + 12 * a - 3
        assert day.day + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045 == number + 1721425
        assert day.toordinal() == number and make_day(day.year, day.month, day.day) == day
        assert isinstance(day, date) == (number >= 1)
    first, second = days
    assert (first < second, first == second, first > second) == (one < other, one == other, one > other)
    if not (isinstance(first, date) and isinstance(second, date)):
        assert (first - second).days == one - other


YEARS = st.from_regex(r"\A-?([0-9]{4}|[0-9]{3}X|[0-9]{2}XX)\Z")
SINGLES = st.one_of(
    YEARS, st.tuples(YEARS, st.from_regex(r"\A(0[1-9]|1[0-2])(-([0-2][0-9]|3[01]|XX))?\Z")).map("-".join)
)
MEMBERS = st.lists(st.one_of(SINGLES, st.tuples(SINGLES, SINGLES).map("..".join)), min_size=1, max_size=4).map(",".join)


@unhurried
@given(
    st.one_of(
        SINGLES, st.tuples(SINGLES, SINGLES).map("/".join), MEMBERS.map("[{}]".format), MEMBERS.map("{{{}}}".format)
    )
)
def test_the_days_are_those_of_the_library(text: str) -> None:
    try:
        span = parse_edtf(text)
    except ValueError:
        return
    # The library knows no unspecified digits in sets and in some intervals, and takes the first and the last member of a set
    # as written, so its dates of the members are taken.
    # It reads the unknown day of a month before the year 1 as the days in the wrong order, so it is given the month.
    members = [
        re.split(r"\.\.|/", re.sub(r"(-[0-9]{2})-XX", r"\1", member)) for member in text.strip("[]{}").split(",")
    ]
    expected = (
        min(tuple(by_library(ends[0]).lower_strict()[:3]) for ends in members),
        max(tuple(by_library(ends[-1]).upper_strict()[:3]) for ends in members),
    )
    assert ((span.earliest.year, span.earliest.month, span.earliest.day),
            (span.latest.year, span.latest.month, span.latest.day)) == expected  # fmt: skip


def test_a_julian_day_is_the_day_that_counting_finds() -> None:
    """Counted day by day from 4 October 1582, after which the Gregorian calendar has 15 October, in both directions."""
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    for step, end in ((1, 2101), (-1, -101)):
        year, month, day, number = 1582, 10, 4, date(1582, 10, 14).toordinal()
        while year != end:
            if year < 101 or year in (1582, 1700, 1752, 1800, 1900, 1918, 2000, 2100):
                text = f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}"
                assert gregorian_day(text).toordinal() == number, text
            day, number = day + step, number + step
            if not 1 <= day <= lengths[month - 1] + (month == 2 and year % 4 == 0):
                month += step
                if not 1 <= month <= 12:
                    year, month = year + step, 1 if step > 0 else 12
                day = 1 if step > 0 else lengths[month - 1] + (month == 2 and year % 4 == 0)
    for text in ("1701-02-29", "1700-13-01", "1700-04-31", "9999-12-31", "-4712-01-01"):
        with pytest.raises(ValueError, match=r"there is no|outside the years"):
            gregorian_day(text)
