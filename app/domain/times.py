"""Types for times of day and time zones, and the validators of a time beside a date."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from app.db.dates import DatePrecision, parse_edtf
from app.db.instants import MINUTE, SECOND, Timed, instant_of, is_zone, zones
from app.domain.texts import checked, refusal, storable
from app.errors import nearest, quoted

#: Times of day are not accepted before this day: they have no instant (`app.db.instants`).
FIRST_TIMED: Final = date.min
_EXAMPLE: Final = "Europe/London or +01:00"


def _check_minute(text: str) -> None:
    if not re.fullmatch(MINUTE, text):
        raise ValueError(
            f"{quoted(text, 40)} is not a time of day: write hours and minutes, 00:00 to 23:59, such as 18:00"
        )


def _check_second(text: str) -> None:
    if not re.fullmatch(SECOND, text):
        raise ValueError(
            f"{quoted(text, 40)} is not a time of day: write hours and minutes, with seconds if they are known, such as"
            " 23:00 or 23:00:30"
        )


def _check_zone(text: str) -> None:
    if is_zone(text):
        return
    near = nearest(text, zones())
    advice = (
        f"a similar name is {quoted(near)}"
        if near
        else "write an IANA name such as Europe/Vienna, or an offset such as +02:00"
    )
    raise ValueError(f"{quoted(text, 60)} is not a time zone; {advice}")


TimeOfDay = Annotated[
    str,
    BeforeValidator(storable),
    checked("time", _check_minute),
    Field(json_schema_extra={"pattern": f"^{MINUTE}$"}),
]
"""A time of day, `HH:MM`."""

TimeOfEvent = Annotated[
    str,
    BeforeValidator(storable),
    checked("time", _check_second),
    Field(json_schema_extra={"pattern": f"^{SECOND}$"}),
]
"""A time of day, `HH:MM` or `HH:MM:SS`."""

TimeZone = Annotated[str, BeforeValidator(storable), checked("zone", _check_zone), Field(max_length=60)]
"""A time zone: an IANA name or an offset from UTC."""


def on_a_day(field: str) -> AfterValidator:
    """Reject a time if the date in `field` is not a single day."""

    def check(clock: str | None, info: ValidationInfo) -> str | None:
        # If the date itself was invalid, it is missing from `data`, and the error about it is enough.
        if clock is None or field not in info.data:
            return clock
        day = info.data[field]
        if day is None or parse_edtf(day).precision != DatePrecision.DAY or parse_edtf(day).earliest < FIRST_TIMED:
            got = "`null`" if day is None else quoted(day)
            raise refusal(
                "time",
                f"The time {clock} requires a single day of the year 1 or later in `{field}`, such as 2020-01-31; `{field}` is"
                f" {got}.",
            )
        return clock

    return AfterValidator(check)


def zone_of(*timed: Timed) -> AfterValidator:
    """Reject a time without its zone, a zone without a time, a time that does not exist on its day, and instants that are
    not in the order of `timed`. The field needs `validate_default=True`, since a zone may be missing."""

    def check(zone: str | None, info: ValidationInfo) -> str | None:
        is_complete = all(one.time in info.data for one in timed)
        given = [one for one in timed if info.data.get(one.time) is not None]
        if zone is None and given:
            shown = " and ".join(f"`{one.time}` ({info.data[one.time]})" for one in given)
            verb = "requires" if len(given) == 1 else "require"
            raise refusal("zone", f"{shown} {verb} `{given[0].zone}`, such as {_EXAMPLE}.")
        if zone is not None and not given and is_complete:
            times = " or ".join(f"`{one.time}`" for one in timed)
            raise refusal("zone", f"`{timed[0].zone}` ({zone}) requires {times}; give both or neither.")
        if zone is not None:
            _check_instants(given, info.data, zone)
        return zone

    return AfterValidator(check)


def _check_instants(timed: Iterable[Timed], values: Mapping[str, Any], zone: str) -> None:
    before: tuple[datetime, Timed] | None = None
    for one in timed:
        day = values.get(one.date)
        span = parse_edtf(day) if day else None
        if span is None or span.precision != DatePrecision.DAY or span.earliest < FIRST_TIMED:
            continue
        try:
            instant = instant_of(span.earliest, values[one.time], zone)
        except ValueError as reason:
            raise refusal("zone", f"`{one.time}`: {reason}.") from None
        if before is not None and instant < before[0]:
            first = before[1]
            raise refusal(
                "zone",
                f"`{one.date}` ({values[one.date]} {values[one.time]}) is before `{first.date}` ({values[first.date]}"
                f" {values[first.time]}) in {quoted(zone)}; swap or correct the times.",
            )
        before = instant, one
