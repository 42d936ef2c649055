"""Write schemas of parties, people, places and delegations."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema, field_validator

from app.db.vocabulary import MandateRole, NameKind, PartyKind, PlaceKind, PointPrecision
from app.domain.keys import PartyKey, PlaceKey, TalkKey
from app.domain.texts import Line, Prose, refusal
from app.domain.types import CountryCode, EdtfDate, Lang
from app.schemas.nested_writes import DelegationInTalk
from app.schemas.record_writes import NestedWrite, RecordWrite
from app.schemas.validators import distinct, keyed, not_before, not_itself


class NameWrite(NestedWrite):
    """A name, with its language, kind and period of use."""

    text: Line = Field(description="The name.", examples=["Рустем Умєров"])
    lang: Lang | None = Field(None, description="The language (BCP 47); null = not stated.", examples=["uk"])
    kind: NameKind | None = Field(None, description="The kind of name; null = not stated.", examples=["alias"])
    valid_from: EdtfDate | None = Field(
        None, description="The first day on which the name was used (EDTF); null = always.", examples=["1991-08-24"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None,
        description="The last day on which the name was used (EDTF); null = still in use.",
        examples=["2022-06-02"],
    )


Names = Annotated[list[NameWrite], distinct("text")]


class MembershipWrite(NestedWrite):
    """A party's membership in a coalition or organization."""

    party: PartyKey = Field(description="The coalition: slug, id or `scheme:value`.", examples=["p5-plus-1"])
    valid_from: EdtfDate | None = Field(
        None, description="The first day of validity (EDTF); null = always valid.", examples=["2006-06"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="The last day of validity (EDTF); null = still valid.", examples=["2018-05-08"]
    )


class MandateWrite(NestedWrite):
    """A mandate of a body, such as a parliament, to speak for a party."""

    party: PartyKey = Field(
        description="The party that the body speaks for: slug, id or `scheme:value`.", examples=["colombia-government"]
    )
    role: MandateRole = Field(
        description="Whether the body decides for the party or approves what the party accepted.", examples=["approves"]
    )
    valid_from: EdtfDate | None = Field(
        None, description="The first day (EDTF); null = unknown.", examples=["2016-10-02"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="The last day (EDTF); null = unknown.", examples=["2016-10-02"]
    )


class PartyWrite(RecordWrite):
    """An actor, independent of any talk."""

    name: Line = Field(description="The display name.", examples=["Russia"])
    kind: PartyKind = Field(description="The kind of actor.", examples=["state"])
    summary: Prose | None = Field(
        None,
        description="A short description; null = none.",
        examples=["Named only in the article's assessment."],
    )
    countries: Annotated[list[CountryCode], distinct()] = Field(
        default_factory=list, description="The countries of the party (ISO 3166-1).", examples=[["RU"]]
    )
    splinter_of: Annotated[PartyKey | None, not_itself()] = Field(
        None, description="The party that this one split from; null = none.", examples=["farc-ep"]
    )
    successor_of: Annotated[PartyKey | None, not_itself()] = Field(
        None, description="The party that this one succeeded; null = none.", examples=["soviet-union"]
    )
    names: Names = Field(
        default_factory=list,
        description="Other names, in order.",
        examples=[[{"text": "Russian Federation", "lang": "en", "kind": "official"}]],
    )
    member_of: Annotated[list[MembershipWrite], distinct("party")] = Field(
        default_factory=list,
        description="The coalitions and organizations to which the party belongs.",
        examples=[[{"party": "p5-plus-1", "valid_from": "2006-06"}]],
    )

    speaks_for: Annotated[list[MandateWrite], distinct("party")] = Field(
        default_factory=list,
        description="The parties that this one speaks for, as an electorate or a parliament does: its answers count as theirs.",
        examples=[[{"party": "colombia-government", "role": "approves", "valid_from": "2016-10-02"}]],
    )

    @field_validator("member_of")
    @classmethod
    def _not_of_itself(cls, rows: list[MembershipWrite], info: ValidationInfo) -> list[MembershipWrite]:
        if info.data.get("slug") in {row.party for row in rows}:
            raise refusal("list", "A party cannot be a member of itself; remove this entry.")
        return rows

    @field_validator("speaks_for")
    @classmethod
    def _not_for_itself(cls, rows: list[MandateWrite], info: ValidationInfo) -> list[MandateWrite]:
        if info.data.get("slug") in {row.party for row in rows}:
            raise refusal("list", "A party always speaks for itself; remove this entry.")
        return rows


class PostWrite(NestedWrite):
    """A post that a person held."""

    key: Line | None = Field(
        None,
        description="The key that identifies the post among those of the person. If omitted, it is made from the title.",
        examples=["defence-minister"],
    )
    title: Line = Field(description="The title of the post.", examples=["Defence Minister of Ukraine"])
    party: PartyKey | None = Field(
        None, description="The party for which the post is held; null = not stated.", examples=["ukraine"]
    )
    valid_from: EdtfDate | None = Field(
        None, description="The first day (EDTF); null = unknown.", examples=["2023-09-06"]
    )
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description="The last day (EDTF); `..` = still held, null = unknown.", examples=["2025-07-17"]
    )


class PersonWrite(RecordWrite):
    """A person, with all spellings of the name."""

    name: Line = Field(description="The display name.", examples=["Rustem Umerov"])
    summary: Prose | None = Field(
        None,
        description="A short description; null = none.",
        examples=["Head of Ukraine's team in 2025."],
    )
    party: PartyKey | None = Field(
        None,
        description="The party to which the person mainly belongs; null = not stated.",
        examples=["ukraine"],
    )
    names: Names = Field(
        default_factory=list,
        description="Other spellings and names, in order.",
        examples=[[{"text": "Рустем Умєров", "lang": "uk"}, {"text": "Umierov", "kind": "transliteration"}]],
    )
    posts: Annotated[list[PostWrite], keyed(lambda post: [post.title], "post")] = Field(
        default_factory=list,
        description="The posts that the person held, in order.",
        examples=[[{"title": "Defence Minister of Ukraine", "party": "ukraine", "valid_from": "2023-09-06"}]],
    )


def _degrees(limit: int) -> PlainValidator:
    def check(value: object) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise refusal("coordinate", "The value is not a number; write degrees without quotes, such as 28.9784.")
        # Written so that NaN, which compares as false, is rejected too.
        if not -limit <= value <= limit:
            raise refusal("coordinate", f"The number of degrees must be between -{limit} and {limit}.")
        # The column stores six decimal places (0.1 m). Rounded here, so that sending the same body again is no change.
        return round(Decimal(str(value)), 6)

    return PlainValidator(check)


def _in_degrees(limit: int) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": "number", "minimum": -limit, "maximum": limit}, {"type": "null"}]})


class PlaceWrite(RecordWrite):
    """A venue, city, region or area."""

    name: Line = Field(description="The display name.", examples=["Istanbul"])
    kind: PlaceKind = Field(description="The kind of place.", examples=["city"])
    summary: Prose | None = Field(
        None,
        description="A short description; null = none.",
        examples=["No venue is named in the article."],
    )
    part_of: Annotated[PlaceKey | None, not_itself()] = Field(
        None, description="The place that contains this one; null = none stored.", examples=["turkiye"]
    )
    countries: Annotated[list[CountryCode], distinct()] = Field(
        default_factory=list, description="The countries of the place (ISO 3166-1).", examples=[["TR"]]
    )
    lon: Annotated[Decimal | None, _degrees(180), _in_degrees(180)] = Field(
        None, description="The longitude in degrees east (WGS 84); null = unknown.", examples=[28.9784]
    )
    lat: Annotated[Decimal | None, _degrees(90), _in_degrees(90)] = Field(
        None,
        description="The latitude in degrees north (WGS 84); null = unknown.",
        examples=[41.0082],
        validate_default=True,
    )
    precision: PointPrecision | None = Field(
        None, description="The precision of the point; null = not stated.", examples=["city"]
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
            raise refusal("coordinate", "A virtual place has no coordinates; set `lon` and `lat` to null.")
        return lon

    @field_validator("lat")
    @classmethod
    def _whole_point(cls, lat: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if "lon" in info.data and (lat is None) != (info.data["lon"] is None):
            raise refusal("coordinate", "`lon` and `lat` belong together; give both or neither.")
        return lat


class DelegationWrite(DelegationInTalk):
    """A party's delegation to a talk."""

    talk: TalkKey = Field(description="The talk: slug, id or `scheme:value`.", examples=["istanbul-2025-06-02"])
