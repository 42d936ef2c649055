"""Structured values inside records: quantities and caveats (see also `app.schemas.timing` and `app.schemas.deadlines`).

Write schemas share these types, and they are stored in JSON columns as they are written. A value with dates has a read schema
as well, which adds the first and last possible days: `QuantityWrite` is written and stored, `Quantity` is read.
"""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from app.db.vocabulary import Confidence
from app.db.vocabulary_values import CaveatBasis, QuantityBound
from app.domain.keys import PartyKey
from app.domain.texts import Line, Prose, refusal
from app.domain.types import EdtfDate, IsoDuration, Number
from app.reading.date_bounds import Dated


class Value(BaseModel):
    """Base of the values; unknown keys are rejected."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


# --- Quantities


def _number_as_text(value: object) -> object:
    return f"{value}" if isinstance(value, int | float) and not isinstance(value, bool) else value


class QuantityWrite(Value):
    """A quantity that is demanded, offered or agreed: "at least 1,000 prisoners from each side"."""

    value: Number | None = Field(
        default=None,
        description="The number; null if the quantity is a range or is given only in words.",
        examples=[1000],
    )
    min: Number | None = Field(default=None, description="The lower end of a range.", examples=[24])
    max: Number | None = Field(default=None, description="The upper end of a range.", examples=[48])
    bound: QuantityBound | None = Field(
        default=None,
        description="The meaning of the number: exact, at least, at most or about; null = not stated.",
        examples=["at_least"],
    )
    unit: Line | None = Field(
        default=None,
        description="The unit of the number; for money, the currency code of ISO 4217.",
        examples=["person", "km", "percent", "USD"],
    )
    of: Line | None = Field(
        default=None, description="The things that are counted.", examples=["prisoners", "low-enriched uranium"]
    )
    by: PartyKey | None = Field(
        default=None,
        description="The party that the quantity applies to: slug, id or `scheme:value`; null = each side.",
        examples=["russia"],
    )
    per: IsoDuration | None = Field(
        default=None,
        description="The period that the number applies to, as an ISO 8601 duration: for 600 trucks a day, `P1D`.",
        examples=["P1D"],
    )
    baseline: Annotated[Line, BeforeValidator(_number_as_text, json_schema_input_type=Line | Number)] | None = Field(
        default=None,
        description="The value or state from which the quantity is counted, in words or as a number; null = not stated.",
        examples=["beyond 2017"],
    )
    period: EdtfDate | None = Field(
        default=None,
        description="The period that the quantity is for (EDTF), usually an interval; null = not stated.",
        examples=["2019/2023"],
    )
    is_total: StrictBool | None = Field(
        default=None,
        description="Whether the quantity is a total (true) or a part of a total (false); null = not stated.",
        examples=[True],
    )
    text: Prose | None = Field(
        default=None,
        description="The quantity in words, if it cannot be expressed as a number.",
        examples=["to be agreed"],
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.value is None and self.min is None and self.max is None and self.text is None:
            raise refusal("quantity", "A quantity needs `value`, `min`, `max` or `text`; give at least one.")
        low, middle, high = self.min, self.value, self.max
        if low is not None and high is not None and low > high:
            raise refusal("quantity", f"`min` ({low}) is greater than `max` ({high}); swap them.")
        if middle is not None and ((low is not None and middle < low) or (high is not None and middle > high)):
            raise refusal(
                "quantity",
                f"`value` ({middle}) is outside the range of `min` and `max`; correct it, or omit the range.",
            )
        for bound, end, other in ((QuantityBound.AT_MOST, "min", "max"), (QuantityBound.AT_LEAST, "max", "min")):
            number = getattr(self, end)
            if self.bound is bound and number is not None and middle is None and getattr(self, other) is None:
                raise refusal(
                    "quantity",
                    f"`bound` ({bound}) contradicts `{end}` ({number}); send the number as `{other}`, or correct `bound`.",
                )
        return self


class Quantity(Dated, QuantityWrite):
    """A quantity that is demanded, offered or agreed: "at least 1,000 prisoners from each side"."""


# --- Caveats


class Caveat(Value):
    """A doubt about one field of a record."""

    field: Line = Field(
        description="The field that is in doubt. A nested field is given as a JSON Pointer that identifies rows by key.",
        examples=["document_date", "/members/rustem-umerov/post"],
    )
    confidence: Confidence | None = Field(
        default=None, description="The confidence in the value; null = not assessed.", examples=["low"]
    )
    basis: CaveatBasis | None = Field(
        default=None, description="The basis of the value; null = not stated.", examples=["inferred"]
    )
    text: Prose | None = Field(
        default=None,
        description="An explanation of the doubt; null = none.",
        examples=["the year is not printed in the article"],
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.confidence is None and self.basis is None and self.text is None:
            raise refusal("caveat", "A caveat needs `confidence`, `basis` or `text`; give at least one.")
        return self
