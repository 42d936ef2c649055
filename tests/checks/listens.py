"""Whether a PostgreSQL answers at an address: `python -m tests.checks.listens postgresql://…`; exits with 0 or 1."""

import asyncio
import sys

import asyncpg


async def version_at(url: str) -> str:
    connection = await asyncpg.connect(url, timeout=3)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


if __name__ == "__main__":
    try:
        sys.stdout.write(f"PostgreSQL {asyncio.run(version_at(sys.argv[1]))}\n")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        sys.exit(1)
