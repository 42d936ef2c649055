"""The schema of a difference between two states of a record: in histories, dry runs and comparisons of releases."""

from typing import Literal

from pydantic import BaseModel, Field, JsonValue


class DifferenceView(BaseModel):
    """A value that differs between two states of a record."""

    op: Literal["add", "remove", "replace", "reorder"] = Field(
        description="`add`: the value is new. `remove`: the value is gone. `replace`: the value changed. `reorder`:"
        " nested rows changed their order; `from` and `to` list the keys of the rows.",
        examples=["replace"],
    )
    pointer: str = Field(
        description="JSON Pointer into the record; nested rows are addressed by their key. Empty = the whole record.",
        examples=["/members/rustem-umerov/post"],
    )
    from_: JsonValue = Field(alias="from", description="Value before the change; null = none.", examples=["adviser"])
    to: JsonValue = Field(description="Value after the change; null = none.", examples=["minister"])
