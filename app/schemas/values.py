"""The small typed values that records hold: quantities, timings, deadlines, caveats, and their scalars.

They are stored as they are written, in JSON columns, and read as they are stored. A value with dates is read with their first
and last possible days besides: `TimingWrite` is written and stored, `Timing` is read.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from app.db import durations
from app.db.vocabulary import Confidence
from app.db.vocabulary_values import CaveatBasis, QuantityBound, ResolvedBasis, TimingRelation, TriggerEdge
from app.domain.types import (
    AgreementKey,
    CountryCode,
    DemandKey,
    EdtfDate,
    IsoDuration,
    Lang,
    Line,
    Number,
    PartyKey,
    ProposalKey,
    Prose,
    RecordKey,
    Ref,
    Slug,
    TalkKey,
    refusal,
)
from app.reading.date_bounds import Dated, field_of

__all__ = [
    "AgreementKey",
    "Caveat",
    "CountryCode",
    "Deadline",
    "DeadlineWrite",
    "DemandKey",
    "EdtfDate",
    "IsoDuration",
    "Lang",
    "Line",
    "Number",
    "PartyKey",
    "ProposalKey",
    "Prose",
    "Quantity",
    "RecordKey",
    "Ref",
    "ResolvedOn",
    "ResolvedOnWrite",
    "Slug",
    "TalkKey",
    "Timing",
    "TimingWrite",
    "Trigger",
    "TriggerWrite",
    "Value",
]


class Value(BaseModel):
    """The base of the values: no unknown key passes."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


# --- Quantities


class Quantity(Value):
    """A number that is asked for, offered or agreed: "at least 1,000 prisoners from each side"."""

    value: Number | None = Field(
        default=None,
        description="The number itself; null where it is a range or only a text.",
        examples=[1000],
    )
    min: Number | None = Field(default=None, description="The lower end of a range.", examples=[24])
    max: Number | None = Field(default=None, description="The upper end of a range.", examples=[48])
    bound: QuantityBound | None = Field(
        default=None,
        description="How the number limits: exactly, at least, at most, about; null = not said.",
        examples=["at_least"],
    )
    unit: Line | None = Field(
        default=None,
        description="The unit that the number counts.",
        examples=["person", "km", "percent", "USD"],
    )
    of: Line | None = Field(
        default=None, description="What is counted.", examples=["prisoners", "low-enriched uranium"]
    )
    by: PartyKey | None = Field(
        default=None,
        description="The party that gives or is limited: slug, id or `scheme:value`; null = each side.",
        examples=["russia"],
    )
    per: IsoDuration | None = Field(
        default=None,
        description="The time to which the number belongs: 600 lorries a day is `P1D`.",
        examples=["P1D"],
    )
    text: Prose | None = Field(
        default=None, description="The quantity in words, where no number says it.", examples=["to be agreed"]
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.value is None and self.min is None and self.max is None and self.text is None:
            raise refusal("quantity", "A quantity needs `value`, `min`, `max` or `text`; give one at least.")
        low, middle, high = self.min, self.value, self.max
        if low is not None and high is not None and low > high:
            raise refusal("quantity", f"`min` ({low}) is greater than `max` ({high}); exchange them.")
        if middle is not None and ((low is not None and middle < low) or (high is not None and middle > high)):
            raise refusal("quantity", f"`value` ({middle}) lies outside `min` and `max`; correct it or leave them out.")
        return self


# --- Timing


class TriggerWrite(Value):
    """What starts the clock of a demand: an event in words, a listed record, a day, or several of these."""

    text: Prose | None = Field(
        default=None,
        description="The trigger in the material's words.",
        examples=["lifting of martial law in Ukraine"],
    )
    demand: DemandKey | None = Field(
        default=None,
        description="The demand whose fulfilment is the trigger: slug, id or `scheme:value`.",
        examples=["russian-memorandum-2025-06-02-ii-2-8"],
    )
    agreement: AgreementKey | None = Field(
        default=None,
        description="The agreement that is the trigger: slug, id or `scheme:value`.",
        examples=["final-agreement-2016-11"],
    )
    proposal: ProposalKey | None = Field(
        default=None,
        description="The proposal that is the trigger: slug, id or `scheme:value`.",
        examples=["russian-memorandum-2025-06-02"],
    )
    talk: TalkKey | None = Field(
        default=None,
        description="The talk that is the trigger: slug, id or `scheme:value`.",
        examples=["istanbul-2025-06-02"],
    )
    edge: TriggerEdge | None = Field(
        default=None, description="Which moment of the trigger counts; null = not said.", examples=["start"]
    )
    on: EdtfDate | None = Field(
        default=None,
        description="When the trigger happened or is to happen (EDTF); null = unknown.",
        examples=["2025-01-19"],
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        records = [name for name in ("demand", "agreement", "proposal", "talk") if getattr(self, name) is not None]
        if len(records) > 1:
            raise refusal(
                "trigger",
                f"A trigger is one record, not {len(records)}: keep one of `{'`, `'.join(records)}`.",
            )
        if not records and self.text is None and self.on is None:
            raise refusal("trigger", "A trigger needs `text`, a record or `on`; give one, or leave the trigger null.")
        return self


class ResolvedOnWrite(Value):
    """The calendar date to which a timing leads."""

    date: EdtfDate = Field(
        description="The date (EDTF): a deadline, a beginning or an end, as the relation says.",
        examples=["2025-07-02"],
    )
    basis: ResolvedBasis = Field(description="Where the date comes from.", examples=["computed"])


class Trigger(Dated, TriggerWrite):
    """What starts the clock of a demand: an event in words, a listed record, a day, or several of these."""


class ResolvedOn(Dated, ResolvedOnWrite):
    """The calendar date to which a timing leads."""


_NEEDS_AT = (TimingRelation.BY_DATE, TimingRelation.FROM_DATE)


class TimingWrite(Value):
    """When a demand is to be fulfilled.

    A length that is fixed stands in both durations; `duration_max` alone means "up to", `duration_min` alone
    "at least". A deadline (`within_after_trigger`) stands in `duration_max`.
    """

    relation: TimingRelation = Field(description="How the demand is tied to time.", examples=["within_after_trigger"])
    at: EdtfDate | None = Field(
        default=None,
        description="The date (EDTF) that is named itself; needed by `by_date` and `from_date`.",
        examples=["2025-08-31"],
    )
    duration_min: IsoDuration | None = Field(
        default=None,
        description="The shortest length of time; equal to `duration_max` where the length is fixed.",
        examples=["PT24H"],
    )
    duration_max: IsoDuration | None = Field(
        default=None,
        description="The longest length of time; for a deadline the time allowed.",
        examples=["P100D"],
    )
    every: IsoDuration | None = Field(
        default=None, description="How often it repeats; null = not said.", examples=["P6M"]
    )
    is_renewable: StrictBool | None = Field(
        default=None, description="Whether the period can be renewed; null = not said.", examples=[True]
    )
    step: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = Field(
        default=None,
        description="The number of the step in a sequence, where steps are numbered.",
        examples=[2],
    )
    trigger: TriggerWrite | None = Field(
        default=None,
        description="What starts the clock; null = not said.",
        examples=[{"text": "start of the withdrawal", "demand": "article-2025-06-02-1-1", "edge": "start"}],
    )
    resolved_on: ResolvedOnWrite | None = Field(
        default=None,
        description="The calendar date to which this leads, only where the trigger has one.",
        examples=[{"date": "2025-03-02", "basis": "computed"}],
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.relation in _NEEDS_AT and self.at is None:
            raise refusal("timing", f"`{self.relation}` needs the date `at`, as in 2025-08-31.")
        if self.relation is TimingRelation.WITHIN_AFTER_TRIGGER and self.duration_max is None:
            raise refusal("timing", "`within_after_trigger` needs `duration_max`, the time allowed, as in P100D.")
        if self.relation is TimingRelation.DURATION_FROM_TRIGGER and not (self.duration_min or self.duration_max):
            raise refusal("timing", "`duration_from_trigger` needs `duration_min` or `duration_max`, as in P30D.")
        if self.relation is TimingRelation.AFTER_TRIGGER and self.trigger is None:
            raise refusal("timing", "`after_trigger` needs a `trigger`, if only its text.")
        if self.duration_min and self.duration_max:
            shortest, longest = map(durations.parse_duration, (self.duration_min, self.duration_max))
            if shortest.is_longer_than(longest):
                raise refusal(
                    "timing",
                    f"`duration_min` ({self.duration_min}) is longer than "
                    f"`duration_max` ({self.duration_max}); exchange them.",
                )
        return self


class Timing(Dated, TimingWrite):
    """When a demand is to be fulfilled.

    A length that is fixed stands in both durations; `duration_max` alone means "up to", `duration_min` alone
    "at least". A deadline (`within_after_trigger`) stands in `duration_max`.
    """

    trigger: Trigger | None = field_of(TimingWrite, "trigger")
    resolved_on: ResolvedOn | None = field_of(TimingWrite, "resolved_on")


# --- Deadlines and caveats


class DeadlineWrite(Value):
    """A day by which a talk was to be done, and who set it."""

    on: EdtfDate = Field(description="The day that was set (EDTF).", examples=["2015-06-30"])
    set_by: PartyKey | None = Field(
        default=None,
        description="The party that set it: slug, id or `scheme:value`; null = unknown.",
        examples=["united-states"],
    )
    note: Prose | None = Field(default=None, description="What else is known of it.", examples=["extended to 7 July"])


class Deadline(Dated, DeadlineWrite):
    """A day by which a talk was to be done, and who set it."""


class Caveat(Value):
    """A doubt about one field of a record."""

    field: Line = Field(
        description="The field that is in doubt; a nested one as a JSON Pointer by key.",
        examples=["document_date", "/members/rustem-umerov/post"],
    )
    confidence: Confidence | None = Field(
        default=None, description="How sure the value is; null = not judged.", examples=["low"]
    )
    basis: CaveatBasis | None = Field(
        default=None, description="What the value rests on; null = not said.", examples=["inferred"]
    )
    text: Prose | None = Field(
        default=None, description="The doubt in words.", examples=["the year is not printed in the article"]
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.confidence is None and self.basis is None and self.text is None:
            raise refusal("caveat", "A caveat needs `confidence`, `basis` or `text`; say what is in doubt.")
        return self
