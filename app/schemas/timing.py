"""The time by which, or during which, a demand is to be fulfilled: timings, their triggers and the dates that result.

As in `app.schemas.values`, `TimingWrite` is written and stored, and `Timing` is read.
"""

from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from app.db import durations
from app.db.vocabulary_values import ResolvedBasis, TimingRelation, TriggerEdge
from app.domain.keys import AgreementKey, DemandKey, ProposalKey, TalkKey
from app.domain.texts import Prose, refusal
from app.domain.types import EdtfDate, IsoDuration
from app.reading.date_bounds import Dated, field_of
from app.schemas.values import Value


class TriggerWrite(Value):
    """The event from which the time of a demand is counted: in words, as a stored record, as a day, or several of these."""

    text: Prose | None = Field(
        default=None,
        description="The trigger as the source words it.",
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
        default=None,
        description="The moment of the trigger from which the time is counted; null = not stated.",
        examples=["start"],
    )
    on: EdtfDate | None = Field(
        default=None,
        description="The day on which the trigger happened or is due to happen (EDTF); null = unknown.",
        examples=["2025-01-19"],
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        records = [name for name in ("demand", "agreement", "proposal", "talk") if getattr(self, name) is not None]
        if len(records) > 1:
            raise refusal(
                "trigger",
                f"A trigger refers to one record, got {len(records)}; keep one of `{'`, `'.join(records)}`.",
            )
        if not records and self.text is None and self.on is None:
            raise refusal(
                "trigger", "A trigger needs `text`, a record or `on`; give at least one, or set the trigger to null."
            )
        return self


class ResolvedOnWrite(Value):
    """The calendar date that results from a timing."""

    date: EdtfDate = Field(
        description="The date (EDTF): a deadline, a beginning or an end, depending on `relation`.",
        examples=["2025-07-02"],
    )
    basis: ResolvedBasis = Field(
        description="The origin of the date: computed, stated or inferred.", examples=["computed"]
    )


class Trigger(Dated, TriggerWrite):
    """The event from which the time of a demand is counted: in words, as a stored record, as a day, or several of these."""


class ResolvedOn(Dated, ResolvedOnWrite):
    """The calendar date that results from a timing."""


_NEEDS_AT = (TimingRelation.BY_DATE, TimingRelation.FROM_DATE)


class TimingWrite(Value):
    """The time by which, or during which, a demand is to be fulfilled.

    A fixed duration has equal `duration_min` and `duration_max`. `duration_max` alone means "up to", `duration_min`
    alone "at least". The time allowed by a deadline (`within_after_trigger`) is `duration_max`.
    """

    relation: TimingRelation = Field(description="The kind of timing.", examples=["within_after_trigger"])
    at: EdtfDate | None = Field(
        default=None,
        description="The date that the text names (EDTF); required for `by_date` and `from_date`.",
        examples=["2025-08-31"],
    )
    duration_min: IsoDuration | None = Field(
        default=None,
        description="The minimum duration (ISO 8601); equal to `duration_max` if the duration is fixed.",
        examples=["PT24H"],
    )
    duration_max: IsoDuration | None = Field(
        default=None,
        description="The maximum duration (ISO 8601); for a deadline, the time allowed.",
        examples=["P100D"],
    )
    every: IsoDuration | None = Field(
        default=None, description="The interval between repetitions (ISO 8601); null = not stated.", examples=["P6M"]
    )
    is_renewable: StrictBool | None = Field(
        default=None, description="Whether the period can be renewed; null = not stated.", examples=[True]
    )
    step: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = Field(
        default=None,
        description="The number of the step, if the text numbers its steps.",
        examples=[2],
    )
    trigger: TriggerWrite | None = Field(
        default=None,
        description="The event from which the time is counted; null = not stated.",
        examples=[{"text": "start of the withdrawal", "demand": "article-2025-06-02-1-1", "edge": "start"}],
    )
    resolved_on: ResolvedOnWrite | None = Field(
        default=None,
        description="The calendar date that results, if the day of the trigger is known.",
        examples=[{"date": "2025-03-02", "basis": "computed"}],
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.relation in _NEEDS_AT and self.at is None:
            raise refusal("timing", f"`{self.relation}` needs `at`, a date such as 2025-08-31.")
        if self.relation is TimingRelation.WITHIN_AFTER_TRIGGER and self.duration_max is None:
            raise refusal("timing", "`within_after_trigger` needs `duration_max`, the time allowed, such as P100D.")
        if self.relation is TimingRelation.DURATION_FROM_TRIGGER and not (self.duration_min or self.duration_max):
            raise refusal("timing", "`duration_from_trigger` needs `duration_min` or `duration_max`, such as P30D.")
        if self.relation is TimingRelation.AFTER_TRIGGER and self.trigger is None:
            raise refusal("timing", "`after_trigger` needs a `trigger`; its `text` is enough.")
        if self.duration_min and self.duration_max:
            shortest, longest = map(durations.parse_duration, (self.duration_min, self.duration_max))
            if shortest.is_longer_than(longest):
                raise refusal(
                    "timing",
                    f"`duration_min` ({self.duration_min}) is longer than "
                    f"`duration_max` ({self.duration_max}); swap them.",
                )
        return self


class Timing(Dated, TimingWrite):
    """The time by which, or during which, a demand is to be fulfilled.

    A fixed duration has equal `duration_min` and `duration_max`. `duration_max` alone means "up to", `duration_min`
    alone "at least". The time allowed by a deadline (`within_after_trigger`) is `duration_max`.
    """

    trigger: Trigger | None = field_of(TimingWrite, "trigger")
    resolved_on: ResolvedOn | None = field_of(TimingWrite, "resolved_on")
