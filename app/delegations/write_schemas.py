"""What is written of parties, people, places and delegations."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema, field_validator

from app.db.vocabulary import MandateRole, NameKind, PartyKind, PlaceKind, PointPrecision
from app.domain.types import CountryCode, EdtfDate, Lang, Line, PartyKey, PlaceKey, Prose, TalkKey, refusal
from app.schemas.nested_writes import DelegationInTalk
from app.schemas.record import Part, RecordWrite
from app.schemas.validators import distinct, keyed, not_before, not_itself


class NameWrite(Part):
    """A name: in a language, of a kind, for a time."""

    text: Line = Field(description="The name.", examples=["Рустем Умєров"])
    lang: Lang | None = Field(None, description="Its language (BCP 47); null = not said.", examples=["uk"])
    kind: NameKind | None = Field(None, description="What kind of name it is; null = not said.", examples=["alias"])
    valid_from: EdtfDate | None = Field(
        None, description="From when it was used (EDTF); null = always.", examples=["1991-08-24"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="Until when it was used (EDTF); null = still.", examples=["2022-06-02"]
    )


Names = Annotated[list[NameWrite], distinct("text")]


class MembershipWrite(Part):
    """A party's place in a coalition or organisation."""

    party: PartyKey = Field(description="The coalition: slug, id or `scheme:value`.", examples=["p5-plus-1"])
    valid_from: EdtfDate | None = Field(None, description="From when (EDTF); null = always.", examples=["2006-06"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="Until when (EDTF); null = still.", examples=["2018-05-08"]
    )


class MandateWrite(Part):
    """A party for which a body speaks."""

    party: PartyKey = Field(
        description="The party whose answer it gives: slug, id or `scheme:value`.", examples=["colombia-government"]
    )
    role: MandateRole = Field(
        description="Whether it decides for the party or approves what the party accepted.", examples=["approves"]
    )
    valid_from: EdtfDate | None = Field(None, description="From when (EDTF); null = unknown.", examples=["2016-10-02"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="Until when (EDTF); null = unknown.", examples=["2016-10-02"]
    )


class PartyWrite(RecordWrite):
    """An actor beyond any one talk."""

    name: Line = Field(description="The name by which it is shown.", examples=["Russia"])
    kind: PartyKind = Field(description="What kind of actor it is.", examples=["state"])
    summary: Prose | None = Field(
        None,
        description="Who it is, in short; null = not written.",
        examples=["Named only in the article's assessment."],
    )
    countries: Annotated[list[CountryCode], distinct()] = Field(
        default_factory=list, description="Countries it belongs to (ISO 3166-1).", examples=[["RU"]]
    )
    splinter_of: Annotated[PartyKey | None, not_itself()] = Field(
        None, description="The party it broke away from; null = none.", examples=["farc-ep"]
    )
    successor_of: Annotated[PartyKey | None, not_itself()] = Field(
        None, description="The party whose place it took; null = none.", examples=["soviet-union"]
    )
    names: Names = Field(
        default_factory=list,
        description="Other names, in order.",
        examples=[[{"text": "Russian Federation", "lang": "en", "kind": "official"}]],
    )
    member_of: Annotated[list[MembershipWrite], distinct("party")] = Field(
        default_factory=list,
        description="Coalitions and organisations it belongs to.",
        examples=[[{"party": "p5-plus-1", "valid_from": "2006-06"}]],
    )

    speaks_for: Annotated[list[MandateWrite], distinct("party")] = Field(
        default_factory=list,
        description="Parties for which it speaks, as an electorate or a parliament does: its answers count as theirs.",
        examples=[[{"party": "colombia-government", "role": "approves", "valid_from": "2016-10-02"}]],
    )

    @field_validator("member_of")
    @classmethod
    def _not_of_itself(cls, rows: list[MembershipWrite], info: ValidationInfo) -> list[MembershipWrite]:
        if info.data.get("slug") in {row.party for row in rows}:
            raise refusal("list", "A party is no member of itself; leave this entry out.")
        return rows

    @field_validator("speaks_for")
    @classmethod
    def _not_for_itself(cls, rows: list[MandateWrite], info: ValidationInfo) -> list[MandateWrite]:
        if info.data.get("slug") in {row.party for row in rows}:
            raise refusal("list", "A party always speaks for itself; remove this entry.")
        return rows


class PostWrite(Part):
    """A post that a person held."""

    key: Line | None = Field(
        None,
        description="Tells it from the person's other posts; made from the title where left out.",
        examples=["defence-minister"],
    )
    title: Line = Field(description="The post.", examples=["Defence Minister of Ukraine"])
    party: PartyKey | None = Field(
        None, description="The party for which it is held; null = not said.", examples=["ukraine"]
    )
    valid_from: EdtfDate | None = Field(None, description="From when (EDTF); null = unknown.", examples=["2023-09-06"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="Until when (EDTF); `..` = still, null = unknown.", examples=["2025-07-17"]
    )


class PersonWrite(RecordWrite):
    """A human being; spellings of one name are names of one person."""

    name: Line = Field(description="The name by which the person is shown.", examples=["Rustem Umerov"])
    summary: Prose | None = Field(
        None,
        description="Who it is, in short; null = not written.",
        examples=["Head of Ukraine's team in 2025."],
    )
    party: PartyKey | None = Field(
        None,
        description="The party to which the person mainly belongs; null = not said.",
        examples=["ukraine"],
    )
    names: Names = Field(
        default_factory=list,
        description="Other spellings and names, in order.",
        examples=[[{"text": "Рустем Умєров", "lang": "uk"}, {"text": "Umierov", "kind": "transliteration"}]],
    )
    posts: Annotated[list[PostWrite], keyed(lambda post: [post.title], "post")] = Field(
        default_factory=list,
        description="Posts held, in order.",
        examples=[[{"title": "Defence Minister of Ukraine", "party": "ukraine", "valid_from": "2023-09-06"}]],
    )


def _degrees(limit: int) -> PlainValidator:
    def check(value: Any) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise refusal("coordinate", "This is not a number; write degrees without quotes, as in 28.9784.")
        # Not the other way round: NaN compares as false.
        if not -limit <= value <= limit:
            raise refusal("coordinate", f"Degrees lie between -{limit} and {limit} here.")
        # Six places are 0.1 m, what the column keeps: rounded here, so that the same body is no change.
        return round(Decimal(str(value)), 6)

    return PlainValidator(check)


def _in_degrees(limit: int) -> Any:
    return WithJsonSchema({"anyOf": [{"type": "number", "minimum": -limit, "maximum": limit}, {"type": "null"}]})


class PlaceWrite(RecordWrite):
    """A venue, city, region or area."""

    name: Line = Field(description="The name by which it is shown.", examples=["Istanbul"])
    kind: PlaceKind = Field(description="What kind of place it is.", examples=["city"])
    summary: Prose | None = Field(
        None,
        description="What is to be said of it; null = nothing.",
        examples=["No venue is named in the article."],
    )
    part_of: Annotated[PlaceKey | None, not_itself()] = Field(
        None, description="The place that contains it; null = none stored.", examples=["turkiye"]
    )
    countries: Annotated[list[CountryCode], distinct()] = Field(
        default_factory=list, description="Countries it lies in (ISO 3166-1).", examples=[["TR"]]
    )
    lon: Annotated[Decimal | None, _degrees(180), _in_degrees(180)] = Field(
        None, description="Longitude in degrees east (WGS 84); null = unknown.", examples=[28.9784]
    )
    lat: Annotated[Decimal | None, _degrees(90), _in_degrees(90)] = Field(
        None,
        description="Latitude in degrees north (WGS 84); null = unknown.",
        examples=[41.0082],
        validate_default=True,
    )
    precision: PointPrecision | None = Field(
        None, description="How exactly the point is known; null = not said.", examples=["city"]
    )
    names: Names = Field(
        default_factory=list,
        description="Other names, in order.",
        examples=[[{"text": "İstanbul", "lang": "tr"}]],
    )

    @field_validator("lon")
    @classmethod
    def _not_of_a_call(cls, lon: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if lon is not None and info.data.get("kind") is PlaceKind.VIRTUAL:
            raise refusal("coordinate", "A virtual place lies nowhere; leave `lon` and `lat` null.")
        return lon

    @field_validator("lat")
    @classmethod
    def _whole_point(cls, lat: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if "lon" in info.data and (lat is None) != (info.data["lon"] is None):
            raise refusal("coordinate", "`lon` and `lat` make one point; give both or neither.")
        return lat


class DelegationWrite(DelegationInTalk):
    """A party's part in one talk."""

    talk: TalkKey = Field(description="The talk: slug, id or `scheme:value`.", examples=["istanbul-2025-06-02"])
