"""Values of the bundled dossiers that keep a migration from being undone, because the schema before has no place for them."""

from typing import Any

#: By table: the assignments that empty the columns, or give them an older value.
EMPTY = {
    **dict.fromkeys(("process", "talk", "proposal", "agreement"), "deadlines = '[]'"),
    "demand_link": "kind = replace(kind, 'widens', 'amends')",
}


async def forget_newer_values(connection: Any) -> None:
    """Empty them as if they had never been stored: no history is kept, since earlier versions count too."""
    for table, values in EMPTY.items():
        # The names are those of our own tables.
        await connection.execute(
            f"ALTER TABLE {table} DISABLE TRIGGER USER; UPDATE {table} SET {values};"
            f" ALTER TABLE {table} ENABLE TRIGGER USER"
        )
