"""Whether the words of `q=` are common: the one question on which the way to a page depends.

A list in order can be read from the top of the order's index until the page is full, or from the index of words and
then sorted. For a word in two of three demands the first takes 3 ms and the second 300; for a word in none the first
reads the whole table (1.1 s of 500,000 demands), the second nothing. The planner plans once for all words and cannot
know, so the statement holds both ways and looks at some of the newest records first.
"""

from typing import Any

from sqlalchemy import Select, func, literal_column, not_, select, union_all

from app.db.alias import aliased
from app.reading.binding import Context
from app.reading.conditions import lexemes
from app.reading.projection import is_relationship
from app.reading.statement_keys import ListStatementKey, sort_directions

#: So many of the newest records are looked at.
PROBED = 300


def is_common(model: Any, words: Any, share: float) -> Any:
    """Whether at least this share of the newest records hold the words; looked at once, however often it is asked."""
    newest = aliased(model)
    order = [newest.sort_on.desc()] if hasattr(newest, "sort_on") else []
    some = select(newest.words).order_by(*order, newest.id.desc()).limit(literal_column(str(PROBED))).subquery("newest")
    holding = select(func.count()).select_from(some).where(some.c.words.bool_op("@@")(words)).scalar_subquery()
    enough = holding >= literal_column(str(max(int(PROBED * share), 1)))
    probe = select(enough.label("is_common")).cte(f"{model.__tablename__}_probe").prefix_with("MATERIALIZED")
    return select(probe.c.is_common).scalar_subquery()


def decides_by_words(statement_key: ListStatementKey, model: Any, context: Context) -> bool:
    """Whether words decide the way. Those of names are found by their own indexes (`conditions.worded`)."""
    return "q_part" in context.bound and statement_key.size > 0 and not is_relationship(model, "names")


def choose_words_or_scan(
    statement_key: ListStatementKey, model: Any, context: Context, listed: Select[Any], scanned: Any
) -> Any:
    """The page's keys: `listed`, all that match, from the index of words and sorted; or `walked`, in the list's order."""
    common = is_common(model, lexemes(context, "q"), 0.01)
    # OFFSET keeps the planner from reading the order's index for the LIMIT outside.
    every = listed.offset(literal_column("0")).subquery("every")
    rare = (
        select(*every.c)
        .where(not_(common))
        .order_by(*sort_directions(list(every.c), statement_key.order))
        .limit(literal_column(str(statement_key.size)))
        .subquery("listed")
    )
    return union_all(select(*rare.c), select(*scanned.c).where(common)).subquery("worded")
