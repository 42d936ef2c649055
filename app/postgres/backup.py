"""A copy of the whole database in one file, made by the `pg_dump` that comes with the embedded server."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from app.postgres.cluster import program
from app.postgres.folder import EmbeddedError


def back_up(url: str, target: Path) -> None:
    """Write the database at `url` to `target` in pg_dump's own compressed format (`pg_restore` reads it).

    The file is readable by its owner only and appears whole or not at all. Raises FileExistsError where `target`
    exists, EmbeddedError with pg_dump's words where it fails.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already; choose another name.")
    address = make_url(url)
    # The password goes through the environment: arguments can be read by every user of the machine.
    environment = {**os.environ, **({"PGPASSWORD": str(address.password)} if address.password else {})}
    plain = address.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    unfinished = target.with_name(f".{target.name}.unfinished")
    command = [str(program("pg_dump")), "--format=custom", "--no-owner", "--no-privileges", f"--dbname={plain}"]
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            done = subprocess.run(  # noqa: S603 - a path of ours
                command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False
            )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise EmbeddedError(said[-1] if said else f"pg_dump failed ({done.returncode}).")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
