"""Finds demands that share words with a demand. Candidates share the rarest words of the demand; shared words are
weighted by rarity.

The rarity of a word is taken from PostgreSQL's column statistics, as of the last ANALYZE, instead of being counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import (
    CTE,
    REAL,
    Double,
    Integer,
    Numeric,
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

from app.db.alias import AnySelect, Expression, aliased
from app.db.references import Issue
from app.db.tables import demands, proposals, talks
from app.reading.binding import Context, bound_values
from app.reading.conditions import filter_condition
from app.reading.date_bounds import json_day, stored_day
from app.reading.filters import To
from app.reading.keys import count_named, find_named_records
from app.reading.preparation import Prepared
from app.reading.projection import as_json_list
from app.reading.query import markers
from app.reading.read_spec import ReadSpec
from app.reading.statements import head
from app.search.filters import SimilarQuery

#: Number of rarest words by which candidates are looked up, and the maximum number of candidates per lookup.
RAREST, CANDIDATES = 6, 250
#: Words that occur in more than this share of demands are not looked up, except the rarest word.
COMMON = 0.1
#: Assumed share of demands that contain a word which the statistics do not list.
UNLISTED = 0.0005
#: Number of candidates with the best word scores, which are also compared by letters.
COMPARED = 100

_DEMAND = demands.Demand
_STATISTICS = table("pg_stats", column("schemaname"), column("tablename"), column("attname"),
                    column("most_common_elems"), column("most_common_elem_freqs"))  # fmt: skip


@dataclass(frozen=True)
class SimilarKey:
    """The statement key: it depends only on whether there is a filter by issue."""

    bound: frozenset[str]
    collection: str = "demands"
    issue: To = field(kw_only=True, compare=False)

    def __str__(self) -> str:
        return f"similar={self.collection} parameters={','.join(sorted(self.bound))}"


def prepare_similar(slug: str, query: SimilarQuery, collections: Mapping[str, ReadSpec]) -> Prepared:
    """Prepare the statement for the demand with this slug."""
    bound, variants = bound_values(query)
    bound |= {"slug": slug, "limit": query.limit}
    issue = next(marker for name, marker in markers(collections["demands"].query, (To,)) if name == "issue")
    return Prepared(SimilarKey(frozenset(bound), issue=issue), bound, variants)


def select_similar(statement_key: SimilarKey, _: object, context: Context) -> AnySelect:
    """Build the statement. It returns the most similar demands as JSON, their number, the revision and its time, and how many of
    the issues that the filter names exist."""
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
        targets = {"issue": find_named_records("issue", To("issues", "id", below=True), context)}

    def holding(words: Expression) -> AnySelect:
        record = aliased(_DEMAND)
        rules = [filter_condition("issue", statement_key.issue, record, context, targets)] if targets else []
        return (
            select(record.id)
            .where(record.words.bool_op("@@")(words), record.is_reference, record.withdrawn_at.is_(None), *rules)
            .limit(literal_column(str(CANDIDATES)))
        )

    each = holding(singly.c.words).correlate(singly).lateral("each")
    all_three = holding(together.scalar_subquery()).subquery("all_three")
    candidate_ids = union(select(all_three.c.id), select(each.c.id).select_from(singly.join(each, true()))).cte(
        "brought"
    )
    scored = _scored(candidate_ids, the, weighed)
    rows = _rows(scored, the, context)
    return select(
        cast(as_json_list(rows), Text).label("body"),
        select(func.count()).select_from(scored).scalar_subquery().label("found"),
        *head(),
        *count_named(targets),
    )


def _weighed(the: CTE) -> CTE:
    """Select the lexemes of the demand, numbered from the rarest, each with its share of all demands and its weight."""
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
            # Use the statistics of the current table even with `as_of`, when the table name refers to a view of a
            # former state.
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


def _quoted(lexeme: Expression) -> Expression:
    quote: Expression = literal_column("''''")
    return quote.op("||")(func.replace(lexeme, quote, literal_column("''''''"))).op("||")(quote)


def _scored(candidate_ids: CTE, the: CTE, weighed: CTE) -> CTE:
    """Select the candidates with the highest weight of shared words, each with the shared words."""
    record = aliased(_DEMAND)
    # LIMIT 1 tells the planner that a candidate is one row. Otherwise it would expect thousands of rows from an `as_of`
    # view, and scan all demands.
    candidate = (
        select(record.id, record.words)
        .where(record.id == candidate_ids.c.id)
        .limit(literal_column("1"))
        .lateral("candidate")
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
        .select_from(candidate_ids)
        .join(candidate, true())
        .join(lexeme, true())
        .join(weighed, weighed.c.lexeme == lexeme.c.lexeme)
        .where(candidate.c.id != select(the.c.id).scalar_subquery())
        .group_by(candidate.c.id)
        .order_by(func.sum(weighed.c.weight).desc(), candidate.c.id)
        .limit(literal_column(str(COMPARED)))
        .cte("scored")
    )


def _rows(scored: CTE, the: CTE, context: Context) -> AnySelect:
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
    score: Expression = literal_column("0.7") * scored.c.by_words + literal_column("0.3") * cast(letters, Double)
    return (
        select(
            record.slug,
            record.text,
            process.slug.label("process"),
            proposal.slug.label("proposal"),
            proposal.tabled_on,
            json_day(stored_day(proposal, "tabled_on", "min")).label("tabled_on_min"),
            json_day(stored_day(proposal, "tabled_on", "max")).label("tabled_on_max"),
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
