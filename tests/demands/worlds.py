"""Small made-up worlds for the tests of states: dossiers in which all rules meet, drawn by hypothesis.

Dates are few and near each other, so that answers meet on one day, precede their text, or have uncertain dates that
overlap. All slugs begin with a mark that `dossier` replaces by a prefix: many worlds fit into one ledger.
"""

import copy
import json
from typing import Any

from hypothesis import strategies as st

from app.db.vocabulary import AgreementStatus, DemandAct, Stance
from tests.demands.oracle import Row

MARK = "§"
STATES = [f"{MARK}alba", f"{MARK}boria", f"{MARK}caria"]
#: A coalition and a conference.
COALITIONS = [f"{MARK}league", f"{MARK}pact"]
GROUPS = [f"{MARK}crowd", f"{MARK}friends"]
BODIES = [f"{MARK}senate", f"{MARK}voters"]
PARTIES = [*STATES, *COALITIONS, *GROUPS, *BODIES]
#: An unspecified group is a claimant less often than the others.
CLAIMANTS = [*STATES, *COALITIONS, *BODIES, *STATES, GROUPS[0]]
PROPOSALS = [f"{MARK}plan", f"{MARK}draft", f"{MARK}text"]
DEPTH = 6

#: Days to ask for: before, between and after the dates below.
DAYS = ["2020-02-28", "2020-03-01", "2020-03-05", "2020-03-06", "2020-03-31", "2020-05-01", "2021-01-01"]
TABLED = st.sampled_from([None, "2020-02-28", "2020-03-01", "2020-03", "2020-03-05", "2020-03-10/2020-04-02"])
SAID = st.sampled_from(
    [None, "2020-02", "2020-03-01", "2020-03-02", "2020-03-05", "2020-03-05", "2020-03-05~", "2020-03", "2020-04-01",
     "2020-03-02/2020-03-06", "2020", "../2020-03-05"]
)  # fmt: skip
CLOSED = st.sampled_from([None, None, None, "2020-03-05", "2020-03", "2020-05-01"])
BEGINS = st.sampled_from([None, None, "2019", "2020-03-02", "2020-03-05"])
ENDS = st.sampled_from([None, None, "2020-03-05", "2020-03-31", "2021"])

# What the rules treat differently comes up more often than what they treat alike.
STANCES = st.sampled_from([*Stance, Stance.UNDER_STUDY, Stance.ACCEPTED, Stance.ACCEPTED, Stance.REJECTED])
ACTS = st.sampled_from([*DemandAct, *[DemandAct.DEMAND] * 8])
STATUSES = st.sampled_from([None, *AgreementStatus, *[AgreementStatus.AGREED] * 8])
LINKS = st.sampled_from(["settles", "withdraws", "strikes_out", "strikes_out", "repeats"])

World = dict[str, list[Row]]


def some(among: list[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(among), unique=True, max_size=most) if among else st.just([])


def maybe(among: list[str]) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *among])


@st.composite
def parties(draw: st.DrawFn) -> list[Row]:
    def dated(name: str, **more: Any) -> Row:
        return {"party": name, "valid_from": draw(BEGINS), "valid_to": draw(ENDS), **more}

    rows: dict[str, Row] = {
        slug: {"slug": slug, "name": slug.strip(MARK), "kind": kind}
        for slugs, kind in (
            (STATES, "state"), (COALITIONS[:1], "coalition"), (COALITIONS[1:], "conference"), (GROUPS, "unspecified_group"), (BODIES, "assembly")
        )
        for slug in slugs
    }  # fmt: skip
    for slug in [*STATES, BODIES[0]]:
        rows[slug]["member_of"] = [
            dated(coalition, is_bound=draw(st.sampled_from([None, True, True, False])))
            for coalition in draw(some(COALITIONS, 2))
        ]
    for slug, represented in zip(BODIES, ([*STATES, COALITIONS[0]], [*STATES, BODIES[0]]), strict=True):
        rows[slug]["speaks_for"] = [
            dated(party, role=draw(st.sampled_from(["decides", "approves"]))) for party in draw(some(represented, 2))
        ]
    return list(rows.values())


@st.composite
def part_trees(draw: st.DrawFn) -> list[Row]:
    """Up to six parts, most of them inside one another."""
    rows: list[Row] = []
    for number in range(draw(st.integers(0, DEPTH))):
        above = [row["key"] for row in rows]
        parent = draw(st.sampled_from([*above[-1:] * 3, *above, None]))
        rows.append({"key": f"part-{number}", "parent": parent, "label": f"Part {number}"})
    return rows


@st.composite
def proposals(draw: st.DrawFn) -> list[Row]:
    slugs = PROPOSALS[: draw(st.integers(1, len(PROPOSALS)))]
    rows = []
    for slug in slugs:
        row: Row = {
            "slug": slug,
            "process": f"{MARK}process",
            "title": slug.strip(MARK),
            "kind": "plan",
            "talk": draw(maybe([f"{MARK}talk"])),
            "authors": draw(some(CLAIMANTS, 2)),
            "addressees": draw(some(PARTIES, 2)),
            "tabled_on": draw(TABLED),
            "document_date": draw(TABLED),
            "withdrawn_on": draw(CLOSED),
            "lapsed_on": draw(CLOSED),
            "relations": [
                {"kind": draw(st.sampled_from(["supersedes", "responds_to"])), "proposal": other}
                for other in draw(some([each for each in slugs if each != slug], 1))
            ],
        }
        if draw(st.booleans()):
            row["accounts"] = [
                {"slug": f"{slug}-{name}", "kind": "text", "parts": draw(part_trees())} for name in ("first", "second")
            ]
        else:
            row["parts"] = draw(part_trees())
        rows.append(row)
    return rows


def accounts_of(proposal: Row) -> list[tuple[str | None, list[str]]]:
    """Slug of each account, None for the one that is made silently, and the keys of its parts."""
    if "accounts" in proposal:
        return [(account["slug"], [part["key"] for part in account["parts"]]) for account in proposal["accounts"]]
    return [(None, [part["key"] for part in proposal["parts"]])]


@st.composite
def demands(draw: st.DrawFn, texts: list[Row]) -> list[Row]:
    slugs = [f"{MARK}point-{number}" for number in range(draw(st.integers(1, 8)))]
    rows = []
    for slug in slugs:
        proposal = draw(st.sampled_from(texts))
        account, parts = draw(st.sampled_from(accounts_of(proposal)))
        rows.append(
            {
                "slug": slug,
                "proposal": proposal["slug"],
                "text": slug.strip(MARK),
                "account": account,
                "part": draw(maybe(parts[-1:] + parts)),
                "act": draw(ACTS),
                "claimants": draw(st.none() | some(CLAIMANTS, 3)),
                "addressees": draw(some(PARTIES, 3)),
                "links": [
                    {"kind": draw(LINKS), "demand": other}
                    for other in draw(some([each for each in slugs if each != slug], 1))
                ],
            }
        )
    return rows


@st.composite
def targets(draw: st.DrawFn, texts: list[Row], points: list[Row]) -> Row:
    """What is answered: a demand, a part of an account, or a whole proposal."""
    if draw(st.booleans()):
        return {"demand": draw(st.sampled_from(points))["slug"]}
    proposal = draw(st.sampled_from(texts))
    account, parts = draw(st.sampled_from(accounts_of(proposal)))
    if len(parts) > 0 and draw(st.booleans()):
        return {"proposal": proposal["slug"], "account": account, "part": draw(st.sampled_from(parts))}
    return {"proposal": proposal["slug"]}


@st.composite
def hours(draw: st.DrawFn, name: str, day: str | None) -> Row:
    """Perhaps the hour of a single day."""
    if len(day or "") != 10 or draw(st.booleans()):
        return {}
    clock, zone = draw(st.sampled_from(["00:30", "12:00", "23:59:59"])), draw(st.sampled_from(["+00:00", "-11:00"]))
    return {f"{name}_time": clock, f"{name}_zone": zone}


@st.composite
def responses(draw: st.DrawFn, texts: list[Row], points: list[Row], slug: str, earlier: list[str]) -> Row:
    """One answer; a few concern only some points or a piece, or answer another answer."""
    row = {
        "slug": slug,
        **draw(targets(texts, points)),
        "responder": draw(st.sampled_from(PARTIES)),
        "stance": draw(STANCES).value,
        "said_on": draw(SAID),
        "position": draw(st.integers(0, 2)),
        "is_implied": draw(st.sampled_from([False, False, True])),
    }
    row |= draw(hours("said", row["said_on"]))
    narrowed = draw(st.integers(0, 9))
    if narrowed in (0, 1):
        row["scope"] = "only in the north"
    if narrowed in (1, 2):
        # Only demands of the proposal that is answered, and the one that is answered among them.
        own = [row["demand"]] if "demand" in row else []
        proposal = next((each["proposal"] for each in points if each["slug"] in own), row.get("proposal"))
        among = [each["slug"] for each in points if each["proposal"] == proposal]
        row["scope_demands"] = sorted({*draw(some(among, 2)), *own})
    if narrowed == 3 and earlier:
        row["reply_to"] = draw(st.sampled_from(earlier))
    return row


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """The records of a dossier."""
    texts = draw(proposals())
    points = draw(demands(texts))
    answers: list[Row] = []
    for number in range(draw(st.integers(0, 12))):
        earlier = [row["slug"] for row in answers]
        answers.append(draw(responses(texts, points, f"{MARK}answer-{number:02}", earlier)))
    agreements = [
        {
            "slug": f"{MARK}agreement-{number}",
            "process": f"{MARK}process",
            "title": f"Agreement {number}",
            "kind": "other",
            "agreed_on": draw(SAID),
            "status": draw(STATUSES),
            "proposals": draw(some([row["slug"] for row in texts], 2)),
            "parties": draw(some(PARTIES, 4)),
        }
        for number in range(draw(st.integers(0, 2)))
    ]
    for row in agreements:
        row |= draw(hours("agreed", row["agreed_on"]))
    delegations = [
        {
            "party": party,
            "roles": draw(st.sampled_from([["negotiating"], ["mediator"]])),
            "is_seated": draw(st.booleans()),
        }
        for party in draw(some(PARTIES, 4))
    ]
    process = {"slug": f"{MARK}process", "title": "Talks", "kind": "peace", "ended": draw(CLOSED)}
    talk = {"slug": f"{MARK}talk", "process": process["slug"], "title": "A round", "kind": "round"}
    return {
        "parties": draw(parties()),
        "processes": [process],
        "talks": [{**talk, "delegations": delegations}],
        "proposals": texts,
        "demands": points,
        "responses": answers,
        "agreements": agreements,
    }


@st.composite
def worlds_with_chambers(draw: st.DrawFn) -> World:
    """Worlds in which all bodies must approve for one state, and most answers are by them and that state."""
    world = draw(worlds())
    state = draw(st.sampled_from(STATES))
    for row in world["parties"]:
        if row["slug"] in BODIES:
            mandate = {"party": state, "valid_from": draw(BEGINS), "valid_to": draw(ENDS)}
            row["speaks_for"] = [{**mandate, "role": draw(st.sampled_from(["approves", "approves", "decides"]))}]
    for row in world["demands"][:3]:
        row.update(act="demand", addressees=[state])
    voices = [state, *BODIES, BODIES[0], BODIES[1]]
    said = ["2020-03-01", "2020-03-05", "2020-03-05/2020-03-06", "2020-03-31", None]
    stances = [Stance.ACCEPTED] * 6 + [Stance.REJECTED, Stance.CONDITIONAL, Stance.DEFERRED, Stance.IMPLEMENTED]
    for number in range(draw(st.integers(2, 10))):
        answer = draw(responses(world["proposals"], world["demands"][:3], f"{MARK}vote-{number:02}", []))
        day = draw(st.sampled_from(said))
        answer = {name: value for name, value in answer.items() if name not in ("said_time", "said_zone")}
        answer |= {"said_on": day, **draw(hours("said", day))}
        answer |= {"responder": draw(st.sampled_from(voices)), "stance": draw(st.sampled_from(stances)).value}
        world["responses"].append(answer)
    return world


def named(world: World, prefix: str) -> World:
    """The world with a prefix before all slugs."""
    found: World = json.loads(json.dumps(world, ensure_ascii=False).replace(MARK, f"{prefix}-"))
    return found


def dossier(world: World, slug: str) -> Row:
    """The document that `POST /v1/dossiers` takes; `slug` is the prefix of its records, too."""
    return {"format": "parley-dossier/1", "slug": slug, "title": "A made-up world", "records": named(world, slug)}


def wrapped(world: World) -> World:
    """The same world, each part inside another one that holds nothing else."""
    found = copy.deepcopy(world)
    for proposal in found["proposals"]:
        for holder in proposal.get("accounts", [proposal]):
            inner = holder["parts"]
            around = [{"key": f"{row['key']}-around", "parent": row["parent"], "label": "Around"} for row in inner]
            for row in inner:
                row["parent"] = f"{row['key']}-around"
            holder["parts"] = [*around, *inner]
    return found


@st.composite
def worlds_with_blocs(draw: st.DrawFn) -> World:
    """Worlds in which the states belong to the coalition and the conference, which give most answers."""
    world = draw(worlds())
    for row in world["parties"]:
        if row["slug"] in STATES:
            row["member_of"] = [
                {
                    "party": coalition,
                    "valid_from": draw(BEGINS),
                    "valid_to": draw(ENDS),
                    "is_bound": draw(st.sampled_from([None, True, False])),
                }
                for coalition in COALITIONS
            ]
    for row in world["demands"][:3]:
        row.update(act="demand", claimants=[BODIES[0]], addressees=STATES)
    voices = [COALITIONS[1], *COALITIONS, STATES[0]]
    for number in range(draw(st.integers(1, 6))):
        answer = draw(responses(world["proposals"], world["demands"][:3], f"{MARK}bloc-{number:02}", []))
        answer.update(
            responder=draw(st.sampled_from(voices)),
            stance=draw(st.sampled_from([Stance.ACCEPTED, Stance.ACCEPTED, Stance.REJECTED, Stance.CONDITIONAL])).value,
        )
        world["responses"].append(answer)
    for row in world["agreements"]:
        row["parties"] = sorted({*row["parties"], COALITIONS[1]})
    return world
