"""The endpoints of mapping profiles: their list, each profile in detail, and the JSON Schema of profiles."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, nearest, quoted
from app.ingest.profiles.catalog import profiles, yaml_texts
from app.ingest.profiles.schema import Profile
from app.web import json_schema
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.read_response import base_of


class ProfileSummary(BaseModel):
    """A mapping profile."""

    name: str = Field(description="Name of the profile, for `profile=` of an import.", examples=["mend"])
    title: str = Field(description="The data set that the profile reads.", examples=["MEND mediation events"])
    about: str = Field(
        description="How rows become records.", examples=["Each event becomes a talk; its third parties, delegations."]
    )
    homepage: str | None = Field(
        description="Web page of the data set; null = not given.", examples=["https://doi.org/10.7910/DVN/PYRHS6"]
    )
    collections: list[str] = Field(
        description="The collections in which the profile creates records.", examples=[["parties", "talks"]]
    )


class ProfileColumn(BaseModel):
    """A column of the table."""

    name: str = Field(description="Name of the column in the profile.", examples=["person_id"])
    headers: list[str] = Field(
        description="Headers of the column in all releases of the data set.", examples=[["med_scope"]]
    )
    is_needed: bool = Field(description="Whether a file without this column is rejected.", examples=[False])
    split: str | None = Field(
        description="Separator between the values of a cell; null = a cell is one value.", examples=[";"]
    )
    unknown: list[str] = Field(
        description="Values that are read as null, including the values in `unknown` of the profile.", examples=[["NL"]]
    )
    like: str | None = Field(
        description="Regular expression that values must match; others become null. null = any value.",
        examples=["^[0-9]+$"],
    )
    caution: str | None = Field(
        description="Warning that is reported once per file; null = none.", examples=["It holds ids of persons."]
    )


class ProfileFamily(BaseModel):
    """A group of columns that are read as one list: the header names a property, and the cell holds its value."""

    name: str = Field(description="Name of the family in the profile.", examples=["ceas"])
    headers: list[str] = Field(description="Headers of the columns.", examples=[["Ce", "CeProv", "CeGen"]])
    unknown: list[str] = Field(
        description="Values that are read as null, including the values in `unknown` of the profile.", examples=[["0"]]
    )
    like: str | None = Field(
        description="Regular expression that cells must match; others become null. null = any value.",
        examples=["^[0-3]$"],
    )
    caution: str | None = Field(
        description="Warning that is reported once per file; null = none.", examples=["The codes have no labels."]
    )


class ProfileDetail(ProfileSummary):
    """A mapping profile with its columns and its YAML."""

    sheets: list[str] = Field(
        description="Name of the sheet to read from a workbook, in all releases; empty = the first sheet.",
        examples=[["Dataset"]],
    )
    columns: list[ProfileColumn] = Field(description="The columns that are read individually.")
    families: list[ProfileFamily] = Field(description="The groups of columns that are read as one list each.")
    passed_over: dict[str, str] = Field(
        description="The columns that are ignored, each with the reason.",
        examples=[{"num_med": "The number of third parties."}],
    )
    yaml: str = Field(
        description="The YAML of the profile; a copy of it is a good start for a profile of your own.",
        examples=["format: parley-profile/1\n"],
    )


class Profiles(BaseModel):
    """All mapping profiles."""

    data: list[ProfileSummary] = Field(description="The profiles, sorted by name.")


#: Path of the JSON Schema of profiles. It must never change, because editors refer to it.
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
    """Returns the profiles with which `POST /v1/imports?profile=` reads files of other data sets, such as
    `POST /v1/imports?profile=mend`. `/v1/profiles/schema` describes the keys of a profile."""
    return Profiles(data=[_summary(profile) for profile in profiles().values()])


def profile_schema(base: str) -> dict[str, object]:
    """Return the self-contained JSON Schema of profiles (2020-12); `base` is the base URL of the server."""
    return json_schema.placed(Profile.model_json_schema(mode="validation"), f"{base}{PATH}")


# Must be declared before the route of a single profile, which would match `schema` as a name.
@router.get(
    "/schema",
    operation_id="getProfileSchema",
    summary="Read the schema of mapping profiles",
    responses={
        **problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN),
        **json_schema.RESPONSES,
    },
    response_class=HttpResponse,
)
async def get_profile_schema(request: Request, _: Read) -> HttpResponse:
    """Returns the JSON Schema (2020-12) of profiles. Editors use it to complete and check a profile. For example, save
    it as `profile.schema.json`, and write as the first line of a profile: `# yaml-language-server:
    $schema=profile.schema.json`."""
    return json_schema.schema_response(profile_schema(base_of(request)))


@router.get(
    "/{name}",
    operation_id="getProfile",
    summary="Read a mapping profile",
    responses=problems(ProblemType.UNAUTHORIZED, ProblemType.FORBIDDEN, ProblemType.NOT_FOUND, ProblemType.INVALID),
)
async def get_profile(
    name: Annotated[str, Path(description="Name of the profile.", examples=["mend"])], _: Read
) -> ProfileDetail:
    """Returns the columns that a profile reads or ignores, and its YAML. Use the YAML as a template for your own
    profile, for example the YAML of `/v1/profiles/mend`."""
    profile = profiles().get(name)
    if profile is None:
        near = nearest(name, profiles())
        hint = f"Did you mean {quoted(near)}?" if near else f"The bundled profiles are {', '.join(profiles())}."
        raise ApiError(ProblemType.NOT_FOUND, f"There is no profile {quoted(name, 100)}. {hint}")
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
        yaml=yaml_texts()[name].decode(),
    )
