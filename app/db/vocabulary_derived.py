"""Closed lists of derived values: the state of a demand, and the reasons for it. Clients never write these values."""

from app.db.term import Term


class DemandState(Term):
    """The state of a demand on a day, derived from responses and agreements."""

    NOT_YET = "not_yet", "the demand's proposal had not been tabled on that day"
    UNADDRESSED = "unaddressed", "nobody but the demand's own claimants is asked to answer, and nobody has answered"
    OPEN = "open", "none of those who are asked to answer has answered; others may have answered"
    NO_COMMENT = (
        "no_comment",
        "the parties asked have not answered, and are reported as silent; silence is not a rejection",
    )
    UNDETERMINED = (
        "undetermined",
        "everyone who answered addressed the whole proposal or part, and left this point unsettled",
    )
    ACCEPTED = "accepted", "everyone who is asked to answer accepts the demand"
    ACCEPTED_BY_SOME = (
        "accepted_by_some",
        "every answer on this point accepts it, but somebody else who is asked has not answered, or not on this point",
    )
    ACCEPTED_IN_PART = "accepted_in_part", "every answer on this point accepts a part of it"
    CONDITIONAL = "conditional", "every answer on this point accepts it on conditions"
    COUNTERED = "countered", "every answer on this point proposes something else instead"
    REJECTED = "rejected", "every answer on this point rejects it"
    DEFERRED = "deferred", "every answer on this point postpones the decision"
    UNDER_STUDY = "under_study", "every answer on this point says that the point is still being examined"
    DECLARED_MOOT = "declared_moot", "every answer on this point says that the point is moot"
    MIXED = "mixed", "the answers on this point differ"


class PostBasis(Term):
    """The basis on which a member of a delegation is said to have held a post."""

    STATED = "stated", "the delegation states the post"
    HELD = "held", "according to the person's posts, the person held it on a day in the delegation"
    POSSIBLE = (
        "possible",
        "according to the person's posts, the person may have held it: the days are not known exactly",
    )


class CountedAs(Term):
    """The value that a party's answer counts as for one demand. It may be weaker than the party's stance on the whole
    proposal.
    """

    ACCEPTED = "accepted", "the party accepts the point, or has carried it out"
    ACCEPTED_IN_PART = "accepted_in_part", "the party accepts a part of the point, or has carried out a part"
    CONDITIONAL = "conditional", "the party accepts on conditions, or a body must still approve its acceptance"
    COUNTERED = "countered", "the party proposes something else instead"
    REJECTED = "rejected", "the party rejects the point"
    DEFERRED = "deferred", "the party postpones the answer"
    UNDER_STUDY = "under_study", "the party is still examining the point"
    DECLARED_MOOT = "declared_moot", "the party says that the point is moot"
    UNDETERMINED = "undetermined", "the party answered, but did not settle this point"
    NO_COMMENT = "no_comment", "the party is only reported as silent"


class AnswerScope(Term):
    """The scope of a counted answer."""

    POINT = "point", "the demand itself"
    PART = "part", "the part of the text that contains the demand, or a part above that part"
    PROPOSAL = "proposal", "the whole proposal"


class Closing(Term):
    """The reason why no answer to a demand is due any more."""

    SUPERSEDED = "superseded", "a later proposal supersedes the demand's proposal"
    WITHDRAWN = (
        "withdrawn",
        "the demand's proposal was withdrawn, or one of the claimants later withdrew or struck out the demand",
    )
    LAPSED = "lapsed", "the demand's proposal lapsed"
    SETTLED = "settled", "an agreement adopts the demand's proposal, or another demand settles the demand"
    ENDED = "ended", "the negotiation ended"


class Fulfilment(Term):
    """The extent to which a demand was fulfilled, according to reports about the parties that would have to act."""

    NONE = "none", "no report says that the demand was carried out"
    IN_PART = "in_part", "a part of the demand is reported as carried out"
    DONE = "done", "the demand is reported as carried out"


class AgreementStanding(Term):
    """How far an agreement had come on a day, derived from the acts of its parties and the day of its entry into force."""

    NONE = "none", "no act of a party is known by that day"
    INITIALLED = "initialled", "it was initialled, but not signed"
    SIGNED = "signed", "it was signed, but no party had consented to be bound"
    PARTLY_RATIFIED = (
        "partly_ratified",
        "some parties had consented to be bound, but not those that the rule or the list of parties requires",
    )
    RATIFIED = "ratified", "the rule of its entry into force was met or, without a rule, all its parties were bound"
    IN_FORCE = "in_force", "it had entered into force"
    OTHER = "other", "anything else, such as when all that were bound had withdrawn before it entered into force"
