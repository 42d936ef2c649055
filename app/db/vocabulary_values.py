"""Closed lists of the values that stand inside records: quantities, timings, caveats."""

from app.db.term import Term


class CaveatBasis(Term):
    """What a doubtful value rests on."""

    STATED = "stated", "a source says it in words"
    INFERRED = "inferred", "the coder concluded it from the context"
    COMPUTED = "computed", "calculated from other values"
    URL = "url", "read off the address of a page, not off the page"
    UNNAMED_SOURCE = "unnamed_source", "it goes back to a source that is not named"
    MINUTES = "minutes", "taken from minutes of a meeting"
    OTHER = "other", "rests on something else; the text says on what"


class QuantityBound(Term):
    """How a number limits what is asked."""

    EXACT = "exact", "this number, no more and no less"
    AT_LEAST = "at_least", "this number or more"
    AT_MOST = "at_most", "this number or less: a ceiling"
    ABOUT = "about", "a number near this one"
    OTHER = "other", "another kind of limit; the text says which"


class TimingRelation(Term):
    """How a demand is tied to time."""

    IMMEDIATE = "immediate", "at once, on the trigger where one is given"
    BY_DATE = "by_date", "done by the date `at` at the latest"
    FROM_DATE = "from_date", "begins on the date `at`"
    AFTER_TRIGGER = "after_trigger", "after the trigger; how long after is not said"
    WITHIN_AFTER_TRIGGER = "within_after_trigger", "done within `duration_max` after the trigger: a deadline"
    DURATION_FROM_TRIGGER = (
        "duration_from_trigger",
        "begins with the trigger and lasts the duration: a period",
    )
    REPEATS = "repeats", "done again and again; `every` says how often where that is known"
    DELAY = "delay", "put off by the duration, counted from the trigger"
    STEP = "step", "a step in a sequence; `step` is its number where steps are numbered"
    OPEN = "open", "the time is left open, or is to be agreed"
    AMBIGUOUS = "ambiguous", "the words allow more than one reading; the trigger's text says which"
    OTHER = "other", "tied to time in another way; the trigger's text says how"


class TriggerEdge(Term):
    """Which moment of the trigger counts."""

    START = "start", "when it begins (a withdrawal begins)"
    COMPLETION = "completion", "when it is finished (a withdrawal is completed)"
    ACCEPTANCE = "acceptance", "when it is accepted"
    SIGNATURE = "signature", "when it is signed"
    ADOPTION = "adoption", "when it is adopted"
    ENTRY_INTO_FORCE = "entry_into_force", "when it enters into force"
    OTHER = "other", "another moment; the trigger's text says which"


class ResolvedBasis(Term):
    """Where the calendar date of a timing comes from."""

    COMPUTED = "computed", "calculated from the trigger's day and a length of time"
    STATED = "stated", "the text or another source names the day"
    INFERRED = "inferred", "the coder concluded it from the context"
    OTHER = "other", "comes from elsewhere; a caveat says from where"


#: Schemes whose values tell entries of one library apart: the same value elsewhere says nothing.
LOCAL_SCHEMES = frozenset({"citekey"})
