"""Query parameters and rows of the comparison of texts."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from app.db.vocabulary import LinkKind
from app.domain.keys import RecordKey
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.reading.query import ClockQuery, split
from app.reports import descriptions
from app.reports.compared_values import ValueChange
from app.reports.text_alignment import Basis
from app.resources.empty_answers import ReasonOfAnswer
from app.resources.evidence import EvidenceOptions
from app.resources.report import ReportOptions

#: Limits of one comparison: texts after `left` and `right`, points of a text, characters of all points of a text.
MAX_OTHERS, MAX_POINTS, MAX_CHARACTERS = 8, 500, 100_000

_TEXT = "A text: the key of a proposal (its reference account), the slug of an account, or one of them with `/` and the key of a part."
_EXAMPLE = "us-28-point-plan-2025"
_EXAMPLE_RIGHT = "e3-counter-proposal-2025"


class PointChange(StrEnum):
    """What became of a point."""

    SAME = "same"
    REWORDED = "reworded"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"
    ADDED = "added"
    DROPPED = "dropped"
    CONTRADICTS = "contradicts"
    NOT_RECORDED = "not_recorded"


class PairReason(StrEnum):
    """Why something is missing in the comparison of two texts."""

    NO_POINTS = "no_points"
    LANGUAGES_DIFFER = "languages_differ"


class ComparisonQuery(ClockQuery, EvidenceOptions, ReportOptions):
    """Query parameters of the comparison of texts."""

    left: RecordKey = Field(description=f"The text to compare with. {_TEXT}", examples=[_EXAMPLE])
    right: RecordKey = Field(description="The text that is compared with `left`.", examples=[_EXAMPLE_RIGHT])
    others: Annotated[list[RecordKey], BeforeValidator(split), Field(min_length=1, max_length=MAX_OTHERS)] | None = (
        Field(
            None,
            description="More texts, each of which is compared with `left`.",
            examples=[["us-ukrainian-20-point-plan-2025"]],
        )
    )
    numbers: Literal["derived", "shared", "separate"] = Field(
        "derived",
        description="Whether equal printed numbers mean the same point: decided for each pair by its links (`derived`), always"
        " (`shared`), or never (`separate`).",
        examples=["shared"],
    )


class ComparedPoint(BaseModel):
    """A point of a text."""

    slug: str = Field(description=descriptions.DEMAND, examples=["us-28-point-plan-2025-6"])
    number: str | None = Field(description="The number as printed; null = none.", examples=["6"])
    text: str = Field(description=descriptions.DEMAND_TEXT, examples=["Ukraine's forces limited to 600,000"])
    act: str = Field(description=descriptions.ACT, examples=["demand"])
    issue: str | None = Field(description="The code of the primary issue; null = none.", examples=["EXTL.FORCELIMITS"])


class ComparedLink(BaseModel):
    """A link between two points of a row."""

    origin: str = Field(
        description="The slug of the demand that has the link.", examples=["e3-counter-proposal-2025-2"]
    )
    kind: LinkKind = Field(description="The kind of the link.", examples=["amends"])
    target: str = Field(description="The slug of the other demand.", examples=["us-28-point-plan-2025-6"])
    note: str | None = Field(description=descriptions.LINK_NOTE, examples=[None])


class DifferentWords(BaseModel):
    """Consecutive words that both texts have, or only one of them."""

    change: Literal["same", "removed", "added"] = Field(
        description="`removed`: only in the left text; `added`: only in the right one.", examples=["removed"]
    )
    text: str = Field(description="The words.", examples=["600,000"])


class QuantityChange(BaseModel):
    """A quantity in both texts, or in one of them."""

    unit: str | None = Field(description=descriptions.UNIT, examples=["person"])
    by: str | None = Field(description=descriptions.QUANTITY_BY, examples=["ukraine"])
    change: ValueChange = Field(
        description="How the right text differs. `incomparable`: a quantity is given only in words (also if the other text has none), or as two reported numbers.",
        examples=["higher"],
    )
    left_of: str | None = Field(
        description="What is counted in the left text; null = no quantity, or not stated.",
        examples=["military personnel"],
    )
    left_low: float | None = Field(description="Its least number; null = no lower end.", examples=[None])
    left_high: float | None = Field(description="Its greatest number; null = no upper end.", examples=[600000])
    left_bound: str | None = Field(description="The meaning of its number; null = not stated.", examples=["at_most"])
    left_text: str | None = Field(description="The quantity in words; null = none.", examples=[None])
    right_of: str | None = Field(
        description="What is counted in the right text; null = no quantity, or not stated.",
        examples=["military personnel in peacetime"],
    )
    right_low: float | None = Field(description="Its least number; null = no lower end.", examples=[None])
    right_high: float | None = Field(description="Its greatest number; null = no upper end.", examples=[800000])
    right_bound: str | None = Field(description="The meaning of its number; null = not stated.", examples=["at_most"])
    right_text: str | None = Field(description="The quantity in words; null = none.", examples=[None])


class TimingChange(BaseModel):
    """A value of a timing in both texts, or in one of them."""

    field: str = Field(description="The field of the timing.", examples=["duration_max"])
    left: str | None = Field(description="The value in the left text; null = none.", examples=["P30D"])
    right: str | None = Field(description="The value in the right text; null = none.", examples=["P60D"])
    change: ValueChange = Field(
        description="How the right text differs; a longer duration and a later day are `higher`.", examples=["higher"]
    )


class ComparedRow(BaseModel):
    """Points of the two texts that belong together, or a point that only one of them has."""

    left_text: str = Field(description="The left text, as in `texts`.", examples=["us-28-point-plan-2025-text"])
    right_text: str = Field(description="The right text, as in `texts`.", examples=["e3-counter-proposal-2025-points"])
    change: PointChange = Field(description="What became of the point.", examples=["reworded"])
    by: Basis | None = Field(
        description="Why the points belong together: the same `record`, a `link`, the same `number`, or similar `words`; null = a single"
        " point.",
        examples=["link"],
    )
    is_likely: bool = Field(
        description="Whether the alignment was computed from similar words. It is likely, and not recorded.",
        examples=[False],
    )
    is_moved: bool | None = Field(
        description="Whether the pair is out of the order of the others; null = no pair.", examples=[False]
    )
    similarity: float | None = Field(
        description="The similarity of the words, from 0 to 1; null = no pair, or texts in different languages.",
        examples=[0.364],
    )
    left: list[ComparedPoint] = Field(description="The points of the left text.")
    right: list[ComparedPoint] = Field(description="The points of the right text.")
    links: list[ComparedLink] = Field(description="The links between them.")
    words: list[DifferentWords] = Field(
        description="The difference of the words of a pair; empty = the pair has the same words, or they are not compared."
    )
    quantities: list[QuantityChange] = Field(description="The quantities of a pair, compared as values.")
    timing: list[TimingChange] = Field(description="The timings of a pair, compared as values.")
    same_issue: list[str] = Field(
        description="For a single point: the slugs of the points of the other text with the same primary issue. They are not aligned.",
        examples=[[]],
    )


class ComparedText(Dated):
    """A text of the comparison."""

    text: str = Field(
        description="The slug of the account, with `/` and the key of the part; the slug of the proposal if it has no account.",
        examples=["us-28-point-plan-2025-text"],
    )
    proposal: str = Field(description=descriptions.PROPOSAL, examples=["us-28-point-plan-2025"])
    title: str = Field(description=descriptions.PROPOSAL_TITLE, examples=["US 28-point draft peace plan"])
    part_title: str | None = Field(
        description="The title of the part; null = none, or the whole text.", examples=[None]
    )
    kind: str | None = Field(description="The kind of the account; null = no account.", examples=["excerpt"])
    on: EdtfText | None = Field(
        description="When the proposal was tabled or, if that is unknown, dated (EDTF); null = unknown.",
        examples=["2025-11-20"],
    )
    languages: list[str] = Field(description="The languages of the text; empty = not recorded.", examples=[["en"]])
    is_complete: bool | None = Field(
        description="Whether all points are recorded: the account covers the whole proposal, or the part has as many points as reported; null ="
        " unknown.",
        examples=[None],
    )
    points: int = Field(description="The number of recorded points.", examples=[28])
    points_reported: int | None = Field(description="The reported number of points; null = none.", examples=[28])
    words: int = Field(description="The number of words of the points.", examples=[225])
    brackets: int | None = Field(
        description="The number of square brackets in the whole account, as reported; null = not counted.",
        examples=[None],
    )
    bracketed_points: int = Field(description="The number of points with the text status `bracketed`.", examples=[0])
    options: int | None = Field(
        description="The number of options in the whole account, as reported; null = not counted.", examples=[None]
    )
    option_parts: int = Field(description="The number of recorded options.", examples=[0])


class SharedPassage(BaseModel):
    """A passage that both texts have."""

    text: str = Field(description="The passage, as in the right text.", examples=["no NATO troops in Ukraine"])
    words: int = Field(description="Its number of words.", examples=[5])
    left: str = Field(description="The slug of the point of the left text.", examples=["us-28-point-plan-2025-8"])
    right: str = Field(description="The slug of the point of the right text.", examples=["e3-counter-proposal-2025-4"])


class ChangeCounts(BaseModel):
    """The number of rows of each kind of change."""

    same: int = Field(description="Rows of the same content.", examples=[0])
    reworded: int = Field(description="Reworded points.", examples=[8])
    moved: int = Field(description="The same content at another place.", examples=[0])
    split: int = Field(description="Points that became several.", examples=[0])
    merged: int = Field(description="Points that became one.", examples=[0])
    added: int = Field(description="Points that the left text does not have.", examples=[0])
    dropped: int = Field(description="Points that the right text does not have.", examples=[1])
    contradicts: int = Field(description="Pairs that contradict or counter each other.", examples=[0])
    not_recorded: int = Field(
        description="Points without a counterpart in a text that may have one: it may be recorded incompletely, or is in another language.",
        examples=[19],
    )


class ComparedPair(BaseModel):
    """Two texts as wholes."""

    left: str = Field(description="The left text, as in `texts`.", examples=["us-28-point-plan-2025-text"])
    right: str = Field(description="The right text, as in `texts`.", examples=["e3-counter-proposal-2025-points"])
    counts: ChangeCounts = Field(description="The number of rows for each kind of change.")
    likely: int = Field(description="The number of rows that were aligned by similar words.", examples=[0])
    has_shared_numbers: bool = Field(
        description="Whether equal printed numbers were used for the alignment.", examples=[True]
    )
    has_compared_words: bool = Field(
        description="Whether words were compared; false = the texts have no language in common.", examples=[True]
    )
    shingles: int | None = Field(
        description="The number of different sequences of five words in both texts together; null = words not compared.",
        examples=[110],
    )
    shared_shingles: int | None = Field(
        description="The number of these that both texts have; null = words not compared.", examples=[3]
    )
    jaccard: float | None = Field(
        description="`shared_shingles` divided by `shingles`; null = words not compared, or no sequences of five words.",
        examples=[0.027273],
    )
    passages: list[SharedPassage] = Field(
        description="The longest shared passages of five words or more, at most five."
    )
    reason: PairReason | None = Field(
        description="Why there are no rows (`no_points`: neither text has points), or why words were not compared"
        " (`languages_differ`); null = neither.",
        examples=[None],
    )


class ComparisonRest(ReasonOfAnswer):
    """The texts, and each pair as a whole."""

    texts: list[ComparedText] = Field(description="The texts: left, right, and the others.")
    pairs: list[ComparedPair] = Field(description="The pairs of texts as wholes.")
