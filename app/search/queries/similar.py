"""The demands that share words with one: chosen by its rarest words, weighed by how rare the shared ones are.

How rare a word is comes from PostgreSQL's own statistics of the column (as of the last ANALYZE); no table is counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    REAL,
    Double,
    Integer,
    Numeric,
    Select,
    String,
    Text,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, aggregate_order_by

from app.db.alias import aliased
from app.db.references import Issue
from app.db.tables import demands, proposals, talks
from app.reading.binding import Context, bound_values
from app.reading.collections import Readable
from app.reading.conditions import condition
from app.reading.filters import To
from app.reading.prepare import Prepared
from app.reading.projection import as_json_list
from app.reading.query import markers
from app.reading.references import known, wanted
from app.reading.statements import head
from app.search.filters import SimilarQuery

#: The rarest words of the demand, by which others are looked up, and how many each of them may bring.
RAREST, BROUGHT = 6, 250
#: A word in more than so many demands brings none, unless it is the rarest.
COMMON = 0.1
#: Share of the demands that hold a word which the statistics do not list.
UNLISTED = 0.0005
#: So many, the best by words, are compared letter by letter.
COMPARED = 100

_DEMAND: Any = demands.Demand
_STATISTICS = table("pg_stats", column("schemaname"), column("tablename"), column("attname"),
                    column("most_common_elems"), column("most_common_elem_freqs"))  # fmt: skip


@dataclass(frozen=True)
class Comparing:
    """The shape of the statement: whether an issue is asked for."""

    bound: frozenset[str]
    collection: str = "demands"
    issue: Any = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"similar={self.collection} parameters={','.join(sorted(self.bound))}"


def prepare_similar(slug: str, query: SimilarQuery, collections: Mapping[str, Readable]) -> Prepared:
    bound, variants = bound_values(query)
    bound |= {"slug": slug, "limit": query.limit}
    issue = next(marker for name, marker in markers(collections["demands"].query, (To,)) if name == "issue")
    return Prepared(Comparing(frozenset(bound), issue=issue), bound, variants)


def select_similar(shape: Comparing, _: Any, context: Context) -> Select[Any]:
    """The most alike demands as JSON, how many, the revision and its time, and whether the named issues exist."""
    one = aliased(_DEMAND)
    own = select(one.id, one.words, one.text, one.proposal_id).where(one.slug == context.parameter("slug", Text()))
    the = own.cte("the").prefix_with("MATERIALIZED")
    weighed = _weighed(the)
    rarest = (
        select(weighed)
        .where((weighed.c.share <= literal_column(str(COMMON))) | (weighed.c.place == literal_column("1")))
        .where(weighed.c.place <= literal_column(str(RAREST)))
        .cte("rarest")
    )
    together = select(cast(func.string_agg(_quoted(rarest.c.lexeme), literal_column("' & '")), TSQUERY)).where(
        rarest.c.place <= literal_column("3")
    )
    singly = select(rarest.c.place, cast(_quoted(rarest.c.lexeme), TSQUERY).label("words")).subquery("singly")
    targets = {}
    if any(name.startswith("issue_") for name in context.bound):
        targets = {"issue": wanted("issue", To("issues", "id", below=True), context)}

    def holding(words: Any) -> Any:
        record = aliased(_DEMAND)
        rules = [condition("issue", shape.issue, record, context, targets)] if targets else []
        return (
            select(record.id)
            .where(record.words.bool_op("@@")(words), record.is_reference, record.withdrawn_at.is_(None), *rules)
            .limit(literal_column(str(BROUGHT)))
        )

    each = holding(singly.c.words).correlate(singly).lateral("each")
    all_three = holding(together.scalar_subquery()).subquery("all_three")
    brought = union(select(all_three.c.id), select(each.c.id).select_from(singly.join(each, true()))).cte("brought")
    scored = _scored(brought, the, weighed)
    rows = _rows(scored, the, context)
    return select(
        cast(as_json_list(rows), Text).label("body"),
        select(func.count()).select_from(scored).scalar_subquery().label("found"),
        *head(),
        *known(targets),
    )


def _weighed(the: Any) -> Any:
    """The demand's lexemes, each with its share of all demands and its weight, numbered from the rarest on."""
    lexeme = (
        func.unnest(the.c.words)
        .table_valued(column("lexeme", Text), column("positions"), column("weights"), name="own")
        .render_derived()
    )
    listed = (
        func.unnest(
            cast(cast(_STATISTICS.c.most_common_elems, Text), ARRAY(Text)),
            cast(_STATISTICS.c.most_common_elem_freqs, ARRAY(REAL)),
        )
        .table_valued(column("lexeme", Text), column("share", Double), name="listed")
        .render_derived()
    )
    frequent = (
        select(listed.c.lexeme, listed.c.share)
        .select_from(_STATISTICS.join(listed, true()))
        .where(
            # Of the table itself, also where its name leads to the past: its words are today's, as of all statistics.
            _STATISTICS.c.schemaname == func.any(func.current_schemas(literal_column("false"))),
            _STATISTICS.c.tablename == literal_column("'demand'", String),
            _STATISTICS.c.attname == literal_column("'words'", String),
        )
        .subquery("known")
    )
    share = func.least(
        func.coalesce(cast(frequent.c.share, Double), literal_column(str(UNLISTED))), literal_column("0.95")
    )
    return (
        select(
            lexeme.c.lexeme,
            share.label("share"),
            (-func.ln(share)).label("weight"),
            func.row_number().over(order_by=[share, lexeme.c.lexeme]).label("place"),
        )
        .select_from(the.join(lexeme, true()).outerjoin(frequent, frequent.c.lexeme == lexeme.c.lexeme))
        .cte("weighed")
        .prefix_with("MATERIALIZED")
    )


def _quoted(lexeme: Any) -> Any:
    quote: Any = literal_column("''''")
    return quote.op("||")(func.replace(lexeme, quote, literal_column("''''''"))).op("||")(quote)


def _scored(brought: Any, the: Any, weighed: Any) -> Any:
    """The candidates that share the heaviest words, each with what it shares."""
    record = aliased(_DEMAND)
    # One row a candidate: of a view of the past the planner expects thousands, and would walk through all demands.
    candidate = (
        select(record.id, record.words).where(record.id == brought.c.id).limit(literal_column("1")).lateral("candidate")
    )
    lexeme = (
        func.unnest(candidate.c.words)
        .table_valued(column("lexeme", Text), column("positions"), column("weights"), name="its")
        .render_derived()
    )
    total = select(func.sum(weighed.c.weight)).scalar_subquery()
    heaviest = func.array_agg(aggregate_order_by(weighed.c.lexeme, weighed.c.place))
    return (
        select(
            candidate.c.id,
            (func.sum(weighed.c.weight) / total).label("by_words"),
            heaviest.label("shared"),
        )
        .select_from(brought)
        .join(candidate, true())
        .join(lexeme, true())
        .join(weighed, weighed.c.lexeme == lexeme.c.lexeme)
        .where(candidate.c.id != select(the.c.id).scalar_subquery())
        .group_by(candidate.c.id)
        .order_by(func.sum(weighed.c.weight).desc(), candidate.c.id)
        .limit(literal_column(str(COMPARED)))
        .cte("scored")
    )


def _rows(scored: Any, the: Any, context: Context) -> Select[Any]:
    record, proposal, process = aliased(_DEMAND), aliased(proposals.Proposal), aliased(talks.Process)
    link, issue = aliased(demands.DemandIssue), aliased(Issue)
    codes = (
        select(issue.code)
        .where(link.demand_id == record.id, issue.id == link.issue_id)
        .order_by(link.is_primary.desc(), issue.code)
        .correlate(record)
        .scalar_subquery()
    )
    letters = func.similarity(record.text, select(the.c.text).scalar_subquery())
    score = literal_column("0.7") * scored.c.by_words + literal_column("0.3") * cast(letters, Double)
    return (
        select(
            record.slug,
            record.text,
            process.slug.label("process"),
            proposal.slug.label("proposal"),
            proposal.tabled_on,
            func.array_to_json(func.array(codes)).label("issues"),
            func.round(cast(score, Numeric), literal_column("4")).label("score"),
            func.array_to_json(scored.c.shared).label("shared"),
            (record.proposal_id == select(the.c.proposal_id).scalar_subquery()).label("is_same_proposal"),
            func.parley_address(literal_column("'/v1/demands/'").op("||")(record.slug)).label("url"),
        )
        .select_from(scored)
        .join(record, record.id == scored.c.id)
        .join(proposal, proposal.id == record.proposal_id)
        .join(process, process.id == record.process_id)
        .order_by(score.desc(), record.id)
        .limit(context.parameter("limit", Integer()))
    )
