"""The closed lists of the domain: terms with their meanings. The database enforces them, and the API documents them.

Lists for coding source material include `other`; the original wording is then stored in `coded_from`.
"""

from app.db.term import Term


class Confidence(Term):
    LOW = "low", "doubtful: a single unnamed or contradicted source, or an inference"
    MEDIUM = "medium", "probable, but not beyond doubt"
    HIGH = "high", "assessed and found reliable"


class Review(Term):
    DRAFT = "draft", "coded, not yet read by a second person"
    REVIEWED = "reviewed", "read by a second person"
    ADJUDICATED = "adjudicated", "differences between coders were resolved"


class ProcessKind(Term):
    PEACE = "peace", "to end a war"
    CEASEFIRE = "ceasefire", "to halt fighting"
    NUCLEAR = "nuclear", "about a nuclear programme"
    TRADE = "trade", "about trade"
    BORDER = "border", "about a boundary"
    STATUS = "status", "about the status of a territory or people"
    CLIMATE = "climate", "about climate change"
    EXIT = "exit", "to leave a union of states"
    CONGRESS = "congress", "to settle many subjects among many states at once"
    LABOUR = "labour", "about pay and conditions of work, between workers and employers"
    CONSTITUTIONAL = "constitutional", "to make or change a constitution"
    OTHER = "other", "anything else"


class ProcessStatus(Term):
    PLANNED = "planned", "announced, but not begun"
    ONGOING = "ongoing", "in progress"
    SUSPENDED = "suspended", "interrupted, but not ended"
    CONCLUDED = "concluded", "ended with an agreement"
    COLLAPSED = "collapsed", "ended without an agreement"
    OTHER = "other", "anything else"


class ProcessRole(Term):
    NEGOTIATING = "negotiating", "a party to the negotiation"
    MEDIATOR = "mediator", "mediates between the parties"
    GUARANTOR = "guarantor", "guarantees the process or its results"
    OBSERVER = "observer", "observes"
    COORDINATOR = "coordinator", "coordinates one side or the whole"
    ACCOMPANYING = "accompanying", "accompanies the process"
    HOST = "host", "hosts the talks"
    SPOILER = "spoiler", "works against the process"
    MENTIONED = "mentioned", "is mentioned, but takes no part"


class PartyKind(Term):
    STATE = "state", "a state"
    GOVERNMENT = "government", "a government, as distinct from its state"
    ARMED_GROUP = "armed_group", "an armed group that is not the army of a state"
    COMMUNITY = "community", "a community or people"
    AUTHORITY = "authority", "a body that governs without being a recognized state"
    IGO = "igo", "an intergovernmental organization"
    NGO = "ngo", "a non-governmental organization"
    POLITICAL_PARTY = "political_party", "a political party"
    COALITION = "coalition", "a named group of parties that acts together; its members are coded"
    CONFERENCE = (
        "conference",
        "all parties of a convention or conference as one body; its members are coded, and `is_bound` says whom it binds",
    )
    ASSEMBLY = "assembly", "a parliament or assembly"
    ELECTORATE = "electorate", "the voters"
    RELIGIOUS_BODY = "religious_body", "a church or other religious body"
    MEDIA = "media", "a newspaper, agency or broadcaster"
    UNSPECIFIED_GROUP = "unspecified_group", "a group that the source does not define; it owes no answer"
    OTHER = "other", "anything else"


class NameKind(Term):
    OFFICIAL = "official", "the official name"
    SHORT = "short", "a short form"
    ALIAS = "alias", "another name in use"
    TRANSLITERATION = "transliteration", "the name in another script or romanization"
    FORMER = "former", "a name no longer in use"
    OTHER = "other", "anything else"


class PlaceKind(Term):
    VENUE = "venue", "a building or room"
    CITY = "city", "a town or city"
    REGION = "region", "a region or province"
    COUNTRY = "country", "a country"
    AREA = "area", "an area without exact bounds"
    VIRTUAL = "virtual", "not a physical place: a call or video conference; never has coordinates"
    OTHER = "other", "anything else"


class PointPrecision(Term):
    EXACT = "exact", "the exact venue"
    CITY = "city", "somewhere in the town"
    REGION = "region", "somewhere in the region"
    COUNTRY = "country", "somewhere in the country"
    OTHER = "other", "anything else"


class TalkKind(Term):
    ROUND = "round", "a round of negotiations"
    PLENARY = "plenary", "the meeting of the whole delegations"
    PRINCIPALS = "principals", "a meeting of the heads or principals alone"
    BILATERAL = "bilateral", "a meeting of two parties"
    TRILATERAL = "trilateral", "a meeting of three parties"
    MINISTERIAL = "ministerial", "a meeting of ministers"
    SUMMIT = "summit", "a meeting of heads of state or government"
    CONFERENCE = "conference", "a conference of many parties"
    WORKING_GROUP = "working_group", "a group on one subject"
    TECHNICAL = "technical", "a meeting of experts"
    CONSULTATION = "consultation", "exploratory talks, short of negotiation"
    CALL = "call", "a telephone call"
    SIGNING = "signing", "a signing ceremony"
    SERIES = "series", "a series of meetings over months or years"
    OTHER = "other", "anything else"


class TalkFormat(Term):
    DIRECT = "direct", "face to face"
    MEDIATED = "mediated", "face to face, with a mediator in the room"
    PROXIMITY = "proximity", "in separate rooms, with a mediator going between them"
    SHUTTLE = "shuttle", "a mediator travels between the parties"
    VIRTUAL = "virtual", "by video or telephone"
    WRITTEN = "written", "by letters or documents"
    MIXED = "mixed", "more than one of these"
    OTHER = "other", "anything else"


class TalkStatus(Term):
    ANNOUNCED = "announced", "announced, but not yet held"
    HELD = "held", "took place"
    POSTPONED = "postponed", "postponed"
    CANCELLED = "cancelled", "cancelled"
    COLLAPSED = "collapsed", "begun, but broken off"
    OTHER = "other", "anything else"


class Visibility(Term):
    PUBLIC = "public", "in public view"
    ANNOUNCED = "announced", "known at the time, but not open to the public"
    REPORTED = "reported", "known only from reports"
    SECRET = "secret", "kept secret at the time"
    DENIED = "denied", "denied by a party"
    OTHER = "other", "anything else"


class DecisionRule(Term):
    """The rule by which a talk or a body decides."""

    CONSENSUS = "consensus", "adopted if nobody objects; usually without a vote"
    UNANIMITY = "unanimity", "every member must vote in favor"
    MAJORITY = "majority", "more than half"
    TWO_THIRDS = "two_thirds", "two thirds or more"
    QUALIFIED_MAJORITY = "qualified_majority", "another majority above half, or one that weighs votes"
    OTHER = "other", "any other rule"


class OutcomeKind(Term):
    AGREEMENT = "agreement", "something was agreed"
    PARTIAL_AGREEMENT = "partial_agreement", "part of the agenda was agreed"
    AGREEMENT_IN_PRINCIPLE = "agreement_in_principle", "agreed in principle, details open"
    AGREEMENT_TO_CONTINUE = "agreement_to_continue", "agreed to go on talking"
    EXTENSION = "extension", "a deadline or period was extended"
    PROCEDURAL = "procedural", "a matter of procedure was settled"
    NO_AGREEMENT = "no_agreement", "nothing was agreed on the matter"
    PROPOSAL_MADE = "proposal_made", "a proposal was put forward"
    DOCUMENT_HANDED_OVER = "document_handed_over", "a document was handed over"
    JOINT_DOCUMENT = "joint_document", "a joint document was issued"
    STATEMENT = "statement", "a statement was made"
    UNILATERAL_STEP = "unilateral_step", "one side announced a step of its own"
    RELEASE = "release", "people or property were released"
    REQUEST_NOTED = "request_noted", "a request was noted"
    SIGNATURE = "signature", "a text was signed"
    RATIFICATION = "ratification", "a text was ratified"
    VOTE = "vote", "a vote was held"
    OTHER = "other", "anything else"


class DelegationRole(Term):
    NEGOTIATING = "negotiating", "negotiates for its party"
    MEDIATOR = "mediator", "mediates"
    FACILITATOR = "facilitator", "facilitates"
    COORDINATOR = "coordinator", "coordinates one side or the whole"
    HOST = "host", "hosts the talk"
    CHAIR = "chair", "chairs the talk"
    GUARANTOR = "guarantor", "guarantees"
    ACCOMPANYING = "accompanying", "accompanies"
    OBSERVER = "observer", "observes"
    WITNESS = "witness", "witnesses"
    GUEST = "guest", "is a guest"
    OTHER = "other", "anything else"


class DelegationCapacity(Term):
    OFFICIAL = "official", "sent by its party"
    PERSONAL = "personal", "present in a personal capacity"
    OTHER = "other", "anything else"


class MemberFunction(Term):
    HEAD = "head", "leads the delegation; at most one on any day"
    MEMBER = "member", "sits in the delegation"
    EXPERT = "expert", "an expert"
    SIGNATORY = "signatory", "present in order to sign"
    OTHER = "other", "anything else"


class Presence(Term):
    PRESENT = "present", "reported as present"
    IMPLIED = "implied", "not stated, but follows from the report"
    ANNOUNCED = "announced", "announced in advance, presence not confirmed"
    ABSENT = "absent", "a named member, reported as absent"


class AttendanceMode(Term):
    IN_PERSON = "in_person", "in the room"
    REMOTE = "remote", "by video or telephone"


class ProposalKind(Term):
    MEMORANDUM = "memorandum", "a memorandum"
    PLAN = "plan", "a plan"
    FRAMEWORK = "framework", "a framework or outline"
    DRAFT = "draft", "a draft of an agreement or treaty"
    AGREEMENT_TEXT = "agreement_text", "the text that was adopted"
    ANNEX = "annex", "an annex"
    PAPER = "paper", "a paper"
    NON_PAPER = "non_paper", "a paper without an official author"
    BRIDGING = "bridging", "a mediator's bridging proposal"
    COUNTER_PROPOSAL = "counter_proposal", "an answer in the form of a proposal"
    COMMUNIQUE = "communique", "a communiqué"
    JOINT_STATEMENT = "joint_statement", "a joint statement"
    STATEMENT = "statement", "a public statement"
    DECLARATION = "declaration", "a declaration"
    DECREE = "decree", "a decree or other unilateral act"
    ORAL = "oral", "put forward orally"
    OTHER = "other", "anything else"


class RelationKind(Term):
    SUPERSEDES = "supersedes", "replaces"
    RESPONDS_TO = "responds_to", "answers"
    ARISES_FROM = "arises_from", "follows from"
    ANSWERS_DEADLINE = "answers_deadline", "meets a deadline that was set in"
    ANNEX_OF = "annex_of", "is an annex of"
    IMPLEMENTS = "implements", "carries out"
    CITES = "cites", "refers to"
    TRANSLATION_OF = "translation_of", "is a translation of"
    OTHER = "other", "anything else"


class AccountKind(Term):
    TEXT = "text", "the text itself, complete or as far as available"
    EXCERPT = "excerpt", "an excerpt of the text"
    VERSION = "version", "another version of the text"
    REPORT = "report", "a press report"
    MINUTES = "minutes", "minutes"
    ORAL_NOTES = "oral_notes", "notes of what was said"
    OTHER = "other", "anything else"


class PartKind(Term):
    SECTION = "section", "a section"
    OPTION = "option", "one of several alternatives"


class DemandAct(Term):
    DEMAND = "demand", "asks another to act"
    PRECONDITION = "precondition", "demands something before talks or before other points"
    RED_LINE = "red_line", "rules something out"
    OFFER = "offer", "offers to act"
    UNDERTAKING = "undertaking", "commits itself to act"
    PROVISION = "provision", "a provision of an agreed or drafted text"
    AGENDA_ITEM = "agenda_item", "a subject to be discussed"
    STEP = "step", "a unilateral measure already taken; no answer is expected"
    NOT_DEMANDED = "not_demanded", "expressly not demanded; never counted as a demand"
    OTHER = "other", "anything else"


class TextStatus(Term):
    """How far the wording of a point has been negotiated."""

    AGREED = "agreed", "the wording is agreed"
    BRACKETED = "bracketed", "the wording, or a part of it, is in square brackets: it is not agreed"
    PLACEHOLDER = "placeholder", "the text has a place for the point, but no wording yet"
    ALTERNATIVE = "alternative", "one of several wordings of the same point, of which one is to be chosen"
    OTHER = "other", "anything else"


class Force(Term):
    """How far the wording of a point binds the parties that it addresses."""

    SHALL = "shall", "an obligation: the parties shall, must or will do something"
    SHOULD = "should", "a recommendation or an aim: the parties should, or are encouraged or invited to, do something"
    MAY = "may", "a permission or a choice: the parties may do something"
    NONE = "none", "binds nobody: it states, recalls or notes something"
    OTHER = "other", "anything else"


class MandateRole(Term):
    """The role in which a body (an electorate, an assembly, a parliament) speaks for a party."""

    DECIDES = "decides", "its answer is the party's answer"
    APPROVES = "approves", "the party's own acceptance is conditional until the body has answered"


class SuccessionKind(Term):
    """How one party succeeded another."""

    CONTINUES = "continues", "the successor is the same party under another name or constitution"
    MERGED_INTO = "merged_into", "the party became part of the successor"
    SPLIT_INTO = "split_into", "the successor is one of several into which the party split"
    REPLACED_BY = "replaced_by", "the successor took the party's place"
    OTHER = "other", "any other way"


class DemandPartyRole(Term):
    CLAIMANT = "claimant", "makes the demand"
    ADDRESSEE = "addressee", "would have to act"
    BENEFICIARY = "beneficiary", "would benefit from it"
    BACKER = "backer", "backs it without making it"


class LinkKind(Term):
    REPEATS = "repeats", "makes the same demand again"
    AMENDS = "amends", "changes the other demand"
    STRIKES_OUT = "strikes_out", "removes the other demand from the text"
    NARROWS = "narrows", "demands less than the other demand"
    WIDENS = "widens", "demands more than the other demand"
    WITHDRAWS = "withdraws", "withdraws the other demand"
    COUNTERS = "counters", "is a counter-demand to the other demand"
    SETTLES = "settles", "settles the other demand"
    CONTRADICTS = "contradicts", "is incompatible with the other demand"
    INCORPORATED_IN = "incorporated_in", "was incorporated in the other demand"
    REPORTS = "reports", "reports the same point in another account"
    RETALIATES = "retaliates", "is a measure against the party that took that step, in return for it"
    RESPONDS_TO_STEP = "responds_to_step", "is a step in answer to that step, such as a concession for a concession"
    FULFILS = "fulfils", "is the step that carries it out"


class Stance(Term):
    ACCEPTED = "accepted", "says yes"
    ACCEPTED_IN_PART = "accepted_in_part", "says yes to part"
    CONDITIONAL = "conditional", "says yes on conditions"
    COUNTERED = "countered", "proposes something else instead"
    REJECTED = "rejected", "a party that would have to act says no"
    DEFERRED = "deferred", "postpones the answer"
    UNDER_STUDY = "under_study", "is examining it"
    DECLARED_MOOT = "declared_moot", "says that it is moot"
    SUPPORTED = "supported", "a party that need not act is in favour of it"
    OPPOSED = "opposed", "a party that need not act is against it"
    NO_COMMENT = "no_comment", "reported as silent up to that day; not a rejection"
    IMPLEMENTED = "implemented", "has done it"
    IMPLEMENTED_IN_PART = "implemented_in_part", "has done part of it"


class AgreementKind(Term):
    PRISONER_EXCHANGE = "prisoner_exchange", "an exchange of prisoners"
    CEASEFIRE = "ceasefire", "a ceasefire"
    FINAL = "final", "a final settlement"
    INTERIM = "interim", "an interim agreement"
    FRAMEWORK = "framework", "a framework for further talks"
    PARTIAL = "partial", "an agreement on part of the agenda"
    PROCEDURAL = "procedural", "an agreement on procedure"
    COMMUNIQUE = "communique", "a communiqué"
    TREATY = "treaty", "a treaty"
    RETURN_OF_REMAINS = "return_of_remains", "the return of the dead"
    HUMANITARIAN = "humanitarian", "an agreement on humanitarian matters"
    OTHER = "other", "anything else"


class AgreementForm(Term):
    SIGNED = "signed", "a signed text"
    INITIALLED = "initialled", "an initialled text"
    ORAL = "oral", "an oral agreement"
    MEDIATOR_STATEMENT = "mediator_statement", "announced by a mediator"
    JOINT_STATEMENT = "joint_statement", "announced jointly"
    RESOLUTION = "resolution", "a resolution of a body"
    UNILATERAL = "unilateral", "by parallel unilateral acts"
    OTHER = "other", "anything else"


class SignatureCapacity(Term):
    PARTY = "party", "signs for a party"
    WITNESS = "witness", "signs as a witness"
    GUARANTOR = "guarantor", "signs as a guarantor"
    MEDIATOR = "mediator", "signs as a mediator"
    OTHER = "other", "anything else"


class SignatureAct(Term):
    """What a party did to a text. A signature that has no act is treated as `signed`."""

    INITIALLED = "initialled", "put initials to the text: it is final, but nobody is bound"
    SIGNED = "signed", "signed the text; whether this binds the party depends on the text"
    RATIFIED = "ratified", "consented to be bound by a text that it had signed"
    ACCEPTED = "accepted", "consented to be bound by accepting or approving the text"
    ACCEDED = "acceded", "consented to be bound by a text that it had not signed"
    WITHDREW = "withdrew", "left the agreement after it was bound"
    OTHER = "other", "anything else"


class AgreementStatus(Term):
    ANNOUNCED = "announced", "announced"
    AGREED = "agreed", "agreed"
    DISPUTED = "disputed", "one side denies it"
    UNCLEAR = "unclear", "reports differ"
    SIGNED = "signed", "signed"
    REJECTED = "rejected", "rejected in a vote or by a body"
    RATIFIED = "ratified", "ratified"
    IN_FORCE = "in_force", "in force"
    IMPLEMENTED = "implemented", "implemented"
    BREACHED = "breached", "breached"
    LAPSED = "lapsed", "expired"
    SUPERSEDED = "superseded", "replaced by another"
    OTHER = "other", "anything else"


class AssessmentKind(Term):
    PREDICTION = "prediction", "says what will happen"
    CHARACTERISATION = "characterisation", "says what it is like"
    EXPECTATION = "expectation", "says what is expected"
    CLAIM = "claim", "claims a fact"
    NEGATIVE_FACT = "negative_fact", "says what is not the case"
    BACKGROUND = "background", "gives background"
    OTHER = "other", "anything else"


class SourceKind(Term):
    NEWS = "news", "a news article"
    AGENCY = "agency", "an agency report"
    OFFICIAL = "official", "an official page or paper"
    STATE_MEDIA = "state_media", "state media"
    STATEMENT = "statement", "a statement"
    DECREE = "decree", "a decree"
    DOCUMENT_COPY = "document_copy", "a copy of a primary document"
    MINUTES = "minutes", "minutes"
    DATASET_RECORD = "dataset_record", "a record of another data set"
    ENCYCLOPEDIA = "encyclopedia", "an encyclopedia"
    BLOG = "blog", "a blog"
    HEADLINE = "headline", "a headline; the article was not seen"
    PHOTO_CAPTION = "photo_caption", "the caption of a photograph"
    INTERVIEW = "interview", "an interview"
    OTHER = "other", "anything else"


class PublishedBasis(Term):
    PRINTED = "printed", "printed on the document"
    URL = "url", "taken from the URL"
    INFERRED = "inferred", "inferred from the context"


class Verdict(Term):
    SUPPORTS = "supports", "the source says so"
    CONTRADICTS = "contradicts", "the source says otherwise; `asserted_value` is what the source says"
    SILENT = "silent", "the source does not mention it"


class Action(Term):
    CREATE = "create", "a record was created"
    CHANGE = "change", "a record was changed"
    WITHDRAW = "withdraw", "a record was withdrawn"
    MERGE = "merge", "a record was merged into another"
    RESTORE = "restore", "a record was restored: its merge or withdrawal was undone"
    DELETE = "delete", "a record was erased directly in the database; its history remains"


class Scope(Term):
    READ = "read", "may read"
    WRITE = "write", "may read and write"
    ADMIN = "admin", "may do everything, including managing keys"
