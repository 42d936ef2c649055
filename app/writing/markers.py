"""What a write schema says about a field when its name and type alone do not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nested:
    """Records of their own, written inside another: each is stored with its field `owner` naming the outer.

    `delegations: Annotated[list[DelegationInTalk], Nested("talk")]` makes delegations whose `talk` is the one
    in whose body they stand.
    """

    owner: str
