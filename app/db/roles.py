"""Database roles with few rights, so that an error in a statement can do little harm.

- The owner is the role that migrates. It owns all tables; the server does not need it.
- `parley_writer` reads and changes rows, and cannot change the schema, roles or files, or the record of administrative acts.
- `parley_reader` reads, except for secrets: keys, administrative acts, webhooks, settings and stored responses.

The roles are optional: where they exist, every migration gives them their rights (tests/db/test_roles.py).
"""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.admin_events import AdminEvent
from app.db.history import ApiKey, LedgerSetting
from app.db.idempotency import IdempotentWrite
from app.db.webhooks import Webhook, WebhookDelivery

WRITER, READER = "parley_writer", "parley_reader"
#: Tables that the reader must not read.
_SECRET = tuple(
    sorted(
        table.__tablename__ for table in (AdminEvent, ApiKey, LedgerSetting, IdempotentWrite, Webhook, WebhookDelivery)
    )
)
#: Tables on which the writer lacks some rights. It adds administrative acts, but cannot change or delete them.
_NOT_WRITTEN = {"alembic_version": "INSERT, UPDATE, DELETE", AdminEvent.__tablename__: "UPDATE, DELETE"}
#: An arbitrary constant: processes that start at the same time create the roles one after the other.
_LOCK = 16_01_18_12_05_26
_PASS_ON = text(
    "SELECT set_config('parley.role', CAST(:role AS text), true),"
    " set_config('parley.password', CAST(:password AS text), true) IS NULL"
)
_CREATE = (
    "DO $$ BEGIN EXECUTE format('{verb} ROLE %I LOGIN PASSWORD %L',"
    " current_setting('parley.role'), current_setting('parley.password')); END $$"
)
_OWN_SCHEMAS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
_LACKING = f"""
    SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE {_OWN_SCHEMAS} AND relkind IN ('r', 'p', 'v', 'm') AND relname <> 'alembic_version' AND NOT (
        has_table_privilege('{WRITER}', pg_class.oid, 'INSERT')
        AND (relname = ANY(:secret) OR has_table_privilege('{READER}', pg_class.oid, 'SELECT')))
"""  # noqa: S608 - names of our own


async def create_roles(connection: AsyncConnection, passwords: Mapping[str, str], *, renew: bool = False) -> None:
    """Create the roles of `passwords` that do not exist, and give them their rights if they lack any.

    `renew` also sets the passwords of existing roles. Needs a role that may create roles and owns the tables."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    existing = await _existing(connection)
    for role, password in passwords.items():
        if role in existing and not renew:
            continue
        verb = "ALTER" if role in existing else "CREATE"
        # Role statements take no bound values. So PostgreSQL itself quotes them, and no error message contains the password.
        await connection.execute(_PASS_ON, {"role": role, "password": password})
        await connection.exec_driver_sql(_CREATE.format(verb=verb))
        await connection.execute(_PASS_ON, {"role": "", "password": ""})
    if (await connection.execute(text(_LACKING), {"secret": list(_SECRET)})).scalar_one():
        await grant_rights(connection)


async def grant_rights(connection: AsyncConnection) -> None:
    """Give the roles their rights on everything that exists now. Does nothing if the roles do not exist."""
    existing = await _existing(connection)
    schemas = await connection.execute(text(f"SELECT quote_ident(nspname) FROM pg_namespace WHERE {_OWN_SCHEMAS}"))  # noqa: S608 - a constant
    for schema in schemas.scalars().all() if existing else ():
        for role in existing:
            await connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
            rights = "SELECT, INSERT, UPDATE, DELETE" if role == WRITER else "SELECT"
            await connection.exec_driver_sql(f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {role}")
        if WRITER in existing:
            await connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {WRITER}")
    there = text("SELECT to_regclass(:name) IS NOT NULL")
    if READER in existing:
        for name in _SECRET:
            if (await connection.execute(there, {"name": name})).scalar_one():
                await connection.exec_driver_sql(f"REVOKE ALL ON {name} FROM {READER}")
    for name, rights in _NOT_WRITTEN.items() if WRITER in existing else ():
        if (await connection.execute(there, {"name": name})).scalar_one():
            await connection.exec_driver_sql(f"REVOKE {rights} ON {name} FROM {WRITER}")


async def _existing(connection: AsyncConnection) -> list[str]:
    found = text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names) ORDER BY rolname")
    return list((await connection.execute(found, {"names": [WRITER, READER]})).scalars())
