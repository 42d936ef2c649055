"""Backs up the database to one file, with the `pg_dump` of the embedded PostgreSQL."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from app.postgres.cluster import program
from app.postgres.folder import EmbeddedError


def back_up(url: str, target: Path) -> None:
    """Dump the database at `url` to `target` in pg_dump's custom format (for `pg_restore`).

    The file is readable only by its owner, and is created completely or not at all. Raises FileExistsError if `target`
    exists, and EmbeddedError with pg_dump's message if pg_dump fails.
    """
    if target.exists():
        raise FileExistsError(f"{target} already exists; choose another name.")
    address = make_url(url)
    # The password is passed in the environment, because all users of the machine can read command-line arguments.
    environment = {**os.environ, **({"PGPASSWORD": str(address.password)} if address.password else {})}
    # `URL.set(password=None)` would keep the password; `_replace` removes it.
    plain = address._replace(drivername="postgresql", password=None).render_as_string(hide_password=False)
    # SQLAlchemy encodes a space in the query, for example in a socket folder, as a plus sign, which libpq takes
    # literally.
    before, mark, query = plain.partition("?")
    plain = before + mark + query.replace("+", "%20")
    unfinished = target.with_name(f".{target.name}.unfinished")
    command = [str(program("pg_dump")), "--format=custom", "--no-owner", "--no-privileges", f"--dbname={plain}"]
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            done = subprocess.run(  # noqa: S603 - our own path
                command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False
            )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise EmbeddedError(said[-1] if said else f"pg_dump failed with exit code {done.returncode}.")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
