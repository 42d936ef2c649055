"""The fields of a hit, including its snippet. They are only computed for the rows of the page."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    JSON,
    ColumnElement,
    Integer,
    Numeric,
    Text,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import REGCONFIG, aggregate_order_by, array

from app.db.alias import AnySelect, Columns, Expression, aliased
from app.reading.binding import Context
from app.reading.date_bounds import possible_day
from app.reading.projection import as_json_list, columns, related
from app.reading.relationships import is_relationship, join_condition, only_in_use, order_of, relationship_of
from app.schemas.refs import PartyRef, ProcessRef
from app.search.statements.hits import QueryWords
from app.search.statements.searchable import Searched

#: Private-use characters that mark matches until the rest of the text is HTML-escaped.
_BEGIN, _END = "\ue000", "\ue001"
_OPTIONS = f"'StartSel={_BEGIN}, StopSel={_END}, MaxWords=28, MinWords=12, ShortWord=2, MaxFragments=0'"
#: Languages with their own text search configuration; words of other languages are not stemmed.
_STEMMED = ("en", "ru", "es", "fr", "de", "pt", "it", "tr", "ar")
#: Maximum length of a title in characters. For a record without a title, the beginning of its text is used.
_TITLE = 160
#: Number of characters of a text that are searched for a snippet.
_TEXT = 20_000
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("''", "&#39;"))


def select_hits(page: CTE, searched: list[Searched], query_words: QueryWords, context: Context) -> AnySelect:
    """Select the hits of the page as they are returned, in order."""
    parts = (
        select(
            type_coerce(
                case(*((page.c.type == _text(one.type), _record(one, page, query_words, context)) for one in searched)),
                ARRAY(Text),
            ).label("fields"),
            *page.c,
        )
        .select_from(page)
        .order_by(page.c.place, page.c.type, page.c.id)
        .limit(context.parameter("limit", Integer()))
        .subquery("parts")
    )
    fields = parts.c.fields
    slug = fields[1]
    return select(
        parts.c.type,
        slug.label("slug"),
        fields[2].label("title"),
        fields[3].label("snippet"),
        func.round(cast(parts.c.score, Numeric), literal_column("4")).label("score"),
        parts.c.matched,
        fields[4].label("date"),
        possible_day(fields[4], "min").label("date_min"),
        possible_day(fields[4], "max").label("date_max"),
        cast(fields[5], JSON).label("process"),
        func.coalesce(cast(fields[6], JSON), literal_column("'[]'::json")).label("parties"),
        func.parley_address(
            literal_column("'/v1/'").op("||")(parts.c.type).op("||")(literal_column("'/'")).op("||")(slug)
        ).label("url"),
    ).order_by(parts.c.place, parts.c.type, parts.c.id)


def _text(word: str) -> ColumnElement[str]:
    return literal_column(f"'{word}'", Text)


def _record(searched: Searched, page: CTE, query_words: QueryWords, context: Context) -> Expression:
    """Build slug, title, snippet, date, process and parties of one record as a text array."""
    record = aliased(searched.model)
    columns = [getattr(record, name) for name, _ in sorted(searched.model.__search__.items(), key=lambda item: item[1])]
    title = func.left(func.coalesce(*columns, record.slug), literal_column(str(_TITLE)))
    others = [
        column for column in columns if column.key != searched.model.__spelt__ and column.key not in ("title", "label")
    ]
    if labels := searched.model.__labelled__:
        each = func.jsonb_each_text(getattr(record, labels)).table_valued("key", "value").render_derived()
        every = func.string_agg(each.c.value, aggregate_order_by(_text(" … "), each.c.key))
        others.append(select(every).select_from(each).scalar_subquery())
    text = func.nullif(func.left(func.concat_ws(_text(" … "), *others), literal_column(str(_TEXT))), _text(""))
    # PostgreSQL does not flatten a subquery with LIMIT. In a flattened subquery it would compute snippets twice.
    snippets = (
        select(
            record.slug,
            title.label("title"),
            _marked(record, text, query_words).label("text"),
            _marked(record, title, query_words).label("in_title"),
            searched.day(record).label("day"),
            cast(_process(record, context), Text).label("process"),
            cast(_parties(searched, record, context), Text).label("parties"),
        )
        .where(record.id == page.c.id)
        .correlate(page)
        .limit(literal_column("1"))
        .subquery("made")
    )
    is_in_text = func.strpos(snippets.c.text, _text(_BEGIN)) > literal_column("0")
    is_in_title = func.strpos(snippets.c.in_title, _text(_BEGIN)) > literal_column("0")
    snippet = case((is_in_text, snippets.c.text), (is_in_title, snippets.c.in_title), else_=snippets.c.text)
    parts: list[Expression] = [
        snippets.c.slug,
        snippets.c.title,
        _safe(snippet),
        snippets.c.day,
        snippets.c.process,
        snippets.c.parties,
    ]
    fields: array[Any] = array(parts, type_=Text)
    return select(fields).correlate(page).scalar_subquery()


def _process(record: Columns, context: Context) -> Expression:
    """Select the reference to the record's process."""
    is_in_one = is_relationship(record, "process")
    return related(record, "process", ProcessRef, context) if is_in_one else literal_column("NULL")


def _parties(searched: Searched, record: Columns, context: Context) -> Expression:
    """Select the references to the parties that a hit shows."""
    if searched.spec.parties is None:
        return literal_column("NULL")
    first, _, rest = searched.spec.parties.partition(".")
    relationship = relationship_of(record, first)
    target = party = aliased(relationship.entity.class_)
    tie = join_condition(record, first, target)
    if rest:
        party = aliased(relationship_of(target, rest).entity.class_)
    rows = select(*columns(PartyRef, party, context)).select_from(target).where(tie, *only_in_use(relationship, target))
    if rest:
        rows = rows.join(party, join_condition(target, rest, party))
    if searched.spec.parties_if:
        rows = rows.where(getattr(target, searched.spec.parties_if))
    return as_json_list(rows.correlate(record).order_by(*order_of(relationship, target, tie)))


def _marked(record: Columns, text: Expression, query_words: QueryWords) -> Expression:
    language = func.split_part(record.lang, _text("-"), literal_column("1"))
    configuration = case(
        (record.lang.is_(None), literal_column("'parley_mixed'::regconfig", REGCONFIG)),
        *((language == _text(word), literal_column(f"'parley_{word}'::regconfig", REGCONFIG)) for word in _STEMMED),
        else_=literal_column("'parley_simple'::regconfig", REGCONFIG),
    )
    return func.ts_headline(configuration, text, query_words.plain, literal_column(_OPTIONS), type_=Text)


def _safe(marked: Expression) -> Expression:
    for sign, entity in _ENTITIES:
        marked = func.replace(marked, literal_column(f"'{sign}'"), literal_column(f"'{entity}'"))
    marked = func.replace(marked, _text(_BEGIN), _text("<mark>"))
    return func.replace(marked, _text(_END), _text("</mark>"), type_=Text)
