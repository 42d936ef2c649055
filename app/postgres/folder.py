"""The data folder of the embedded PostgreSQL: what lies where, and that nobody else can look inside.

<data folder>/        0700, the user's own
    postgres/         the cluster; appears whole, by a rename, or not at all
    socket/           where the server listens (or the folder named in `socket-path`, if the path is too long)
    password          0600; the second line behind the closed folder
    server.log        what the server says; `server.log.1` is what it said before, once that had grown
    *.lock            who starts, who uses, who watches: see `embedded`
"""

import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

NAME = "parley"
SOCKET_FILE = ".s.PGSQL.5432"
# sun_path holds 104 bytes on macOS and 108 on Linux, with the closing NUL.
SOCKET_PATH_LIMIT = 103
# A comma or a colon in the path would split it for libpq and SQLAlchemy; odd letters are not worth the risk.
PLAIN_PATH = re.compile(r"[\w./@+~ -]+", re.ASCII)


class EmbeddedError(RuntimeError):
    """The embedded server cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One data folder; made by `at`, which sees to it that no other user can look inside."""

    root: Path

    @classmethod
    def at(cls, data_dir: Path) -> Self:
        """The data folder at `data_dir`, made if absent. EmbeddedError if it is not the user's alone."""
        root = data_dir.expanduser().absolute()
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
        root = root.resolve()
        folder = cls(root)
        facts = root.stat()
        if facts.st_uid != os.geteuid():
            raise EmbeddedError(
                f"The data folder {root} belongs to user {facts.st_uid}, and you are user {os.geteuid()}. "
                "Set PARLEY_DATA_DIR to a folder of your own."
            )
        if stat.S_IMODE(facts.st_mode) & 0o077:
            # Closing a folder that was made for something else (/tmp, a home) would harm its other users.
            if not folder.start_lock.exists() and any(root.iterdir()):
                raise EmbeddedError(
                    f"The folder {root} is open to other users and holds files that are not Parley's. "
                    "Set PARLEY_DATA_DIR to a new folder for Parley alone."
                )
            root.chmod(0o700)
            if stat.S_IMODE(root.stat().st_mode) & 0o077:
                raise EmbeddedError(
                    f"The data folder {root} is open to other users of this machine, and its file system "
                    "does not let it be closed. Set PARLEY_DATA_DIR to a folder on another file system."
                )
        return folder

    @property
    def pgdata(self) -> Path:
        return self.root / "postgres"

    @property
    def log(self) -> Path:
        return self.root / "server.log"

    @property
    def start_lock(self) -> Path:
        return self.root / "start.lock"

    @property
    def users_lock(self) -> Path:
        return self.root / "users.lock"

    @property
    def watch_lock(self) -> Path:
        return self.root / "watch.lock"

    @property
    def exists(self) -> bool:
        return (self.pgdata / "PG_VERSION").exists()

    @property
    def socket_dir(self) -> Path:
        """Where the server listens, or would: inside the data folder, or in the folder that it remembers."""
        remembered = self.root / "socket-path"
        return Path(remembered.read_text()) if remembered.exists() else self.root / "socket"

    @property
    def url(self) -> str:
        """The address of the database, with its password, as asyncpg and libpq read it."""
        try:
            password = (self.root / "password").read_text()
        except FileNotFoundError:
            raise EmbeddedError(f"The file {self.root / 'password'} is gone: put it back from a copy.") from None
        return f"postgresql://{NAME}:{password}@/{NAME}?host={quote(str(self.socket_dir))}"

    def prepare_socket(self) -> None:
        """Make the folder of the socket: in the data folder, or a private one where that path will not do."""
        remembered = self.root / "socket-path"
        place = self.root / "socket"
        fits = len(os.fsencode(place / SOCKET_FILE)) <= SOCKET_PATH_LIMIT and PLAIN_PATH.fullmatch(str(place))
        if fits:
            remembered.unlink(missing_ok=True)
        elif remembered.exists() and _is_private(self.socket_dir.parent):
            place = self.socket_dir
        else:
            # The outer folder is the closed door; the server may own only the inner one (see embedded_root).
            base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
            if len(os.fsencode(base)) > SOCKET_PATH_LIMIT - 40 or not PLAIN_PATH.fullmatch(base):
                base = "/tmp"  # noqa: S108 - mkdtemp makes a private folder there
            place = Path(tempfile.mkdtemp(prefix="parley-", dir=base)) / "s"
            remembered.write_text(str(place))
        place.mkdir(mode=0o700, exist_ok=True)


def _is_private(folder: Path) -> bool:
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o077
