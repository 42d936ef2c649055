"""Descriptions of fields that several packages share, and the variants of a description.

Read schemas, write schemas, filters and tables of a package share the descriptions of its `descriptions.py`, so that a meaning
is stated in one place.
"""

#: How a request body refers to an issue.
ISSUE_KEY = "code, slug or id"


def as_time(date: str, zone: str) -> str:
    """The description of a time of day beside a date."""
    return f"The time of day of `{date}`, `HH:MM` or `HH:MM:SS` in `{zone}`; null = unknown."


def as_zone(*times: str) -> str:
    """The description of the time zone of these times."""
    shown = " and ".join(f"`{name}`" for name in times)
    return f"The time zone of {shown}: an IANA name, or an offset from UTC such as `+01:00`; null = no time."


def as_instant(date: str) -> str:
    """The description of the instant that follows from a date, a time and a zone."""
    return f"The instant of `{date}` in UTC, if the time of day is known; null = unknown."


def as_order(collection: str) -> str:
    """The description of the position of a record within its day."""
    return (
        f"The position among the {collection} of the same day with the same or unknown time, for sorting by date; 0 = not"
        " stated."
    )


def as_key(description: str, forms: str = "slug, id or `scheme:value`") -> str:
    """The description of a field that takes a key where the response has a mention: `The talk: slug, id or …; null = none.`"""
    head, separator, rest = description.partition(";")
    return f"{head.removesuffix('.')}: {forms}{separator}{rest or '.'}"


def as_filter(description: str) -> str:
    """The description of a filter by a field, without the meaning of null: `The talk.` for `The talk; null = none.`"""
    return f"{description.partition(';')[0].removesuffix('.')}."


def as_address(description: str) -> str:
    """The description of a field that takes `collection/key` where the response has a mention of any collection."""
    head, separator, rest = description.partition(";")
    return f"{head.removesuffix('.')}, as `collection/key`{separator}{rest or '.'}"


def if_included(description: str, name: str) -> str:
    """The description of a field that lists contain only with `include=`."""
    return f"{description.removesuffix('.')}; only with `include={name}`."


def as_mentions(description: str, name: str) -> str:
    """The description of a field whose mentions `include=` replaces with summaries."""
    return f"{description.removesuffix('.')}: mentions, or summaries with `include={name}`."


ACCOUNT_KIND = "The kind of account: the text itself, a press report, minutes and so on."
ACCOUNT_SLUG = "The slug of the account, unique among all accounts."
ACT = "The kind of demand: a demand, an offer, a red line and so on."
ALTERNATIVE_GROUP = "The group of mutually exclusive options that the part belongs to; null = it is not an alternative."
ASSERTED_VALUE = (
    "The value that the source gives, if it differs from the record or is worth recording; null = not recorded."
)
ATTENDANCE = (
    "The presence at single sittings, if it differs from that in the whole talk or if sources report it. `presence` of the member is"
    " the presence at all other sittings."
)
ATTENDANCE_KEY = "The key that identifies the sitting among those of the member."
ATTENDANCE_ON = "The day of the sitting (EDTF); null = not stated."
ATTENDANCE_TALK = "The sitting, if it has a record: a talk below the talk of the delegation; null = none."
ATTRIBUTION = "The attribution chain, from the original speaker to the document."
ATTRIBUTION_TEXT = "This link of the chain in the words of the document; null = only references."
BACKERS = "The parties that back the point without making it. They are neither claimants nor respondents."
BENEFICIARIES = "The parties that would benefit."
BLOC = "The coalition through which the party attended; null = none, or not stated."
CAPACITY = "The capacity in which the delegation attended; null = not stated."
CAVEATS = "Doubts about individual fields."
CITATIONS = "The citations of the record: for each claim, a source and the place in it."
CITATION_QUOTE = "A quotation from the document; null = none."
CODED_ON = "The day on which the value was coded (EDTF); null = not recorded."
CODED_FROM = "The original wording of fields that were mapped to a closed list, by field name."
CODER = "The name of the coder."
CODINGS = (
    "The values that named coders gave to fields of the record, one for each coder and field. They do not change the record: the"
    " record has the value that was decided on."
)
CODING_FIELD = "The coded field of the record, as a JSON Pointer such as `/kind`."
CODING_VALUE = "The value that the coder gave to the field."
COLLECTION = "The collection of the record."
CONFIDENCE = "The confidence in the coding; null = not assessed."
DELEGATION_SUMMARY = "A short description; null = none."
DELEGATION_TITLE = "The title; null = none."
DEMAND_QUOTE = "The wording of the document; null = not seen."
DEMAND_TEXT = "The text of the demand."
DISPLAY_NAME = "The display name."
EVENT_CODES = "The codes of event ontologies, as `scheme:code`."
EXCEPTION = "The exception, if any; null = none."
EXTERNAL_IDS = "The record's identifiers in other data sets."
EXTERNAL_ID_VALID_FROM = "The first day of validity (EDTF); null = always valid."
EXTERNAL_ID_VALID_TO = "The last day of validity (EDTF); null = still valid."
FIELD = "The field that the citation is about, as a JSON Pointer that identifies nested rows by key; null = the whole record."
FORCE = "How far the wording of the point binds; null = not stated."
FUNCTION = "The person's function in the delegation; null = not stated."
ID = "The permanent identifier of the record (UUID)."
ISSUE = "The issue: code (case-insensitive), slug or id."
IS_MUTUAL = "Whether the same obligation binds at least two of the claimants and addressees."
IS_PRIMARY = "Whether this is the main issue of the demand; at most one is."
IS_REFERENCE = "Whether this is the reference account, the one that lists and counts use."
IS_SEATED = "Whether the delegation sat at the table; false = it only hosted, mediated or observed."
LABEL = "The label as printed; null = none."
LANG = "The language of the record's texts, or of the document if the record is a source (BCP 47); null = not stated."
LINKS = "The relations of this demand to other demands."
LOCATOR = "The place in the document; null = none."
MEMBERS = "The named members, in order."
MEMBER_CONFIDENCE = "The confidence in the membership; null = not assessed."
MEMBER_KEY = (
    "The key that identifies the entry, if the person has several entries in the delegation; null = the slug of the person"
    " identifies it."
)
MEMBER_VALID_FROM = "The first day in the delegation (EDTF); null = from the beginning."
MEMBER_VALID_TO = "The last day in the delegation (EDTF); null = to the end."
MODE = "Whether the person attended in person or remotely; null = not stated."
NOTE = "A note; null = none."
NOTES = "The coders' notes."
NUMBER = "The number as printed, not necessarily unique; null = none."
OUTCOME_KEY = "The key that identifies the outcome within its talk or process."
OUTCOME_SLUG = "The slug of the record."
PARTY = "The party that the delegation represents."
PART_KIND = "Whether the part is a section or an option."
PART_KEY = "The key that identifies the part within the account."
PERSON = "The person."
PLACES = "The places where the demand applies."
POST = "The post that the person held at that time; null = not stated."
PRESENCE = "Whether the person attended; null = not stated."
PROCESS_OR_BELOW = "A negotiation process, including the processes below it."
PUBLIC_BY = "The day by which the claim was public (EDTF); null = the date of the source."
PUBLISHED = "The date of publication (EDTF), which may contradict the date of the event; null = unknown."
PUBLISHER = "The publisher; null = unknown."
QUANTITIES = "The quantities that are demanded."
DATES_AS_WRITTEN = (
    "Dates as the source writes them, such as days of the Julian calendar; the fields have the Gregorian dates."
)
RECORD_PROCESS = "The process that the record belongs to."
RESPONDER = "The party that answered; it need not be an addressee or have sat at the talk."
REVIEW = "The review status of the coding."
ROLES = "The roles of the delegation; empty = not stated."
SAID_ON = "The day of the response (EDTF); for `no_comment`, the day up to which silence is reported. null = unknown."
SCHEME = "The scheme, which names the data set."
SHORT_TITLE = "A short title; null = none."
SIZE = "The reported number of people, which may differ from the number of named members; null = unknown."
SLUG = "The readable identifier of the record, as used in URLs."
SOURCE = "The cited source."
START = "The first day (EDTF); null = unknown."
SUMMARY = "A summary; null = none."
TABLED_ON = "The day on which the proposal was tabled (EDTF); null = unknown."
TEXT_STATUS = "How far the wording of the point has been negotiated; null = not stated."
TIMING = "The time by which, or during which, the demand is to be fulfilled; null = not stated."
TITLE = "The title."
UNMAPPED = "The codes of the source material that no issue represents, in their original wording."
URI = "The URL of the entry; null = none."
URL = "The URL of the document; null = none known."
VALUE = "The identifier in that data set."
VERDICT = "Whether the source supports or contradicts the claim, or is silent on it."
