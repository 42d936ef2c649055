"""`parley version`: prints the version."""

from app.runtime.console import print_line
from app.version import VERSION


def version() -> None:
    """Print the version of Parley."""
    print_line(f"parley {VERSION}")
