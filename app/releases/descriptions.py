"""The common parts of the machine-readable descriptions of a data set (`data_package`, `croissant` and `dcat`).

The description of a release uses only data that were stored with the release, so it stays correct if a later version of
Parley has other columns. The description of the current database uses the current schemas. A `Place` maps a file to its
location: a URL, or a path in a bundle.
"""

from collections.abc import Callable
from typing import Any

from app.releases.published import DataFile, PublishedData
from app.releases.schemas import Creator

Place = Callable[[DataFile], str]
Document = dict[str, Any]
#: The keywords in every description.
KEYWORDS = ["negotiations", "peace processes", "demands", "diplomacy", "event data"]
ABOUT = (
    "The data record who demanded what of whom, at which talk, in which proposal, under which conditions, how it was"
    " answered, when, and who says so. Dates are EDTF strings, because many are known only to the month or year. Columns with"
    " the first and last possible day (`_min`, `_max`) accompany each date. Unknown values are empty."
)


def data_set_description(data: PublishedData) -> str:
    """The description of the data set as text, including the note, if there is one."""
    return f"{ABOUT}\n\n{data.note}" if data.note else ABOUT


def without_nulls(**members: object) -> Document:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def orcid_url(creator: Creator) -> str | None:
    """Return the ORCID URL of a creator; None if the ORCID iD is unknown."""
    return f"https://orcid.org/{creator.orcid}" if creator.orcid else None
