"""Write schemas of parties, people, places and delegations."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainValidator, StrictBool, ValidationInfo, WithJsonSchema, field_validator

from app.db.vocabulary import MandateRole, NameKind, PartyKind, PlaceKind, PointPrecision, SuccessionKind
from app.delegations import descriptions
from app.domain.keys import PartyKey, PlaceKey, TalkKey
from app.domain.texts import Line, Prose, refusal
from app.domain.types import CountryCode, EdtfDate, Lang
from app.errors import quoted
from app.schemas import descriptions as shared
from app.schemas.descriptions import as_key
from app.schemas.nested_writes import DelegationInTalk
from app.schemas.record_writes import NestedWrite, RecordWrite
from app.schemas.validators import distinct, keyed, not_before, not_itself
from app.writing.markers import OtherSide

_ONE_MEMBERSHIP = (
    " A party has one membership in each coalition: if it left and came back, give the first and the last day, and put the gap"
    " in `notes`."
)


class NameWrite(NestedWrite):
    """A name, with its language, kind and period of use."""

    text: Line = Field(description=descriptions.TEXT, examples=["Рустем Умєров"])
    lang: Lang | None = Field(None, description=descriptions.LANG, examples=["uk"])
    kind: NameKind | None = Field(None, description=descriptions.NAME_KIND, examples=["alias"])
    valid_from: EdtfDate | None = Field(None, description=descriptions.NAME_VALID_FROM, examples=["1991-08-24"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None,
        description=descriptions.NAME_VALID_TO,
        examples=["2022-06-02"],
    )


Names = Annotated[list[NameWrite], distinct("text")]


class MembershipWrite(NestedWrite):
    """A party's membership in a coalition or organization."""

    party: PartyKey = Field(description=as_key(descriptions.MEMBERSHIP_PARTY), examples=["p5-plus-1"])
    valid_from: EdtfDate | None = Field(None, description=shared.EXTERNAL_ID_VALID_FROM, examples=["2006-06"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description=shared.EXTERNAL_ID_VALID_TO, examples=["2018-05-08"]
    )
    is_bound: StrictBool | None = Field(None, description=descriptions.IS_BOUND, examples=[True])


class CoalitionMemberWrite(MembershipWrite):
    """A member of a coalition or organization, with the dates of its membership."""

    party: PartyKey = Field(description=as_key(descriptions.MEMBER_PARTY), examples=["russia"])


class MandateWrite(NestedWrite):
    """A mandate of a body, such as a parliament, to speak for a party."""

    party: PartyKey = Field(description=as_key(descriptions.MANDATE_PARTY), examples=["colombia-government"])
    role: MandateRole = Field(description=descriptions.ROLE, examples=["approves"])
    valid_from: EdtfDate | None = Field(None, description=descriptions.VALID_FROM, examples=["2016-10-02"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description=descriptions.MANDATE_VALID_TO, examples=["2016-10-02"]
    )


class SuccessionWrite(NestedWrite):
    """A party that succeeded another one."""

    party: PartyKey = Field(description=as_key(descriptions.SUCCESSOR), examples=["russia"])
    kind: SuccessionKind | None = Field(None, description=descriptions.SUCCESSION_KIND, examples=["continues"])
    on: EdtfDate | None = Field(None, description=descriptions.SUCCESSION_ON, examples=["1991-12-26"])
    note: Prose | None = Field(
        None, description=descriptions.SUCCESSION_NOTE, examples=["It kept the seat in the Security Council."]
    )


class PartyWrite(RecordWrite):
    """An actor, independent of any talk."""

    name: Line = Field(description=shared.DISPLAY_NAME, examples=["Russia"])
    kind: PartyKind = Field(description=descriptions.PARTY_KIND, examples=["state"])
    summary: Prose | None = Field(
        None,
        description=shared.DELEGATION_SUMMARY,
        examples=["Named only in the article's assessment."],
    )
    countries: Annotated[list[CountryCode], distinct()] = Field(
        default_factory=list, description=descriptions.PARTY_COUNTRIES, examples=[["RU"]]
    )
    splinter_of: Annotated[PartyKey | None, not_itself()] = Field(
        None, description=descriptions.SPLINTER_OF, examples=["farc-ep"]
    )
    successor_of: Annotated[PartyKey | None, not_itself()] = Field(
        None, description=descriptions.SUCCESSOR_OF, examples=["soviet-union"]
    )
    succeeded_by: Annotated[list[SuccessionWrite], distinct("party")] = Field(
        default_factory=list,
        description=descriptions.SUCCEEDED_BY,
        examples=[[{"party": "russia", "kind": "continues", "on": "1991-12-26"}]],
    )
    names: Names = Field(
        default_factory=list,
        description=descriptions.NAMES,
        examples=[[{"text": "Russian Federation", "lang": "en", "kind": "official"}]],
    )
    member_of: Annotated[list[MembershipWrite], distinct("party", advice=_ONE_MEMBERSHIP)] = Field(
        default_factory=list,
        description=descriptions.MEMBER_OF,
        examples=[[{"party": "p5-plus-1", "valid_from": "2006-06"}]],
    )
    members: Annotated[
        list[CoalitionMemberWrite], distinct("party", advice=_ONE_MEMBERSHIP), OtherSide("member_of")
    ] = Field(
        default_factory=list,
        description=f"{descriptions.MEMBERS} Each entry is stored in `member_of` of the member: it adds the membership, or"
        " replaces the membership that is stored there. Members that the list omits remain members, also in a PUT. To remove a"
        " membership, change `member_of` of the member.",
        examples=[[{"party": "russia", "valid_from": "2006-06"}]],
    )
    speaks_for: Annotated[list[MandateWrite], distinct("party")] = Field(
        default_factory=list,
        description=descriptions.SPEAKS_FOR,
        examples=[[{"party": "colombia-government", "role": "approves", "valid_from": "2016-10-02"}]],
    )

    @field_validator("member_of", "members")
    @classmethod
    def _not_of_itself(cls, rows: list[MembershipWrite], info: ValidationInfo) -> list[MembershipWrite]:
        place = next((place for place, row in enumerate(rows, 1) if row.party == info.data.get("slug")), None)
        if place is not None:
            raise refusal(
                "list",
                f"A party cannot be a member of itself; remove entry {place} ({quoted(rows[place - 1].party)}).",
            )
        return rows

    @field_validator("succeeded_by")
    @classmethod
    def _not_by_itself(cls, rows: list[SuccessionWrite], info: ValidationInfo) -> list[SuccessionWrite]:
        if info.data.get("slug") in {row.party for row in rows}:
            raise refusal("list", "A party cannot succeed itself; name another party, or remove this entry.")
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
        description=f"{descriptions.KEY} If omitted, it is made from the title.",
        examples=["defence-minister"],
    )
    title: Line = Field(description=descriptions.TITLE, examples=["Defence Minister of Ukraine"])
    party: PartyKey | None = Field(None, description=descriptions.POST_PARTY, examples=["ukraine"])
    valid_from: EdtfDate | None = Field(None, description=descriptions.VALID_FROM, examples=["2023-09-06"])
    valid_to: Annotated[EdtfDate | None, not_before("valid_from")] = Field(
        None, description=descriptions.POST_VALID_TO, examples=["2025-07-17"]
    )


class PersonWrite(RecordWrite):
    """A person, with all spellings of the name."""

    name: Line = Field(description=shared.DISPLAY_NAME, examples=["Rustem Umerov"])
    summary: Prose | None = Field(
        None,
        description=shared.DELEGATION_SUMMARY,
        examples=["Head of Ukraine's team in 2025."],
    )
    party: PartyKey | None = Field(
        None,
        description=descriptions.PERSON_PARTY,
        examples=["ukraine"],
    )
    names: Names = Field(
        default_factory=list,
        description=descriptions.PERSON_NAMES,
        examples=[[{"text": "Рустем Умєров", "lang": "uk"}, {"text": "Umierov", "kind": "transliteration"}]],
    )
    posts: Annotated[list[PostWrite], keyed(lambda post: [post.title], "post")] = Field(
        default_factory=list,
        description=descriptions.POSTS,
        examples=[[{"title": "Defence Minister of Ukraine", "party": "ukraine", "valid_from": "2023-09-06"}]],
    )


def _degrees(limit: int) -> PlainValidator:
    def check(value: object) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise refusal("coordinate", "The value is not a number; write degrees without quotes, such as 28.9784.")
        # `not` comes first, so that NaN, which compares as false, is rejected too.
        if not -limit <= value <= limit:
            raise refusal("coordinate", f"The number of degrees must be between -{limit} and {limit}.")
        # The column stores six decimal places (0.1 m). The value is rounded here, so that the same body sent again
        # changes nothing.
        return round(Decimal(str(value)), 6)

    return PlainValidator(check)


def _in_degrees(limit: int) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": "number", "minimum": -limit, "maximum": limit}, {"type": "null"}]})


class PlaceWrite(RecordWrite):
    """A venue, city, region or area."""

    name: Line = Field(description=shared.DISPLAY_NAME, examples=["Istanbul"])
    kind: PlaceKind = Field(description=descriptions.PLACE_KIND, examples=["city"])
    summary: Prose | None = Field(
        None,
        description=shared.DELEGATION_SUMMARY,
        examples=["No venue is named in the article."],
    )
    part_of: Annotated[PlaceKey | None, not_itself()] = Field(
        None, description=descriptions.PART_OF, examples=["turkiye"]
    )
    countries: Annotated[list[CountryCode], distinct()] = Field(
        default_factory=list, description=descriptions.PLACE_COUNTRIES, examples=[["TR"]]
    )
    lon: Annotated[Decimal | None, _degrees(180), _in_degrees(180)] = Field(
        None, description=descriptions.LON, examples=[28.9784]
    )
    lat: Annotated[Decimal | None, _degrees(90), _in_degrees(90)] = Field(
        None,
        description=descriptions.LAT,
        examples=[41.0082],
        validate_default=True,
    )
    precision: PointPrecision | None = Field(None, description=descriptions.PRECISION, examples=["city"])
    names: Names = Field(
        default_factory=list,
        description=descriptions.NAMES,
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

    talk: TalkKey = Field(description=as_key(descriptions.TALK), examples=["istanbul-2025-06-02"])
