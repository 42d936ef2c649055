"""A data set whose files are imported."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataSet:
    """The origin of the records in a foreign file. The statements about each record are stored under the name of the
    data set."""

    name: str
    prefix: str
    """Data sets with the same prefix may describe the same records, under the same keys."""
    title: str
    is_complete: bool = False
    """Whether each file contains all records: records missing from a newer file are withdrawn."""
    has_whole_entries: bool = False
    """Whether each entry of a file is complete. If so, the data set does not state any value that the entry omits."""
    schemes: tuple[str, ...] = ()
    """Schemes of the external ids in the files of the data set."""
