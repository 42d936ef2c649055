"""A data set whose files are imported."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataSet:
    """The origin of the records of a foreign file. The database stores under its name what it states about each record."""

    name: str
    prefix: str
    """Data sets with the same prefix may describe the same records, under the same keys."""
    title: str
    is_complete: bool = False
    """Whether each file contains all records: records missing from a newer file are withdrawn."""
    has_whole_entries: bool = False
    """Whether each entry of a file is complete: what the entry omits, the data set does not state."""
    schemes: tuple[str, ...] = ()
    """Schemes of external ids that its files contain."""
