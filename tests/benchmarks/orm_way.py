"""The usual FastAPI + SQLAlchemy application with the same answers as Parley's, to measure Parley against.

A session dependency, `select(Demand).options(selectinload(...))`, and a response model that reads the objects'
attributes. Response models and loader options are derived from Parley's read schemas, so that both answers have the
same fields; at run time they are what one would have written by hand. Nothing of Parley's reader is used.
"""

import base64
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Annotated, Any, cast, get_args, get_origin

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import AliasPath, BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from app.db.actors import Party
from app.db.base import Base
from app.db.demands import Demand, DemandIssue, DemandParty
from app.db.pool import SESSION
from app.db.references import Issue
from app.db.responses import Response
from app.db.session import asyncpg_url
from app.db.talks import Talk
from app.db.vocabulary import PartyKind
from app.demands.read_schemas import DemandDetail, DemandSummary
from app.reading.markers import From, Included, OnRequest
from app.reading.selection import marker_of, model_in
from app.settings import Settings, get_settings
from app.talks.read_schemas import TalkDetail

#: To-one relationships in the SELECT itself instead of one of their own each: faster, and asked for by hand.
JOINED = os.environ.get("PARLEY_BENCH_LOADERS") == "joined"

# --- response models and loader options, from the same declarations


def _source(name: str, info: FieldInfo) -> list[str]:
    marker = marker_of(info, From)
    return marker.path.split(".") if marker else [name]


def _replaced(annotation: Any, old: type[BaseModel], new: type[BaseModel]) -> Any:
    """The annotation with another nested model: `X`, `X | None`, `list[X]` (of a union of lists the first)."""
    if annotation is old:
        return new
    if get_origin(annotation) is list:
        return list[new]  # type: ignore[valid-type]
    arguments = [argument for argument in get_args(annotation) if model_in(argument) or argument is type(None)]
    changed = [_replaced(part, old, new) if model_in(part) else part for part in arguments]
    return changed[0] if len(changed) == 1 else changed[0] | changed[1]


def _branches(schema: type[BaseModel]) -> list[tuple[str, FieldInfo, list[str]]]:
    """The fields that are sent, each with the attributes that lead to it."""
    found = []
    for name, info in schema.model_fields.items():
        if marker_of(info, OnRequest):
            continue
        if marker_of(info, Included) and model_in(info.annotation) is None:
            continue
        found.append((name, info, _source(name, info)))
    return found


def response_model(schema: type[BaseModel], model: type[Base]) -> type[BaseModel]:
    """The schema as a Pydantic model that reads ORM objects."""
    fields: dict[str, Any] = {}
    for name, info, path in _branches(schema):
        annotation, target = info.annotation, _end(model, path)
        nested = model_in(annotation)
        if nested and target:
            annotation = _replaced(annotation, nested, response_model(nested, target))
        alias = AliasPath(path[0], *path[1:]) if path != [name] else None
        fields[name] = (annotation, Field(validation_alias=alias))
    config = ConfigDict(from_attributes=True)
    return cast("type[BaseModel]", create_model(f"{schema.__name__}Out", __config__=config, **fields))


def loaders(schema: type[BaseModel], model: type[Base], also: dict[str, list[Any]] | None = None) -> list[Any]:
    """The loader options for all that the response model reads; `also`: more of them below a relationship."""
    relationships = inspect(model).relationships
    wanted: dict[str, list[Any]] = {name: list(options) for name, options in (also or {}).items()}
    for _, info, path in _branches(schema):
        if path[0] not in relationships:
            continue
        below = wanted.setdefault(path[0], [])
        nested, target = model_in(info.annotation), _end(model, path)
        if len(path) == 1 and nested and target:
            below += loaders(nested, target)
        elif (follows := relationships[path[0]].entity.class_) and path[1:] and _end(follows, path[1:2]):
            below.append(_loader(follows, path[1]))
    return [_loader(model, name).options(*below) for name, below in wanted.items()]


def _loader(model: Any, name: str) -> Any:
    is_one = not inspect(model).relationships[name].uselist
    return (joinedload if is_one and JOINED else selectinload)(getattr(model, name))


def _end(model: type[Base], path: list[str]) -> Any:
    """The class at the end of a path of relationships; None where it ends in a column."""
    here: Any = model
    for step in path:
        relationships = inspect(here).relationships
        if step not in relationships:
            return None
        here = relationships[step].entity.class_
    return here


DemandOut = response_model(DemandSummary, Demand)
DemandDetailOut = response_model(DemandDetail, Demand)
TalkDetailOut = response_model(TalkDetail, Talk)
DEMAND = loaders(DemandSummary, Demand)
DEMAND_DETAIL = loaders(DemandDetail, Demand)
TALK_DETAIL = loaders(TalkDetail, Talk)


class PageInfoOut(BaseModel):
    limit: int
    next: str | None
    count: int | None


class DemandPageOut(BaseModel):
    data: list[DemandOut]  # type: ignore[valid-type]
    page: PageInfoOut
    account: str
    inherited: bool
    state_on: str | None


# --- the application


def _engine_of(settings: Settings) -> AsyncEngine:
    """As many connections and the same planner as Parley's reader has."""
    address = asyncpg_url(settings.database_url or "postgresql://")
    query = dict(address.query)
    # Of a socket's folder the dialect knows only as the driver's argument.
    host = {"host": query.pop("host")} if "host" in query else {}
    planner = {name: SESSION[name] for name in ("timezone", "jit", "random_page_cost") if name in SESSION}
    return create_async_engine(
        address.set(query=query),
        pool_size=settings.pool_size,
        max_overflow=0,
        connect_args={**host, "server_settings": planner},
    )


_engine = _engine_of(get_settings())
_sessions = async_sessionmaker(_engine, expire_on_commit=False)


async def open_session() -> AsyncIterator[AsyncSession]:
    async with _sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await _engine.dispose()


app = FastAPI(lifespan=_lifespan)


@app.get("/v1/demands", response_model=DemandPageOut)
async def list_demands(
    session: Session,
    issue: str | None = None,
    party: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Any:
    wanted = select(Demand).where(Demand.withdrawn_at.is_(None), Demand.is_reference)
    if issue:
        wanted = wanted.where(Demand.issues.any(DemandIssue.issue_id.in_(_with_below(issue))))
    if party:
        asked = select(Party.id).where(Party.slug == party).scalar_subquery()
        wanted = wanted.where(Demand.party_links.any(DemandParty.party_id == asked))
    newest = wanted.order_by(Demand.sort_on.desc(), Demand.id.desc()).limit(limit + 1).options(*DEMAND)
    rows = (await session.scalars(newest)).unique().all()
    shown = rows[:limit]
    end = None
    if len(rows) > limit:
        end = base64.urlsafe_b64encode(f"{shown[-1].sort_on}/{shown[-1].id}".encode()).decode()
    page = {"limit": limit, "next": end, "count": None}
    return {"data": shown, "page": page, "account": "reference", "inherited": True, "state_on": None}


def _with_below(slug: str) -> Any:
    tree = select(Issue.id).where(Issue.slug == slug).cte("tree", recursive=True)
    tree = tree.union(select(Issue.id).join(tree, Issue.broader_id == tree.c.id))
    return select(tree.c.id)


@app.get("/v1/demands/{slug}", response_model=DemandDetailOut)
async def get_demand(slug: str, session: Session) -> Any:
    demand = await session.scalar(
        select(Demand).where(Demand.slug == slug, Demand.withdrawn_at.is_(None)).options(*DEMAND_DETAIL)
    )
    if demand is None:
        raise HTTPException(404, "There is no such demand.")
    demand.state = await _state(session, demand)  # type: ignore[attr-defined]
    return demand


@app.get("/v1/talks/{slug}", response_model=TalkDetailOut)
async def get_talk(slug: str, session: Session) -> Any:
    talk = await session.scalar(
        select(Talk).where(Talk.slug == slug, Talk.withdrawn_at.is_(None)).options(*TALK_DETAIL)
    )
    if talk is None:
        raise HTTPException(404, "There is no such talk.")
    return talk


async def _state(session: AsyncSession, demand: Demand) -> dict[str, Any]:
    """How the demand stands today: the rules of app/guides/state-rules.md, as one would write them over loaded objects.
    Left out is what made-up ledgers do not have: coalitions and bodies that answer for a party, parts in parts, closed
    points, and demands that address nobody but their claimants."""
    today = datetime.now(UTC).date()
    wanted = (
        select(Response)
        .where(Response.proposal_id == demand.proposal_id, Response.withdrawn_at.is_(None))
        .options(_loader(Response, "responder"), selectinload(Response.scope_demands))
    )
    said = [one for one in await session.scalars(wanted) if (_last_day(one) or today) <= today]
    makers = {party.id for party in demand.claimants}
    asked = [party for party in demand.addressees if party.id not in makers]
    must = [party for party in asked if party.kind != PartyKind.UNSPECIFIED_GROUP] or asked
    partners = [party for party in demand.addressees if party.id in makers and len(makers) > 1]
    counted = [(party, one) for party in [*must, *partners] if (one := _answer(demand, party, said))]
    counted.sort(key=lambda pair: pair[0].slug)
    counts_as = {party.id: _counted_as(demand, one) for party, one in counted}
    settled = {word for word in counts_as.values() if word not in ("no_comment", "undetermined")}
    owing = [party for party in must if counts_as.get(party.id, "no_comment") == "no_comment"]
    if len(settled) > 1:
        word = "mixed"
    elif settled:
        is_whole = not owing and "undetermined" not in counts_as.values()
        word = next(iter(settled))
        word = "accepted_by_some" if word == "accepted" and not is_whole else word
    else:
        word = next((one for one in ("undetermined", "no_comment") if one in counts_as.values()), "open")
    actors = {party.id for party in demand.addressees}
    deeds = [one for one in said if one.demand_id == demand.id and one.responder_id in actors]
    deeds = [one for one in deeds if one.stance in _DEEDS]
    deed = max(deeds, key=_latest, default=None)
    others: dict[Any, Response] = {}
    used = {one.id for _, one in counted}
    for one in sorted(said, key=_latest):
        if (
            one.demand_id == demand.id
            and one.id not in used
            and (one.stance in _UNCOUNTED or one.responder_id not in counts_as)
        ):
            others[one.responder_id] = one
    return {
        "word": word,
        "on": f"{today}",
        "inherited": True,
        "answers": [
            {
                "party": party,
                "stance": one.stance,
                "counted_as": counts_as[party.id],
                "scope": "point" if one.demand_id else "part" if one.part_id else "proposal",
                "said_on": one.said_on,
                "is_implied": one.is_implied,
                "spoken_by": one.responder.slug,
                "response": one.slug,
                "agreement": None,
            }
            for party, one in counted
        ],
        "others": [
            {
                "party": one.responder,
                "stance": one.stance,
                "said_on": one.said_on,
                "is_implied": one.is_implied,
                "response": one.slug,
            }
            for one in sorted(others.values(), key=lambda one: one.responder.slug)
        ],
        "owing": sorted(owing, key=lambda party: party.slug),
        "fulfilment": "none" if deed is None else "done" if deed.stance == "implemented" else "in_part",
        "fulfilled_on": deed.said_on if deed else None,
        "closed": None,
    }


#: A deed stands for acceptance where nothing else was said.
_DEEDS: dict[str, str] = {"implemented": "accepted", "implemented_in_part": "accepted_in_part"}
_UNCOUNTED = ("supported", "opposed")
_INTERIM = ("under_study", "deferred")


#: The model makes this column from `said_on`; no type checker sees it.
_last_day: Callable[[Response], date | None] = attrgetter("said_on_max")


def _latest(one: Response) -> tuple[date, int, str]:
    return (_last_day(one) or date.min, one.position, one.slug)


def _level(one: Response) -> int:
    return 0 if one.demand_id else 1 if one.part_id else 2


def _counted_as(demand: Demand, one: Response) -> str:
    word = _DEEDS.get(one.stance, one.stance)
    return "undetermined" if _level(one) and word in ("accepted_in_part", "countered") else word


def _answer(demand: Demand, party: Party, said: list[Response]) -> Response | None:
    """The one answer of the party that counts."""

    def counts(one: Response) -> bool:
        if one.responder_id != party.id or one.reply_to_id or one.stance in _UNCOUNTED:
            return False
        if one.demand_id is not None:
            return one.demand_id == demand.id
        return (one.part_id is None or one.part_id == demand.part_id) and not one.scope and not one.scope_demands

    def kind(one: Response) -> int:
        return 3 if one.stance == "no_comment" else 2 if one.stance in _DEEDS else 1

    found = list(filter(counts, said))
    best = min(map(kind, found), default=None)
    last: dict[int, Response] = {}
    for one in sorted((one for one in found if kind(one) == best), key=lambda one: (not one.is_implied, *_latest(one))):
        last[_level(one)] = one
    if not last:
        return None
    nearest, *wider = (last[level] for level in sorted(last))
    if nearest.stance in _INTERIM:
        for one in wider:
            if one.stance not in _INTERIM and _latest(one)[:2] > _latest(nearest)[:2]:
                return one
    return nearest
