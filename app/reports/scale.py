"""The ordinal scale of stances, and the words for what a party said or did not say about a point."""

from typing import Final

#: Word → place on the scale; None = off the scale.
SCALE: Final[dict[str, int | None]] = {
    "accepted": 2,
    "accepted_in_part": 1,
    "conditional": 1,
    "supported": 1,
    "under_study": 0,
    "deferred": 0,
    "undetermined": 0,
    "countered": -1,
    "rejected": -2,
    "opposed": -2,
    "declared_moot": None,
    "no_comment": None,
    "unreviewed": None,
    "silent": None,
}
#: The same for the stances that coders give to a response: a deed counts as the answer that it carries out.
CODED_SCALE: Final[dict[str, int | None]] = {**SCALE, "implemented": 2, "implemented_in_part": 1}
#: The words that are read as silence: the party was asked and said nothing, is reported to have said nothing, or gave an
#: answer that `min_review` leaves out.
SILENCE: Final = frozenset({"no_comment", "silent", "unreviewed"})
#: Acts by which a party offers something of its own; a party asks for its other points.
OFFERS: Final = frozenset({"offer", "undertaking"})
#: Acts that make a point firm.
FIRM: Final = frozenset({"red_line", "precondition"})
