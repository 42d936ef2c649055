"""Checks and repairs the derived tables.

Triggers keep derived tables up to date for all writers. The tables can still be wrong if somebody disabled the
triggers, or restored only a part of a backup. `parley db check` reports wrong rows, and `parley db repair` derives them
again.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@dataclass(frozen=True, slots=True)
class WrongRows:
    """The number of wrong rows in a derived table."""

    what: str
    wrong: int


_STATES = "SELECT count(DISTINCT demand_id) FROM state.differences()"
_REPAIR_STATES = "SELECT state.repair()"
_CONFLICTS = """
    SELECT count(*) FROM conflict_identifier AS stored
    FULL JOIN parley_conflict_identifiers(ARRAY(SELECT id FROM process)) AS found USING (process_id, scheme, value)
    WHERE (found.uri, found.conflict) IS DISTINCT FROM (stored.uri, stored.conflict)
        OR found.process_id IS NULL OR stored.process_id IS NULL
"""
_REPAIR_CONFLICTS = """
    WITH found AS MATERIALIZED (SELECT * FROM parley_conflict_identifiers(ARRAY(SELECT id FROM process))),
    gone AS (
        DELETE FROM conflict_identifier AS k WHERE NOT EXISTS (
            SELECT FROM found WHERE (found.process_id, found.scheme, found.value) = (k.process_id, k.scheme, k.value))
    )
    INSERT INTO conflict_identifier AS k (process_id, scheme, value, uri, conflict) SELECT * FROM found
    ON CONFLICT (process_id, scheme, value) DO UPDATE SET uri = excluded.uri, conflict = excluded.conflict
    WHERE (k.uri, k.conflict) IS DISTINCT FROM (excluded.uri, excluded.conflict)
"""
_VOTERS = """
    SELECT count(*) FROM response_voter AS stored
    FULL JOIN parley_response_voters(ARRAY(SELECT id FROM response WHERE votes IS NOT NULL)) AS found
        USING (response_id, party_id)
    WHERE found IS NULL OR stored IS NULL
"""
_REPAIR_VOTERS = """
    WITH found AS MATERIALIZED (
        SELECT * FROM parley_response_voters(ARRAY(SELECT id FROM response WHERE votes IS NOT NULL))
    ),
    gone AS (
        DELETE FROM response_voter AS k WHERE NOT EXISTS (
            SELECT FROM found WHERE (found.response_id, found.party_id) = (k.response_id, k.party_id))
    )
    INSERT INTO response_voter (response_id, party_id) SELECT * FROM found ON CONFLICT DO NOTHING
"""
_KINDS = "SELECT collection, name FROM known.kind ORDER BY ctid"
# The table names come from the table `known.kind`, never from a request.
_DAYS = """
    SELECT count(*) FROM known.found('{collection}', ARRAY(SELECT id FROM {table})) AS found
    FULL JOIN (SELECT * FROM known_day WHERE collection = '{collection}') AS stored USING (id)
    WHERE (found.sort_on, found.known_on) IS DISTINCT FROM (stored.sort_on, stored.known_on)
"""
_FORGET_DAYS = """
    DELETE FROM known_day WHERE collection = '{collection}' AND NOT EXISTS (
        SELECT FROM {table} AS claim WHERE claim.id = known_day.id)
"""
_REPAIR_DAYS = "SELECT known.refresh('{collection}', ARRAY(SELECT id FROM {table}))"


async def check(engine: AsyncEngine) -> list[WrongRows]:
    """Compare every derived table with the values that its rules give. This reads the whole database."""
    async with engine.connect() as connection:
        return await _check(connection)


async def repair(engine: AsyncEngine) -> list[WrongRows]:
    """Derive wrong rows again, in one transaction and one revision. Return the findings before the repair."""
    async with engine.begin() as connection:
        found = await _check(connection)
        if any(finding.wrong for finding in found):
            await connection.execute(text("SELECT set_config('parley.message', 'repair of derived values', true)"))
            # The order does not matter: known days and states do not depend on each other.
            for collection, table in await _kinds(connection):
                for statement in (_FORGET_DAYS, _REPAIR_DAYS):
                    await connection.execute(text(statement.format(collection=collection, table=table)))
            await connection.execute(text(_REPAIR_STATES))
            await connection.execute(text(_REPAIR_CONFLICTS))
            await connection.execute(text(_REPAIR_VOTERS))
        return found


async def _check(connection: AsyncConnection) -> list[WrongRows]:
    states = (await connection.execute(text(_STATES))).scalar_one()
    conflicts = (await connection.execute(text(_CONFLICTS))).scalar_one()
    found = [WrongRows("demands with a wrong state", states)]
    found.append(WrongRows("identifiers of conflicts that differ from those in the processes", conflicts))
    voters = (await connection.execute(text(_VOTERS))).scalar_one()
    found.append(WrongRows("parties of votes that differ from those in the rolls of the responses", voters))
    for collection, table in await _kinds(connection):
        days = (await connection.execute(text(_DAYS.format(collection=collection, table=table)))).scalar_one()
        found.append(WrongRows(f"{collection} with a wrong first known day", days))
    return found


async def _kinds(connection: AsyncConnection) -> list[tuple[str, str]]:
    return [(row.collection, row.name) for row in await connection.execute(text(_KINDS))]
