"""Choose the strategy for a page with `q=`, based on how common the words are.

A sorted list can be read from an index in the sort order until the page is full ("scan"), or from the index of words
and then sorted ("word search"). For a word in two of three demands, the scan takes 3 ms and the word search 300 ms. For
a word in no demand, the scan reads the whole table (1.1 s for 500,000 demands), while the word search reads nothing.
PostgreSQL uses one plan for all words, so the statement contains both strategies and first tests some of the newest
records.
"""

from sqlalchemy import FromClause, Subquery, func, literal_column, not_, select, union_all

from app.db.alias import AnySelect, Expression, aliased
from app.db.base import Record
from app.reading.binding import Context
from app.reading.conditions import lexemes
from app.reading.relationships import is_relationship
from app.reading.statement_keys import ListStatementKey, sort_directions

#: The number of newest records to test.
PROBED = 300


def is_common(model: type[Record], words: Expression, share: float) -> Expression:
    """Whether at least this share of the newest records contains the words. Evaluated once per statement."""
    newest = aliased(model)
    order = ["sort_on", *model.__within_day__] if hasattr(newest, "sort_on") else []
    keys = [getattr(newest, name).desc() for name in (*order, "id")]
    some = select(newest.words).order_by(*keys).limit(literal_column(str(PROBED))).subquery("newest")
    matches = select(func.count()).select_from(some).where(some.c.words.bool_op("@@")(words)).scalar_subquery()
    enough = matches >= literal_column(str(max(int(PROBED * share), 1)))
    probe = select(enough.label("is_common")).cte(f"{model.__tablename__}_probe").prefix_with("MATERIALIZED")
    return select(probe.c.is_common).scalar_subquery()


def decides_by_words(statement_key: ListStatementKey, model: type[Record], context: Context) -> bool:
    """Whether the statement needs both strategies. Words in names have separate indexes
    (`conditions.matches_words`)."""
    return "q_part" in context.bound and statement_key.size > 0 and not is_relationship(model, "names")


def choose_words_or_scan(
    statement_key: ListStatementKey, model: type[Record], context: Context, listed: AnySelect, scanned: FromClause
) -> Subquery:
    """The keys of the page. `listed`: the keys of all matches, read from the index of words and not sorted yet;
    `scanned`: the keys of the page, in the order of the list."""
    common = is_common(model, lexemes(context, "q"), 0.01)
    # OFFSET prevents the planner from using the index in the sort order for the outer LIMIT.
    every = listed.offset(literal_column("0")).subquery("every")
    rare = (
        select(*every.c)
        .where(not_(common))
        .order_by(*sort_directions(list(every.c), statement_key.order))
        .limit(literal_column(str(statement_key.size)))
        .subquery("listed")
    )
    return union_all(select(*rare.c), select(*scanned.c).where(common)).subquery("worded")
