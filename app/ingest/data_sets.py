"""A data set of which files are imported: whose statements its records are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataSet:
    """Where the records of a foreign file come from. What it says of each record is remembered under its name."""

    name: str
    prefix: str
    """Data sets with one prefix may describe the same records, under the same keys."""
    title: str
    is_complete: bool = False
    """Whether each file has all records: what a newer one lacks is withdrawn."""
    has_whole_entries: bool = False
    """Whether each record of a file is complete where it stands: what it does not say, the data set does not say."""
    schemes: tuple[str, ...] = ()
    """Schemes of external ids that its files bring."""
