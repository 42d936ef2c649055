"""The URLs with which the server uses the embedded database: a writer and a reader, not the owner.

Their passwords are derived from the owner's password, which nobody can compute from them. So there is no further file to
keep, and a data folder of an older version needs no conversion: its next start creates the roles.
"""

import hashlib
import hmac

from sqlalchemy import make_url

from app.db.roles import READER, WRITER, create_roles
from app.db.session import make_engine


async def provide_roles(url: str) -> tuple[str, str]:
    """Create the roles if necessary. `url` is the owner's URL. Returns the URLs of the writer and of the reader."""
    owner = make_url(url)
    assert owner.password is not None
    passwords = {
        role: hmac.new(owner.password.encode(), role.encode(), hashlib.sha256).hexdigest() for role in (WRITER, READER)
    }
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await create_roles(connection, passwords)
    finally:
        await engine.dispose()
    writer, reader = (
        owner.set(username=role, password=password).render_as_string(hide_password=False)
        for role, password in passwords.items()
    )
    return writer, reader
