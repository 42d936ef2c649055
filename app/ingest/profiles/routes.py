"""The mapping profiles over HTTP: which there are, and what each makes of which columns."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, nearest
from app.ingest.profiles.catalog import profiles, texts
from app.ingest.profiles.schema import Profile
from app.web import json_schema
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import base_of


class ProfileSummary(BaseModel):
    """A mapping profile."""

    name: str = Field(description="Its name, as `profile=` takes it.", examples=["mend"])
    title: str = Field(description="The files that it reads.", examples=["MEND mediation events"])
    about: str = Field(
        description="What a row becomes.", examples=["Each event becomes a talk; its third parties, delegations."]
    )
    homepage: str | None = Field(
        description="Where the files come from; null = not said.", examples=["https://doi.org/10.7910/DVN/PYRHS6"]
    )
    collections: list[str] = Field(
        description="The collections of which it makes records.", examples=[["parties", "talks"]]
    )


class ProfileColumn(BaseModel):
    """A column of the files."""

    name: str = Field(description="What the profile calls it.", examples=["person_id"])
    headers: list[str] = Field(description="Its headers in all releases.", examples=[["med_scope"]])
    is_needed: bool = Field(description="Whether a file without it is refused.", examples=[False])
    split: str | None = Field(description="What stands between the values of a cell; null = one value.", examples=[";"])
    unknown: list[str] = Field(
        description="Values that stand for “unknown”, with those of the whole profile.", examples=[["NL"]]
    )
    like: str | None = Field(
        description="Regular expression that its values match; others are not read. null = any.",
        examples=["^[0-9]+$"],
    )
    caution: str | None = Field(
        description="What is told of it once a file; null = nothing.", examples=["It holds ids of persons."]
    )


class ProfileFamily(BaseModel):
    """Columns that are alike: the header says of what, the cell how it stands with it."""

    name: str = Field(description="What the profile calls them.", examples=["ceas"])
    headers: list[str] = Field(description="Their headers.", examples=[["Ce", "CeProv", "CeGen"]])
    unknown: list[str] = Field(description="Values that stand for “unknown”, or for nothing.", examples=[["0"]])
    like: str | None = Field(
        description="Regular expression that their cells match; others are not read. null = any.", examples=["^[0-3]$"]
    )
    caution: str | None = Field(
        description="What is told of them once a file; null = nothing.", examples=["The codes have no labels."]
    )


class ProfileDetail(ProfileSummary):
    """A mapping profile, whole."""

    sheets: list[str] = Field(
        description="Of a workbook the sheet that it reads, by its names; none = the first.", examples=[["Dataset"]]
    )
    columns: list[ProfileColumn] = Field(description="The columns that it reads one by one.")
    families: list[ProfileFamily] = Field(description="The columns that it reads as one list.")
    passed_over: dict[str, str] = Field(
        description="The columns that it leaves alone, and why.", examples=[{"num_med": "The number of third parties."}]
    )
    yaml: str = Field(description="Its text, from which others can be made.", examples=["format: parley-profile/1\n"])


class Profiles(BaseModel):
    """All mapping profiles."""

    data: list[ProfileSummary] = Field(description="The profiles, by name.")


#: Where the schema of profiles stands, for ever.
PATH = "/v1/profiles/schema"

Read = Annotated[Principal, Depends(require(Scope.READ))]
router = APIRouter(prefix="/v1/profiles", tags=["imports"])


def _summary(profile: Profile) -> ProfileSummary:
    return ProfileSummary(
        name=profile.name,
        title=profile.title,
        about=profile.about,
        homepage=profile.homepage,
        collections=sorted({rule.collection for rule in profile.records}),
    )


@router.get(
    "",
    operation_id="listProfiles",
    summary="List mapping profiles",
    responses=problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
)
async def list_profiles(_: Read) -> Profiles:
    """The profiles with which `POST /v1/imports?profile=` reads files of other data sets. `/v1/profiles/schema` says what
    one may say."""
    return Profiles(data=[_summary(profile) for profile in profiles().values()])


def schema_of(base: str) -> dict[str, Any]:
    """The JSON Schema of profiles (2020-12), self-contained; `base` is the address of the server."""
    return json_schema.placed(Profile.model_json_schema(mode="validation"), f"{base}{PATH}")


# Before the address of one profile, which would take `schema` for a name.
@router.get(
    "/schema",
    operation_id="getProfileSchema",
    summary="Read the schema of mapping profiles",
    responses={
        **problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
        **json_schema.TOLD,
    },
    response_class=HttpResponse,
)
async def get_profile_schema(request: Request, _: Read) -> HttpResponse:
    """All that a profile may say, key by key, as JSON Schema (2020-12): for editors, and for whoever writes one."""
    return json_schema.answer(schema_of(base_of(request)))


@router.get(
    "/{name}",
    operation_id="getProfile",
    summary="Read a mapping profile",
    responses=problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN, ProblemType.NOT_FOUND, ProblemType.INVALID),
)
async def get_profile(name: Annotated[str, Path(description="Its name.", examples=["mend"])], _: Read) -> ProfileDetail:
    """What a profile makes of which columns, and its text."""
    profile = profiles().get(name)
    if profile is None:
        near = nearest(name, profiles())
        hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(profiles())}."
        raise ApiError(ProblemType.NOT_FOUND, f"There is no profile {name[:100]!r}. {hint}")
    return ProfileDetail(
        **_summary(profile).model_dump(),
        columns=[
            ProfileColumn(
                name=own,
                headers=column.header,
                is_needed=column.is_needed,
                split=column.split,
                unknown=profile.unknown_in(column),
                like=column.like,
                caution=column.caution,
            )
            for own, column in profile.columns.items()
        ],
        sheets=profile.sheets,
        families=[
            ProfileFamily(
                name=own,
                headers=family.headers,
                unknown=profile.unknown_in(family),
                like=family.like,
                caution=family.caution,
            )
            for own, family in profile.families.items()
        ],
        passed_over=profile.passed_over,
        yaml=texts()[name].decode(),
    )
