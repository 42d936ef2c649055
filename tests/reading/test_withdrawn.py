"""The withdrawal of a record changes no other: what mentions it keeps the mention; what hangs on another is left out."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Table, inspect
from sqlalchemy.orm import RelationshipProperty

from app.db.alias import aliased
from app.db.base import Record
from app.db.tables import models_by_table
from app.reading.relationships import is_stated_by_target, only_in_use

TO_RECORDS = {
    str(relation): relation
    for model in models_by_table().values()
    for relation in inspect(model).relationships
    if issubclass(relation.entity.class_, Record)
}


@pytest.mark.parametrize("name", sorted(TO_RECORDS))
def test_who_says_that_two_are_tied_decides(name: str) -> None:
    """Over all relationships: the foreign keys themselves say in whose row the tie stands."""
    relation: RelationshipProperty[Any] = TO_RECORDS[name]
    here, there = relation.parent.local_table, relation.entity.local_table
    if relation.secondary is None:
        # Of a tree, both ends lie in one table: many below one are what says it.
        said_there = relation.uselist if here is there else bears_the_key(relation)
    else:
        assert isinstance(relation.secondary, Table) and relation.secondary_synchronize_pairs
        model = models_by_table()[relation.secondary.name]
        said_there = any(
            link.name == model.__inside__ and column.table is there
            for column, link in relation.secondary_synchronize_pairs
        )
        assert said_there or any(
            link.name == model.__inside__ and column.table is here for column, link in relation.synchronize_pairs
        ), "the link table stands in neither"
    assert is_stated_by_target(relation) is said_there
    # A row and the record around it are one: it is as good as that record.
    is_row_of_it = relation.parent.class_.__inside__ in {
        link.name for column, link in relation.synchronize_pairs if column.table is there and link.table is here
    }
    assert bool(only_in_use(relation, aliased(relation.entity.class_))) is (said_there or is_row_of_it)


def bears_the_key(relation: RelationshipProperty[Any]) -> bool:
    there = relation.entity.local_table
    return any(column.table is there and bool(column.foreign_keys) for _, column in relation.synchronize_pairs)


async def shown(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_withdrawing_what_is_mentioned_changes_nothing_else(world_client: httpx.AsyncClient) -> None:
    asked = [
        ("/v1/proposals/plan", {}),
        ("/v1/proposals", {"author": "alba", "facets": "author"}),
        ("/v1/demands", {"claimant": "alba", "facets": "claimant,addressee"}),
        ("/v1/demands/plan-6", {}),
        ("/v1/talks/round-1", {}),
        ("/v1/delegations", {"person": "boris"}),
        ("/v1/delegations", {"party": "alba"}),
        ("/v1/people", {"party": "alba"}),
    ]
    before = [await shown(world_client, path, **query) for path, query in asked]
    for record in ("people/boris", "parties/alba"):
        gone = await world_client.delete(f"/v1/{record}", params={"reason": "coded twice"})
        assert gone.status_code == 204, gone.text
        assert (await world_client.get(f"/v1/{record}")).status_code == 410
    after = [await shown(world_client, path, **query) for path, query in asked]
    assert after == before
    members = (await shown(world_client, "/v1/parties/league", include="members.party"))["members"]
    assert [member["party"]["slug"] for member in members] == ["delta"]


async def test_who_sat_in_a_withdrawn_delegation_sat_at_no_talk(world_client: httpx.AsyncClient) -> None:
    """Asked from either end, over the delegation that says who sat where."""

    async def found() -> tuple[list[str], list[str], list[Any]]:
        talks = (await shown(world_client, "/v1/talks", person="boris"))["data"]
        people = await shown(world_client, "/v1/people", talk="round-1", facets="talk")
        counted = [bucket["value"] for bucket in people["facets"]["talk"]["values"]]
        return [talk["slug"] for talk in talks], [one["slug"] for one in people["data"]], counted

    talks, people, counted = await found()
    assert "round-1" in talks and "boris" in people and "round-1" in counted
    for seat in (await shown(world_client, "/v1/delegations", person="boris", talk="round-1"))["data"]:
        gone = await world_client.delete(f"/v1/delegations/{seat['slug']}", params={"reason": "coded twice"})
        assert gone.status_code == 204, gone.text
    talks, people, _ = await found()
    assert "round-1" not in talks and "boris" not in people
