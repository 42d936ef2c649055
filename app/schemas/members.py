"""Validators of the members of a delegation."""

from itertools import combinations
from typing import Any

from app.db.periods import Period, shared_days
from app.db.vocabulary import MemberFunction
from app.domain.texts import refusal
from app.errors import quoted
from app.schemas.validators import free_key


def keyed_members(members: list[Any]) -> list[Any]:
    """Make a key for each further entry of a person, and reject duplicate keys and entries.

    The first entry of a person needs no key, because the slug of the person identifies it. Two entries of a person with the
    same function must not share a day.
    """
    people = {member.person for member in members}
    taken = [member.key for member in members if member.key is not None]
    for key in taken:
        if taken.count(key) > 1 or key in people:
            raise refusal(
                "list", f"The key {quoted(key)} is used twice or is the slug of a member; give each entry a unique key."
            )
    used = {*taken, *people}
    seen: set[str] = set()
    for member in members:
        if member.key is None and member.person in seen:
            member.key = free_key(member.person, used)
            used.add(member.key)
        elif member.key is None:
            seen.add(member.person)
    for (place, one), (other_place, other) in combinations(enumerate(members, 1), 2):
        if (
            one.person == other.person
            and one.function == other.function
            and _period(one).certainly_overlaps(_period(other))
        ):
            raise refusal(
                "list",
                f"Entries {place} and {other_place} are duplicates ({quoted(one.person)}): both apply"
                f" {shared_days(_period(one), _period(other))}; remove one of them, or give `valid_from` and `valid_to` if the"
                " person left and came back.",
            )
    return members


def one_head_per_day(members: list[Any]) -> list[Any]:
    """Reject members of a delegation of whom two are certainly its head on the same day."""
    heads = [
        (place, member, _period(member))
        for place, member in enumerate(members, 1)
        if member.function is MemberFunction.HEAD
    ]
    found = [
        f"entries {place} and {other_place} ({quoted(member.person)} and {quoted(other.person)}) are both its head"
        f" {shared_days(period, other_period)}"
        for (place, member, period), (other_place, other, other_period) in combinations(heads, 2)
        if period.certainly_overlaps(other_period)
    ]
    if found:
        message = f"A delegation has at most one head on any day, but {'; '.join(found)}."
        hint = "Give `valid_to` of the earlier head and `valid_from` of the later one, or another `function`."
        raise refusal("list", f"{message} {hint}")
    return members


def _period(member: Any) -> Period:
    return Period.of_texts(member.valid_from, member.valid_to)
