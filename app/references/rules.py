"""Write specifications of issues, sources and citations."""

from app.db.references import Citation, Issue, Source
from app.errors import quoted
from app.references.write_schemas import CitationWrite, IssueWrite, SourceWrite
from app.writing.batch import Batch, Draft
from app.writing.cited_fields import check_fields
from app.writing.withdrawing import withdrawal
from app.writing.write_spec import WriteSpec

CITATIONS_TABLE = Citation.metadata.tables["citation"]
LEFT_OUT = "omitted when its record was replaced"


def _key(batch: Batch, draft: Draft) -> None:
    """If a citation has no key, derive the key from its source, field and verdict; the verdict `supports` is omitted."""
    if draft.values["key"] is not None:
        return
    slug = batch.slug_of("sources", str(draft.body.source))
    verdict = draft.values["verdict"]
    words = [
        slug,
        (draft.values["field"] or "").strip("/").replace("/", "."),
        "" if verdict == "supports" else verdict,
    ]
    draft.values["key"] = ":".join(word for word in words if word)


async def _prepare_citations(batch: Batch, drafts: list[Draft]) -> None:
    """Restore withdrawn citations that a body contains again; withdraw those that a body or dossier omits."""
    for draft in drafts:
        if draft.found is not None and draft.found["withdrawn_at"] is not None and draft.withdrawn is None:
            draft.values.update(withdrawn_at=None, withdrawn_reason=None)
    given, kind = {draft.id for draft in drafts}, batch.kinds["citations"]
    if batch.dossier_contents is not None:
        for row in await batch.dossier_contents.left_out(batch, CITATIONS_TABLE, given):
            batch.drafts.append(
                withdrawal(batch, kind, row, f"omitted by the dossier {quoted(batch.dossier_contents.dossier)}")
            )
        return
    owners = {
        draft.id: draft
        for draft in batch.drafts
        if not draft.is_new and "citations" in draft.body.model_fields_set and draft.kind.collection != "citations"
    }
    if not owners:
        return
    for row in await batch.select(CITATIONS_TABLE, "target_id", owners):
        if row["id"] not in given and row["withdrawn_at"] is None:
            batch.drafts.append(withdrawal(batch, kind, row, LEFT_OUT))


ISSUE_WRITE_SPEC = WriteSpec(
    Issue, IssueWrite, slug=lambda draft, slug_of: draft.words("code"), also_named=("code",), identity=("code",)
)
SOURCE_WRITE_SPEC = WriteSpec(
    Source,
    SourceWrite,
    slug=lambda draft, slug_of: draft.words("publisher", "published", "title"),
    is_mergeable=True,
    same_in=(("url",), ("title", "publisher", "published")),
)
CITATION_WRITE_SPEC = WriteSpec(
    Citation,
    CitationWrite,
    # A word joins the two slugs, because a slug contains only single hyphens.
    slug=lambda draft, slug_of: f"{slug_of('target')} per {slug_of('source')}",
    complete=_key,
    prepare=_prepare_citations,
    check=check_fields,
    identity=("target_id", "key"),
    distinguished_by=("source", "field", "verdict"),
    # The slug contains neither field nor verdict, so the slugs of several citations of one source differ only by a
    # number that depends on the order of creation. Therefore a citation is found by its key.
    is_found_by_identity=True,
)
