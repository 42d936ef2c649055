"""Closed lists for the values inside records: quantities, timings and caveats."""

from app.db.term import Term


class CaveatBasis(Term):
    """The basis of a doubtful value."""

    STATED = "stated", "a source states the value explicitly"
    INFERRED = "inferred", "the coder inferred the value from the context"
    COMPUTED = "computed", "calculated from other values"
    URL = "url", "taken from the URL of a page, not from the page itself"
    UNNAMED_SOURCE = "unnamed_source", "attributed to an unnamed source"
    MINUTES = "minutes", "taken from minutes of a meeting"
    OTHER = "other", "another basis; the text says which"


class Calendar(Term):
    """The calendar in which a source writes a date."""

    GREGORIAN = "gregorian", "the calendar of all dates of Parley, in use since 1582"
    JULIAN = "julian", "the calendar before; days of the form 1700-01-01 are computed"
    ISLAMIC = "islamic", "the Islamic calendar"
    HEBREW = "hebrew", "the Hebrew calendar"
    CHINESE = "chinese", "the Chinese calendar"
    FRENCH_REPUBLICAN = "french_republican", "the calendar of the French Republic, 1793 to 1805"
    OTHER = "other", "another calendar; the text says which"


class QuantityBound(Term):
    """The meaning of a number: an exact value, or a limit."""

    EXACT = "exact", "this number, no more and no less"
    AT_LEAST = "at_least", "this number or more"
    AT_MOST = "at_most", "this number or less: a ceiling"
    ABOUT = "about", "a number near this one"
    OTHER = "other", "another kind of limit; the text says which"


class TimingRelation(Term):
    """The kind of timing of a demand."""

    IMMEDIATE = "immediate", "immediately, or on the trigger if one is given"
    BY_DATE = "by_date", "done by the date `at` at the latest"
    FROM_DATE = "from_date", "begins on the date `at`"
    AFTER_TRIGGER = "after_trigger", "after the trigger; how long after is not stated"
    WITHIN_AFTER_TRIGGER = "within_after_trigger", "done within `duration_max` after the trigger: a deadline"
    DURATION_FROM_TRIGGER = (
        "duration_from_trigger",
        "a period that begins with the trigger and has the given duration",
    )
    REPEATS = "repeats", "repeated; `every` is the interval, if known"
    DELAY = "delay", "postponed by the duration, counted from the trigger"
    STEP = "step", "a step in a sequence; `step` is its number if steps are numbered"
    OPEN = "open", "the time is left open, or is to be agreed"
    AMBIGUOUS = "ambiguous", "the wording allows more than one reading; the trigger's text says which"
    OTHER = "other", "another kind of timing; the trigger's text says which"


class TriggerEdge(Term):
    """The moment of the trigger to which the timing refers."""

    START = "start", "when it begins (a withdrawal begins)"
    COMPLETION = "completion", "when it is finished (a withdrawal is completed)"
    ACCEPTANCE = "acceptance", "when it is accepted"
    SIGNATURE = "signature", "when it is signed"
    ADOPTION = "adoption", "when it is adopted"
    ENTRY_INTO_FORCE = "entry_into_force", "when it enters into force"
    OTHER = "other", "another moment; the trigger's text says which"


class ResolvedBasis(Term):
    """How the calendar date of a timing is known."""

    COMPUTED = "computed", "calculated from the trigger's day and a duration"
    STATED = "stated", "the text or another source states the day"
    INFERRED = "inferred", "the coder inferred the date from the context"
    OTHER = "other", "another origin; a caveat says which"


class VoteChoice(Term):
    """How one voter voted."""

    FOR = "for", "voted in favor"
    AGAINST = "against", "voted against"
    ABSTAINED = "abstained", "was there and abstained"
    ABSENT = "absent", "did not take part"


#: Schemes whose values are unique only within one library, so that equal values do not identify the same record.
LOCAL_SCHEMES = frozenset({"citekey"})
