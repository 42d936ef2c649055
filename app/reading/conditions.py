"""SQL conditions for filters: each marker in a query model becomes one expression on an alias of the record's table."""

from collections.abc import Callable

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Text,
    Uuid,
    and_,
    cast,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, TSQUERY

from app.db.alias import AnySelect, Columns, Expression, aliased, mapper_of
from app.db.base import Base, Record
from app.db.references import ExternalId, SlugAlias
from app.reading.binding import Context
from app.reading.date_bounds import stored_day
from app.reading.filters import Between, Built, Equal, Filter, Flag, Listed, Overlaps, Ranged, To
from app.reading.keys import NamedRecords
from app.reading.membership_days import may_be_member, membership_overlaps
from app.reading.relationships import is_relationship, join_condition, only_in_use, relationship_of

Condition = ColumnElement[bool]
Test = Callable[[Columns, str], Condition]
Wanted = dict[str, NamedRecords]


def follow_path(alias: Columns, path: str, test: Test, *, one_by_one: bool = False) -> Condition:
    """Whether a record at the end of the path passes the test. Records on the path must pass `only_in_use`.

    `one_by_one`: test each candidate of a page separately, until the page is full. The planner may turn a plain EXISTS
    into a join or a hash table, and read all records for it (7 s for 500,000 talks under `known_by`)."""
    step, _, rest = path.partition(".")
    if not is_relationship(alias, step):
        return test(alias, step)
    model = relationship_of(alias, step).entity.class_
    target = aliased(model)
    there = [join_condition(alias, step, target), *only_in_use(relationship_of(alias, step), target)]
    if rest:
        there.append(follow_path(target, rest, test, one_by_one=one_by_one))
    found: AnySelect = select(literal_column("1")).where(*there).correlate(alias)
    return found.limit(literal_column("1")).scalar_subquery().is_not(None) if one_by_one else found.exists()


def filter_condition(
    name: str, marker: Filter, alias: Columns, context: Context, wanted: Wanted, reads_all: bool = False
) -> Condition:
    """The condition of one parameter. `reads_all`: the statement reads all matching records, not only a page."""
    holds = []
    if name in wanted or name in context.bound:
        holds.append(_of_values(name, marker, alias, context, wanted, reads_all))
    if f"{name}_null" in context.bound:
        holds.append(not_(has_value(name, marker, alias, context)))
    found = or_(*holds)
    # Not plain NOT: for a null column the filter is null, and the complement of the filter must include the record.
    return found.is_not(true()) if getattr(marker, "is_none", False) else found


def _of_values(
    name: str, marker: Filter, alias: Columns, context: Context, wanted: Wanted, reads_all: bool
) -> Condition:
    """Whether the record has one of the requested values."""
    # The planner could turn EXISTS into a hash table, and read all excluded records before the page is full.
    is_page_without = getattr(marker, "is_none", False) and not reads_all
    match marker:
        case To():
            return _refers_to(
                marker,
                alias,
                wanted[name],
                reads_all,
                one_by_one=is_page_without or (marker.looked_up and not reads_all),
            )
        case Equal():
            singly = is_page_without or (marker.looked_up and not reads_all)
            return follow_path(
                alias, marker.column or name, lambda at, column: _equals(at, column, name, context), one_by_one=singly
            )
        case Flag():
            value = context.parameter(name)
            return follow_path(alias, marker.column or name, lambda at, column: getattr(at, column) == value)
        case Overlaps():
            values = context.parameter(name, ARRAY(Text))
            return follow_path(
                alias,
                marker.column or name,
                lambda at, column: getattr(at, column).bool_op("@>" if marker.every else "&&")(values),
                one_by_one=is_page_without or (marker.looked_up and not reads_all),
            )
        case Listed():
            entry = _entries(marker, alias)
            matches = _key(marker, entry) == func.any(context.parameter(name))
            found: AnySelect = select(literal_column("1")).where(matches).select_from(entry)
            # Most lists are empty, so test for an empty list before reading the elements.
            return and_(is_present(alias, marker.column), found.exists())
        case Between():
            value = context.parameter(name)
            number: Expression = getattr(alias, marker.column)
            return number >= value if marker.bound == "from" else number <= value
        case Ranged():
            day = context.parameter(name)
            if marker.bound == "from":
                return follow_path(alias, marker.column, lambda at, column: getattr(at, f"{column}_max") >= day)
            return follow_path(alias, marker.column, lambda at, column: getattr(at, f"{column}_min") <= day)
        case Built(is_none=True, facet=facet) if facet is not None:
            return facet(alias, context) == func.any(context.parameter(name))
        case Built():
            build = marker.lookup if marker.lookup is not None and reads_all else marker.build
            return build(alias, context.parameter(name), context)
    raise TypeError(f"no such filter: {marker!r}")


def _entries(marker: Listed, alias: Columns) -> FromClause:
    """The objects in a JSON list column, as rows."""
    return func.jsonb_array_elements(getattr(alias, marker.column), type_=JSONB).table_valued("value").render_derived()


def _key(marker: Listed, entry: FromClause) -> Expression:
    return entry.c.value.op("->>", return_type=Text())(literal_column(f"'{marker.key}'"))


def listed_values(marker: Listed, alias: Columns) -> AnySelect:
    """A SELECT of the values in a JSON list column; its column is `value`."""
    entry = _entries(marker, alias)
    return select(_key(marker, entry).label("value")).select_from(entry).where(_key(marker, entry).is_not(None))


def _equals(alias: Columns, column: str, name: str, context: Context) -> Condition:
    stored, value = getattr(alias, column), context.parameter(name)
    equals: Condition = stored == (func.any(value) if isinstance(context.bound[name], list) else value)
    return equals


def _refers_to(marker: To, alias: Columns, wanted: NamedRecords, reads_all: bool, *, one_by_one: bool) -> Condition:
    paths = (marker.path,) if isinstance(marker.path, str) else marker.path

    def refers_to(ids: Expression) -> Condition:
        def test(at: Columns, column: str) -> Condition:
            key = getattr(at, column)
            then = []
            if marker.during is not None:
                # For a join, the planner reads all records even for a page; for EXISTS, it tests each record separately.
                if reads_all and at is not alias:
                    then.append(membership_overlaps(wanted.ids.alias(), key, alias, marker.during))
                else:
                    then.append(may_be_member(wanted, key, alias, marker.during))
            return and_(key == ids, *(getattr(at, name) == value for name, value in marker.where), *then)

        return or_(*(follow_path(alias, path, test, one_by_one=one_by_one) for path in paths))

    if not marker.every:
        return refers_to(func.any(wanted.array))
    root = wanted.named.alias()
    of_root = select(wanted.ids.c.id).where(wanted.ids.c.root == root.c.id).correlate(root)
    its_ids = func.any(func.array(of_root.scalar_subquery()))
    missing: AnySelect = (
        select(literal_column("1")).select_from(root).where(not_(refers_to(its_ids))).correlate_except(root)
    )
    return not_(missing.exists())


def has_value(name: str, marker: Filter, alias: Columns, context: Context) -> Condition:
    """Whether the record has a value that `facets=` counts (a date with an open start has no year). `missing=` finds the rest."""
    match marker:
        case Listed():
            return listed_values(marker, alias).exists()
        case To(path=str() as path, where=where):
            return follow_path(
                alias,
                path,
                lambda at, column: and_(
                    getattr(at, column).is_not(None), *(getattr(at, name) == value for name, value in where)
                ),
            )
        case Ranged(column=column):
            return follow_path(alias, column, lambda at, name: stored_day(at, name, "min").is_not(None))
        case Built(has_value=has_any) if has_any is not None:
            return has_any(alias, context)
        case Built(facet=facet):
            assert facet
            return facet(alias, context).is_not(None)
    assert not isinstance(marker, To)
    return is_present(alias, marker.column or name)


def is_present(alias: Columns, path: str) -> Condition:
    """Whether a field or relationship has a value: not null, and not an empty list or object."""

    def test(at: Columns, column: str) -> Condition:
        attribute: Expression = getattr(at, column)
        kind = attribute.type
        if isinstance(kind, ARRAY):
            return attribute != literal_column("'{}'")
        if isinstance(kind, JSONB):
            return and_(
                attribute.is_not(None), attribute.not_in([literal_column("'[]'::jsonb"), literal_column("'{}'::jsonb")])
            )
        return attribute.is_not(None)

    return follow_path(alias, path, test)


def matches_ids(alias: Columns, context: Context) -> Condition:
    """The condition of `id=`, for slugs and ids. Keys that do not exist are ignored."""
    options = []

    def had_before(keys: Expression) -> Condition:
        """Whether one of these keys is a former slug of the record, or identifies a record that was merged into it."""
        former = aliased(SlugAlias)
        is_of_type = former.collection == type_of_record(alias).__collection__
        former_ids = select(former.record_id).where(is_of_type, former.slug == func.any(keys))
        return alias.id.in_(former_ids)

    if "id_slugs" in context.bound:
        options += [alias.slug == func.any(slugs := context.parameter("id_slugs", ARRAY(Text))), had_before(slugs)]
    if "id_ids" in context.bound:
        ids = context.parameter("id_ids", ARRAY(Uuid))
        options += [alias.id == func.any(ids), had_before(cast(ids, ARRAY(Text)))]
    if "id_schemes" in context.bound:
        options.append(has_external_id(alias, "id", context))
    return or_(*options)


def has_external_id(alias: Columns, name: str, context: Context) -> Condition:
    """Whether the record has one of the bound `scheme:value` identifiers."""
    pairs = (
        func.unnest(context.parameter(f"{name}_schemes", ARRAY(Text)), context.parameter(f"{name}_values", ARRAY(Text)))
        .table_valued("scheme", "value", name="pair")
        .render_derived()
    )
    known = aliased(ExternalId)
    return (
        exists()
        .where(known.record_id == alias.id, known.scheme == pairs.c.scheme, known.value == pairs.c.value)
        .correlate(alias)
    )


def matches_words(alias: Columns, context: Context) -> Condition:
    """The condition of `q=`: the words are in the record's text or in one of its names, or match part of a name."""
    model = type_of_record(alias)
    names = relationship_of(alias, "names").entity.class_ if is_relationship(alias, "names") else None
    holds: list[Condition] = []
    if "q_part" in context.bound:
        query = lexemes(context, "q")
        holds.append(
            alias.words.bool_op("@@")(query) if names is None else _matches_name(alias, model, names, query, context)
        )
    if "q_not" in context.bound:
        unwanted = lexemes(context, "q_not")
        holds.append(not_(alias.words.bool_op("@@")(unwanted)))
        if names is not None:
            name = aliased(names)
            holds.append(
                ~exists().where(name.owner_id == alias.id, name.words.bool_op("@@")(unwanted)).correlate(alias)
            )
    return and_(*holds)


def lexemes(context: Context, name: str, *, tagged: bool = True) -> Expression:
    """The bound clauses as a `tsquery` for all languages. PostgreSQL evaluates the subquery once per statement."""
    clauses = cast(context.parameter(name, Text()), JSONB)
    return select(func.parley_query(clauses, true() if tagged else false(), type_=TSQUERY)).scalar_subquery()


def _matches_name(
    alias: Columns, model: type[Base], names: type[Base], query: Expression, context: Context
) -> Condition:
    """Match texts and names with four index scans. An OR over two tables would scan both tables completely."""
    own, name = aliased(model), aliased(names)
    part = (
        literal_column("'%'")
        .op("||")(func.parley_folded(context.parameter("q_part", Text())))
        .op("||")(literal_column("'%'"))
    )
    return alias.id.in_(
        union_all(
            select(own.id).where(own.words.bool_op("@@")(query)),
            select(own.id).where(own.folded.like(part)),
            select(name.owner_id).where(name.words.bool_op("@@")(query)),
            select(name.owner_id).where(name.folded.like(part)),
        )
    )


def type_of_record(alias: Columns) -> type[Record]:
    found: type[Record] = mapper_of(alias).class_
    return found
