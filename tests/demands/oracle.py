"""The state of a demand, computed a second time from the rules in `app/guides/state-rules.md`.

It reads the records of dossiers as plain dictionaries and shares no code with the application, not even the reading of
dates: where the two differ, one of them has misread the rules. It is written to be compared with the page line by line,
so it looks at one demand, one day and one party at a time.
"""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from typing import Any

Row = dict[str, Any]

ASKS_NOBODY = {"not_demanded", "step"}
NOT_COUNTED = {"supported", "opposed"}
DEEDS = {"implemented": "accepted", "implemented_in_part": "accepted_in_part"}
INTERIM = {"under_study", "deferred"}
UNSETTLED = {"no_comment", "undetermined"}
NOT_AGREED = {"announced", "unclear", "disputed"}

POINT, PROPOSAL = 0, 1_000
"""Levels, counted outwards: the point, its part (1), the part around it (2) and so on, the whole proposal."""
WORDS, DEED, PIECE, SILENCE = range(4)
"""Kinds of answers, the best first."""


# --- Dates: the first and the last day that an EDTF date covers


@cache
def first_day(text: str | None) -> date | None:
    """The first possible day; None = unknown."""
    if text is None:
        return None
    start = text.split("/")[0]
    if text == "..":
        return date.max
    return None if start in ("", "..") else _days(start)[0]


@cache
def last_day(text: str | None) -> date | None:
    """The last possible day; None = unknown. What is still open ends at the end of time."""
    if text is None:
        return None
    end = text.split("/")[-1]
    return date.max if end in ("", "..") else _days(end)[1]


def _days(text: str) -> tuple[date, date]:
    year, month, day = [*text.rstrip("~?%").split("-"), "XX", "XX"][:3]
    first, last = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if month == "XX":
        return date(first, 1, 1), date(last, 12, 31)
    if int(month) > 20:  # seasons: 21 is spring; winter reaches into the next year
        start = 3 * (int(month) - 20)
        end_year, end = (first + 1, 2) if start == 12 else (first, start + 2)
        return date(first, start, 1), date(end_year, end, calendar.monthrange(end_year, end)[1])
    if day == "XX":
        return date(first, int(month), 1), date(first, int(month), calendar.monthrange(first, int(month))[1])
    return date(first, int(month), int(day)), date(first, int(month), int(day))


def with_days(value: Any) -> Any:
    """A state with the first and the last possible day beside each date that may be uncertain (`on` is a day); None = unknown, or open on that side."""
    if isinstance(value, list):
        return [with_days(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: with_days(one) for name, one in value.items()}
    for name in value.keys() & {"said_on", "fulfilled_on"}:
        for end, day in (("min", first_day(value[name])), ("max", last_day(value[name]))):
            found[f"{name}_{end}"] = None if day in (None, date.min, date.max) else day.isoformat()
    return found


def may_have_held(valid_from: str | None, valid_to: str | None, on: str | None) -> bool:
    """Whether the two ranges of days overlap; an unknown bound excludes nothing."""
    begins, ends = first_day(valid_from), last_day(valid_to)
    first, last = first_day(on), last_day(on)
    return not (begins and last and last < begins) and not (ends and first and first > ends)


# --- What is stored


@dataclass(frozen=True)
class Answer:
    """What was answered, seen from one demand that it covers."""

    speaker: str
    stance: str
    said_on: str | None
    level: int
    is_piece: bool
    is_implied: bool
    position: int
    slug: str
    #: When it was said, if the hour is known.
    at: datetime | None = None
    is_adoption: bool = False
    #: Given to more than the point, which it names.
    is_scoped: bool = False

    @property
    def day(self) -> date | None:
        return last_day(self.said_on)

    @property
    def kind(self) -> int:
        if self.stance == "no_comment":
            return SILENCE
        if self.is_piece:
            return PIECE
        return DEED if self.stance in DEEDS else WORDS

    @property
    def is_decisive(self) -> bool:
        return self.kind in (WORDS, DEED) and self.stance not in INTERIM

    @property
    def recency(self) -> tuple[bool, date, datetime, int, bool, str]:
        """The later, the greater: an undated answer is older than all dated ones, one without an hour older than those of
        its day with one, an adoption older than the responses of its day. What is left undecided is decided by what was
        answered, then by the slug."""
        position = -1 if self.is_adoption else self.position
        at = self.at or datetime.min.replace(tzinfo=UTC)
        return (self.day is not None, self.day or date.min, at, position, not self.is_scoped, self.slug)


def instant_of(row: Row, name: str) -> datetime | None:
    """The instant at which it was `said` or `agreed`, if there is an hour, whose zone is an offset from UTC."""
    if row.get(f"{name}_time") is None:
        return None
    return datetime.fromisoformat(f"{row[f'{name}_on']}T{row[f'{name}_time']}{row[f'{name}_zone']}")


def _answer(response: Row, level: int) -> Answer:
    named = response.get("scope_demands")
    return Answer(
        speaker=response["responder"],
        stance=response["stance"],
        said_on=response.get("said_on"),
        level=level,
        is_piece=response.get("scope") is not None and not named,
        is_implied=response.get("is_implied", False),
        position=response.get("position", 0),
        at=instant_of(response, "said"),
        slug=response["slug"],
        is_scoped=bool(named),
    )


class World:
    """The records that the state of demands depends on, each collection by slug."""

    def __init__(self, records: Mapping[str, Iterable[Row]]) -> None:
        def by_slug(collection: str) -> dict[str, Row]:
            return {row["slug"]: row for row in records.get(collection, ())}

        self.processes = by_slug("processes")
        self.parties = by_slug("parties")
        self.proposals = by_slug("proposals")
        self.responses = by_slug("responses")
        self.agreements = by_slug("agreements")
        self.delegations = [
            *records.get("delegations", ()),
            *(
                {**row, "talk": talk["slug"]}
                for talk in records.get("talks", ())
                for row in talk.get("delegations", ())
            ),
        ]
        nested = [
            {**row, "proposal": proposal["slug"]}
            for proposal in self.proposals.values()
            for row in proposal.get("demands", ())
        ]
        self.asked: dict[str, set[str]] = {}
        self.demands = {row["slug"]: self._whole(row) for row in [*nested, *records.get("demands", ())]}

    def _whole(self, demand: Row) -> Row:
        """The demand with what is left out filled in: its account and its claimants."""
        proposal = self.proposals[demand["proposal"]]
        claimants = demand.get("claimants")
        return {
            **demand,
            "account": demand.get("account") or self.reference_account(proposal["slug"]),
            "claimants": proposal.get("authors", []) if claimants is None else claimants,
            "addressees": demand.get("addressees", []),
            "act": demand.get("act", "demand"),
            "links": demand.get("links", []),
        }

    def reference_account(self, proposal: str) -> str | None:
        """Slug of the reference account; None = the one that is made silently."""
        accounts = self.proposals[proposal].get("accounts", [])
        marked = [account for account in accounts if account.get("is_reference")]
        unmarked = [account for account in accounts if account.get("is_reference") is None]
        return next((account["slug"] for account in [*marked, *unmarked]), None)

    def parts_around(self, demand: Row) -> list[str]:
        """Keys of the part that holds the demand and of those around it, from the inside out."""
        proposal = self.proposals[demand["proposal"]]
        accounts: dict[str, list[Row]] = {
            account["slug"]: account.get("parts", []) for account in proposal.get("accounts", [])
        }
        own: list[Row] = proposal.get("parts", [])
        parts = accounts.get(demand["account"], own)
        parents = {part["key"]: part.get("parent") for part in parts}
        found, key = [], demand.get("part")
        while key is not None:
            found.append(key)
            key = parents[key]
        return found

    def is_group(self, party: str) -> bool:
        return bool(self.parties[party]["kind"] == "unspecified_group")

    def is_member(self, party: str, coalition: str, on: str | None) -> bool:
        return any(
            row["party"] == coalition and may_have_held(row.get("valid_from"), row.get("valid_to"), on)
            for row in self.parties[party].get("member_of", ())
        )

    def is_bound(self, party: str, coalition: str, on: str | None) -> bool:
        """Whether the answers of the coalition on that date count for the party. A conference must be recorded to bind."""
        unknown = self.parties[coalition]["kind"] != "conference"
        recorded = [
            row.get("is_bound") for row in self.parties[party].get("member_of", ()) if row["party"] == coalition
        ]
        return self.is_member(party, coalition, on) and recorded in ([True], [None] if unknown else [True])

    @cached_property
    def mandates(self) -> dict[str, list[tuple[str, Row]]]:
        """The bodies that speak for each party."""
        found: dict[str, list[tuple[str, Row]]] = {}
        for body in self.parties.values():
            for row in body.get("speaks_for", ()):
                found.setdefault(row["party"], []).append((body["slug"], row))
        return found

    def bodies(self, party: str, on: str | None, *roles: str) -> set[str]:
        """The bodies that may have spoken for the party on that date."""
        return {
            body
            for body, row in self.mandates.get(party, ())
            if row["role"] in roles and may_have_held(row.get("valid_from"), row.get("valid_to"), on)
        }

    def tabling(self, proposal: str) -> str | None:
        """When it was tabled; the date of the document where it was not."""
        row = self.proposals[proposal]
        found: str | None = row.get("tabled_on") or row.get("document_date")
        return found

    @cached_property
    def linking(self) -> dict[str, list[tuple[str, Row]]]:
        """What other demands do to each demand."""
        found: dict[str, list[tuple[str, Row]]] = {}
        for row in self.demands.values():
            for link in row["links"]:
                found.setdefault(link["demand"], []).append((link["kind"], row))
        return found

    @cached_property
    def answers(self) -> dict[str, list[Answer]]:
        """All answers that cover each demand."""
        return {slug: list(self._answers(row)) for slug, row in self.demands.items()}

    def _answers(self, demand: Row) -> Iterable[Answer]:
        for row in self.responses.values():
            level = self._level(row, demand)
            if level is None or row.get("reply_to") is not None:
                continue
            yield _answer(row, level)
        for row in self.agreements.values():
            if demand["proposal"] in row.get("proposals", ()) and row.get("status") not in NOT_AGREED:
                for party in row.get("parties", ()):
                    at = instant_of(row, "agreed")
                    yield Answer(
                        party,
                        "accepted",
                        row.get("agreed_on"),
                        PROPOSAL,
                        False,
                        True,
                        0,
                        row["slug"],
                        at,
                        is_adoption=True,
                    )

    def _level(self, response: Row, demand: Row) -> int | None:
        """How far from the demand the response was given; None = it does not cover the demand."""
        named = response.get("scope_demands", ())
        if demand["slug"] in named or (response.get("demand") == demand["slug"] and not named):
            return POINT
        if response.get("demand") is not None or response.get("scope") is not None or named:
            return None
        proposal = response.get("proposal") or self.proposal_of_account(response["account"])
        if proposal != demand["proposal"]:
            return None
        if response.get("part") is None:
            return PROPOSAL
        account = response.get("account") or self.reference_account(proposal)
        around = self.parts_around(demand)
        return (
            1 + around.index(response["part"]) if account == demand["account"] and response["part"] in around else None
        )

    def proposal_of_account(self, account: str) -> str:
        return next(
            slug
            for slug, row in self.proposals.items()
            if any(each["slug"] == account for each in row.get("accounts", ()))
        )


# --- Who is asked


def respondents(world: World, demand: Row) -> set[str]:
    """Who is asked to answer; it does not depend on the day."""
    if demand["slug"] not in world.asked:
        world.asked[demand["slug"]] = _respondents(world, demand)
    return world.asked[demand["slug"]]


def _respondents(world: World, demand: Row) -> set[str]:
    """The first group that is not empty without the claimants; unspecified groups only where nobody else is in it."""
    proposal = world.proposals[demand["proposal"]]
    others = [
        row
        for row in world.demands.values()
        if row["slug"] != demand["slug"]
        and (row["proposal"], row["account"]) == (demand["proposal"], demand["account"])
        and row["act"] not in ASKS_NOBODY
    ]
    negotiators = {
        row["party"]
        for row in world.delegations
        if row["talk"] == proposal.get("talk") and row.get("is_seated", True) and "negotiating" in row.get("roles", ())
    }
    groups = (
        set(demand["addressees"]),
        set(proposal.get("addressees", ())),
        {party for row in others for party in row["addressees"]},
        negotiators,
    )
    for group in groups:
        if asked := group - set(demand["claimants"]):
            return {party for party in asked if not world.is_group(party)} or asked
    return set()


def co_claimants(demand: Row) -> set[str]:
    """Of several claimants, those that are addressed too."""
    return set(demand["claimants"]) & set(demand["addressees"]) if len(demand["claimants"]) > 1 else set()


# --- Whose voice it is, and which answer counts


def own_voice(world: World, party: str, answer: Answer) -> bool:
    """The party spoke itself, or a body that may have spoken for it on that day."""
    return answer.speaker == party or answer.speaker in world.bodies(party, answer.said_on, "decides", "approves")


def coalition_voice(world: World, party: str, answer: Answer) -> bool:
    return world.is_bound(party, answer.speaker, answer.said_on)


def usable_by_asked(world: World, demand: Row, party: str, said: list[Answer]) -> list[Answer]:
    """The answers of a respondent or co-claimant, at any scope: its own, its bodies', its coalitions'."""
    return [
        answer
        for answer in said
        if answer.stance not in NOT_COUNTED
        and not (answer.stance == "no_comment" and party in co_claimants(demand))
        and (own_voice(world, party, answer) or coalition_voice(world, party, answer))
    ]


def usable_by_speaker(world: World, demand: Row, party: str, said: list[Answer]) -> list[Answer]:
    """The answers of a party that is not asked, but counts for what it said to this very point."""
    said = [answer for answer in said if answer.level == POINT and answer.stance not in NOT_COUNTED | {"no_comment"}]
    if not said:
        return []
    asked = respondents(world, demand)
    anyone = not any(not world.is_group(each) for each in asked | co_claimants(demand))
    found = []
    for answer in said:
        is_member = any(world.is_member(party, each, answer.said_on) for each in asked)
        is_claimant = party in demand["claimants"] and not is_claimants_deed(demand, party, answer)
        may_speak = (is_member or is_claimant) and own_voice(world, party, answer)
        if may_speak or (anyone and answer.speaker == party and not is_claimants_deed(demand, party, answer)):
            found.append(answer)
    return found


def is_claimants_deed(demand: Row, party: str, answer: Answer) -> bool:
    """A claimant's own deed, or that of a body that speaks for it, is not an answer."""
    return answer.stance in DEEDS and party in demand["claimants"]


def counted_answer(world: World, party: str, usable: list[Answer]) -> Answer | None:
    """The one answer of the party that counts."""
    if not usable:
        return None
    best_kind = min(answer.kind for answer in usable)
    usable = [answer for answer in usable if answer.kind == best_kind]

    def is_own(answer: Answer) -> bool:
        return own_voice(world, party, answer)

    def rank(answer: Answer) -> tuple[Any, ...]:
        is_spoken = answer.is_adoption or not answer.is_implied
        return (is_own(answer), is_spoken, answer.recency)

    levels = sorted({answer.level for answer in usable})
    # Several voices of a party may be parties to one agreement: `max` takes the first, itself or in the order of slugs.
    usable.sort(key=lambda answer: (answer.speaker != party, answer.speaker))
    nearest, *wider = [max((each for each in usable if each.level == level), key=rank) for level in levels]
    if nearest.stance in INTERIM:
        for answer in wider:
            if answer.is_decisive and is_later(answer, nearest) and (is_own(answer) or not is_own(nearest)):
                return answer
    return nearest


def is_later(answer: Answer, other: Answer) -> bool:
    """A later last possible day, or the same day and a later hour, or the same hour and a higher position."""
    return answer.recency[:4] > other.recency[:4]


def counts_as(world: World, party: str, answer: Answer, said: list[Answer]) -> str:
    """What the answer counts as for the point; `said` has all that was said about the point by that day."""
    if answer.kind == SILENCE:
        return "no_comment"
    if answer.kind == PIECE:
        return "undetermined"
    if word := joint_word(world, party, answer, said):
        return word
    word = DEEDS.get(answer.stance, answer.stance)
    if answer.level != POINT and word in ("accepted_in_part", "countered"):
        return "undetermined"
    if answer.stance == "accepted" and answer.speaker == party and lacks_approval(world, party, answer, said):
        return "conditional"
    return word


def joint_word(world: World, party: str, answer: Answer, said: list[Answer]) -> str | None:
    """What several bodies that must approve say together; None = the answer needs no others."""
    bodies = world.bodies(party, answer.said_on, "approves")
    is_own_acceptance = answer.speaker == party and answer.stance == "accepted"
    if len(bodies) < 2 or answer.kind != WORDS or not (is_own_acceptance or answer.speaker in bodies):
        return None
    words = {body: word_of_body(world, party, body, said) for body in bodies}
    if "rejected" in words.values():
        return "rejected"
    if set(words.values()) == {"accepted"}:
        return "accepted"
    return "conditional" if is_own_acceptance or "accepted" in words.values() else None


def word_of_body(world: World, party: str, body: str, said: list[Answer]) -> str | None:
    """The answer of the body alone, while it spoke for the party; None = it has given none that covers the point."""
    usable = [
        answer
        for answer in said
        if answer.speaker == body
        and own_voice(world, party, answer)
        and answer.kind in (WORDS, DEED)
        and answer.stance not in NOT_COUNTED
    ]
    answer = counted_answer(world, body, usable)
    return DEEDS.get(answer.stance, answer.stance) if answer else None


def lacks_approval(world: World, party: str, acceptance: Answer, said: list[Answer]) -> bool:
    """A body that must approve has given no decisive answer that covers the point."""
    return any(
        not any(answer.speaker == body and answer.is_decisive and answer.stance not in NOT_COUNTED for answer in said)
        for body in world.bodies(party, acceptance.said_on, "approves")
    )


# --- The state


def counts_on(said_on: str | None, day: date, today: date) -> bool:
    """From the last day on which it may have been given; an undated one today and later."""
    return (last_day(said_on) or today) <= day


def state(world: World, slug: str, day: date, *, inherited: bool = True, today: date | None = None) -> Row:
    """The state of a demand on a day, with the fields of the API; parties and records by slug."""
    demand, today = world.demands[slug], today or date.today()
    found: Row = {
        "word": "not_yet",
        "on": day.isoformat(),
        "inherited": inherited,
        "answers": [],
        "others": [],
        "owing": [],
        "fulfilment": "none",
        "fulfilled_on": None,
        "closed": None,
    }
    if is_not_yet(world, demand, day):
        return {**found, "word": None} if demand["act"] in ASKS_NOBODY else found
    said = [
        answer
        for answer in world.answers[slug]
        if counts_on(answer.said_on, day, today) and (inherited or answer.level == POINT)
    ]
    asks_nobody = demand["act"] in ASKS_NOBODY
    asked = set() if asks_nobody else respondents(world, demand)
    counted = {} if asks_nobody else counted_answers(world, demand, asked, said)
    answers = {party: shown(world, party, answer, said) for party, answer in sorted(counted.items())}
    closed = closing(world, demand, day, today)
    owing = {party for party in asked if party not in answers or answers[party]["counted_as"] == "no_comment"}
    fulfilment, fulfilled_on = fulfilled(world, demand, day, today)
    return {
        **found,
        "word": None if asks_nobody else word_for(asked, answers),
        "answers": list(answers.values()),
        "others": other_answers(asked, counted, said),
        "owing": [] if closed else sorted(owing),
        "fulfilment": fulfilment,
        "fulfilled_on": fulfilled_on,
        "closed": closed,
    }


def is_not_yet(world: World, demand: Row, day: date) -> bool:
    first = first_day(world.tabling(demand["proposal"]))
    return first is not None and day < first


def counted_answers(world: World, demand: Row, asked: set[str], said: list[Answer]) -> dict[str, Answer]:
    """The counted answer of each party that has one."""
    found: dict[str, Answer] = {}
    for party in world.parties:
        if party in asked | co_claimants(demand):
            usable = usable_by_asked(world, demand, party, said)
        else:
            usable = usable_by_speaker(world, demand, party, said)
        if answer := counted_answer(world, party, usable):
            found[party] = answer
    return found


def other_answers(asked: set[str], counted: dict[str, Answer], said: list[Answer]) -> list[Row]:
    """Of each party the latest of its answers to the point that do not count: everybody else's, those of a party whose
    counted answer was given to more, and support and opposition of all."""
    on_the_point = {party for party, answer in counted.items() if answer.level == POINT}
    shown_already = {answer.slug for answer in counted.values()}
    found: dict[str, Answer] = {}
    for answer in sorted(said, key=lambda each: each.recency):
        is_elses = answer.speaker not in on_the_point and answer.slug not in shown_already
        if answer.level == POINT and (is_elses or answer.stance in NOT_COUNTED):
            found[answer.speaker] = answer
    return [
        {
            "party": party,
            "stance": answer.stance,
            "said_on": answer.said_on,
            "is_implied": answer.is_implied,
            "response": answer.slug,
        }
        for party, answer in sorted(found.items())
    ]


def shown(world: World, party: str, answer: Answer, said: list[Answer]) -> Row:
    scope = "point" if answer.level == POINT else "proposal" if answer.level == PROPOSAL else "part"
    return {
        "party": party,
        "stance": answer.stance,
        "counted_as": counts_as(world, party, answer, said),
        "scope": scope,
        "said_on": answer.said_on,
        "is_implied": answer.is_implied,
        "spoken_by": answer.speaker,
        "response": None if answer.is_adoption else answer.slug,
        "agreement": answer.slug if answer.is_adoption else None,
    }


def word_for(asked: set[str], answers: dict[str, Row]) -> str:
    words = {party: answer["counted_as"] for party, answer in answers.items()}
    settled = {word for word in words.values() if word not in UNSETTLED}
    if len(settled) > 1:
        return "mixed"
    if settled == {"accepted"}:
        lacking = any(words.get(party, "no_comment") == "no_comment" for party in asked)
        return "accepted_by_some" if lacking or "undetermined" in words.values() else "accepted"
    if settled:
        return str(settled.pop())
    if "undetermined" in words.values():
        return "undetermined"
    if words:
        return "no_comment"
    return "open" if asked else "unaddressed"


def closing(world: World, demand: Row, day: date, today: date) -> Row | None:
    """The earliest closing by that day; one of unknown day closes today, where no other is known."""
    found = list(closings(world, demand))
    dated = [(on, how, by) for on, how, by in found if on is not None and on <= day]
    if dated:
        on, how, by = min(dated, key=lambda each: each[0])
        return {"on": on.isoformat(), "how": how, "by": by}
    undated = [(how, by) for on, how, by in found if on is None]
    if undated and day >= today:
        how, by = undated[0]
        return {"on": None, "how": how, "by": by}
    return None


def closings(world: World, demand: Row) -> Iterable[tuple[date | None, str, str | None]]:
    """All that closes the point: the day, how, by which record. Of the same day the first of them is told."""
    proposal = world.proposals[demand["proposal"]]
    links = sorted(world.linking.get(demand["slug"], ()), key=lambda each: each[1]["slug"])
    for slug, row in sorted(world.agreements.items()):
        if proposal["slug"] in row.get("proposals", ()) and row.get("status") not in {*NOT_AGREED, "rejected"}:
            yield last_day(row.get("agreed_on")), "settled", f"agreements/{slug}"
    for kind, other in links:
        if kind == "settles":
            yield last_day(world.tabling(other["proposal"])), "settled", f"demands/{other['slug']}"
    for kind, other in links:
        is_own = set(other["claimants"]) & set(demand["claimants"])
        if kind in ("withdraws", "strikes_out") and is_own and is_later_text(world, other, demand):
            yield last_day(world.tabling(other["proposal"])), "withdrawn", f"demands/{other['slug']}"
    if proposal.get("withdrawn_on"):
        yield last_day(proposal["withdrawn_on"]), "withdrawn", None
    for slug, row in sorted(world.proposals.items()):
        for relation in row.get("relations", ()):
            if (relation["kind"], relation.get("proposal")) == ("supersedes", proposal["slug"]):
                yield last_day(world.tabling(slug)), "superseded", f"proposals/{slug}"
    if proposal.get("lapsed_on"):
        yield last_day(proposal["lapsed_on"]), "lapsed", None
    process = world.processes.get(proposal["process"], {})
    if process.get("ended"):
        yield last_day(process["ended"]), "ended", f"processes/{process['slug']}"


def is_later_text(world: World, other: Row, demand: Row) -> bool:
    """Another text, of a known day, and not one that was tabled before this one."""
    if other["proposal"] == demand["proposal"]:
        return False
    its, own = last_day(world.tabling(other["proposal"])), first_day(world.tabling(demand["proposal"]))
    return its is not None and (own is None or its >= own)


def fulfilled(world: World, demand: Row, day: date, today: date) -> tuple[str, str | None]:
    """The latest report to the demand itself by one of its addressees."""
    if is_not_yet(world, demand, day):
        return "none", None
    reports = [
        row
        for row in world.responses.values()
        if row.get("demand") == demand["slug"]
        and row["stance"] in DEEDS
        and row["responder"] in demand["addressees"]
        and counts_on(row.get("said_on"), day, today)
    ]
    if not reports:
        return "none", None
    latest = max(reports, key=lambda row: _answer(row, POINT).recency)
    is_done = latest["stance"] == "implemented" and latest.get("scope") is None
    return "done" if is_done else "in_part", latest.get("said_on")
