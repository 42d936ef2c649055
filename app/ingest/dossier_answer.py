"""The response of an import of a dossier."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from app.ingest.dossier import Done, WrittenDossier
from app.ingest.lint.dossiers import DossierFinding
from app.ingest.report import MOST_LISTED
from app.resources.differences import planned_changes
from app.schemas.differences import DifferenceView


class DossierRecord(BaseModel):
    """The result for one record."""

    collection: str = Field(description="Collection of the record.", examples=["parties"])
    slug: str = Field(description="Slug of the record.", examples=["indonesia"])
    done: Done = Field(
        description="What the import did with the record. `unchanged`: the record is already stored with these values."
        " `withdrawn`: a citation that an earlier version of the dossier contained, that this version omits, and that no"
        " other dossier contains.",
        examples=["created"],
    )
    changes: list[DifferenceView] | None = Field(
        None,
        description="On a dry run, for a changed record: the values that would change, in the record as `PUT` accepts it."
        " null = not a dry run, or not among the first 1,000 changed records.",
        examples=[None],
    )


class DossierWarning(BaseModel):
    """A warning about a value. It does not prevent the import."""

    rule: str = Field(description="The linter rule that causes the warning.", examples=["equal-name"])
    pointer: str = Field(description="JSON Pointer into the dossier.", examples=["/records/parties/0/name"])
    message: str = Field(
        description="What is suspicious.", examples=["'indonesia-government' has the name 'Indonesia' too"]
    )
    hint: str | None = Field(description="How to fix it; null = no hint.", examples=["Check the date."])


class DossierAnswer(BaseModel):
    """The result of importing a dossier."""

    dossier: str = Field(description="Slug of the dossier.", examples=["aceh-2005"])
    dry_run: bool = Field(description="Whether this was a dry run, which writes nothing.", examples=[False])
    revision: int | None = Field(
        description="Number of the revision; null = nothing changed, or this was a dry run.", examples=[7]
    )
    counts: dict[Done, int] = Field(
        description="Number of records for each value of `done`.",
        examples=[{"created": 8, "changed": 0, "withdrawn": 0, "unchanged": 0}],
    )
    records: list[DossierRecord] = Field(
        description="The records of the body, collection by collection, then the records nested in them."
    )
    warnings: list[DossierWarning] = Field(
        description=f"Warnings of the linter about the records of the body, at most {MOST_LISTED:,}.", examples=[[]]
    )
    warnings_not_listed: int = Field(description="Number of further warnings.", examples=[0])


def summarize(written: WrittenDossier, warnings: Sequence[DossierFinding], *, dry_run: bool) -> DossierAnswer:
    """Return the response for a dossier that was written, or checked by a dry run."""
    return DossierAnswer(
        dossier=written.slug,
        dry_run=dry_run,
        revision=written.revision,
        counts=written.counts,
        records=[
            DossierRecord(collection=one.collection, slug=one.slug, done=done, changes=planned_changes(one.bodies))
            for one, done in written.records
        ],
        warnings=[
            DossierWarning(rule=one.rule, pointer=one.pointer, message=one.message, hint=one.hint)
            for one in warnings[:MOST_LISTED]
        ],
        warnings_not_listed=max(0, len(warnings) - MOST_LISTED),
    )
