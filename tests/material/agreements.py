"""Agreements: made of the outcomes in which something was agreed or signed. The table says what each became."""

from dataclasses import dataclass, field

from tests.material.book import Book, Dossier, Record, caveat, cite
from tests.material.quantities import Quantities
from tests.material.talks import DAY_NOT_SEEN


@dataclass
class Made:
    """An agreement: the talk and the beginning of the outcome's text that it stands for, and what is known of it."""

    talk: str
    outcome: str
    slug: str
    title: str
    kind: str
    parties: list[str]
    issues: list[str]
    status: str = "agreed"
    agreed_on: str | None = None
    more: Record = field(default_factory=dict)
    proposals: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    """Outcomes of other talks that are about it: `talk/beginning of the text`."""


RU_UA = ["russia", "ukraine"]
STATE_FARC = ["colombia-government", "farc-ep"]
IRAN_SIX = ["iran", "p5-plus-1"]
ISRAEL_HAMAS = ["israel", "hamas"]
GUARANTORS = {
    "united-states": "donald-trump",
    "egypt": "abdel-fattah-el-sisi",
    "qatar": "tamim-bin-hamad",
    "turkiye": "recep-tayyip-erdogan",
}


def _signed(*parties: str, on: str) -> Record:
    rows = [{"key": party, "party": party, "capacity": "party", "on": on} for party in parties]
    return {"form": "signed", "is_signed": True, "signatures": rows}


def _partial(outcome: str, slug: str, on: str, *issues: str, kind: str = "partial") -> Made:
    return Made("havana-table-2012", outcome, slug, outcome, kind, STATE_FARC, list(issues), agreed_on=on)


AGREEMENTS = [
    Made("belovezhskaya-pushcha-2022-03-03", "Humanitarian corridors", "humanitarian-corridors-2022-03-03",
         "Humanitarian corridors of March 2022", "humanitarian", RU_UA, ["HUMA.CORRIDOR", "HUMA.AID"],
         agreed_on="2022-03-03"),
    Made("istanbul-2025-05-16", "Exchange of 1,000", "prisoner-exchange-2025-05-16",
         "Exchange of 1,000 prisoners for 1,000", "prisoner_exchange", RU_UA, ["DETN.EXCHANGE"],
         agreed_on="2025-05-16"),
    Made("istanbul-2025-05-16", "Each side to put", "written-visions-2025-05-16",
         "Each side puts its vision of a ceasefire in writing", "procedural", RU_UA, ["PROC.TALKS"],
         agreed_on="2025-05-16"),
    Made("istanbul-2025-05-16", "Agreed in principle", "further-meeting-2025-05-16",
         "A further meeting, in principle", "procedural", RU_UA, ["PROC.TALKS"], agreed_on="2025-05-16"),
    Made("istanbul-2025-06-02", "All-for-all", "prisoner-exchange-2025-06-02",
         "Exchange agreed in Istanbul on 2 June 2025", "prisoner_exchange", RU_UA, ["DETN.EXCHANGE"],
         agreed_on="2025-06-02"),
    Made("istanbul-2025-06-02", "Return of bodies", "return-of-bodies-2025-06-02",
         "Return of bodies agreed in Istanbul on 2 June 2025", "return_of_remains", RU_UA, ["DETN.REMAINS"],
         agreed_on="2025-06-02"),
    Made("istanbul-2025-06-02", "Permanent medical", "medical-commissions-2025-06-02",
         "Permanent medical commissions", "humanitarian", RU_UA, ["DETN.EXCHANGE", "IMPL.JOINTCOMMISSION"],
         agreed_on="2025-06-02"),
    Made("istanbul-2025-07-23", "Exchange of at least", "prisoner-exchange-2025-07-23",
         "Exchange agreed in Istanbul on 23 July 2025", "prisoner_exchange", RU_UA,
         ["DETN.EXCHANGE", "DETN.CIVILIANS"], agreed_on="2025-07-23"),
    Made("abu-dhabi-2026-02-04", "Release of 157", "prisoner-exchange-2026-02-05",
         "Exchange agreed in Abu Dhabi in February 2026", "prisoner_exchange", RU_UA, ["DETN.EXCHANGE"],
         agreed_on="2026-02-04/2026-02-05"),
    Made("abu-dhabi-2026-02-04", "US–Russia military", "us-russia-military-dialogue-2026-02",
         "US–Russia military-to-military dialogue", "other", ["russia", "united-states"], ["PROC.CBM"],
         agreed_on="2026-02-04/2026-02-05"),
    Made("havana-exploratory-2012", "General Agreement", "general-agreement-2012",
         "General Agreement of 26 August 2012", "framework", STATE_FARC, ["PROC.AGENDA"], agreed_on="2012-08-26",
         proposals=["general-agreement-2012"]),
    _partial("Comprehensive rural reform", "rural-reform-2013", "2013-05-26", "RESO.LAND"),
    _partial("Political participation", "political-participation-2013", "2013-11-06", "GOVN.PARTICIPATION"),
    _partial("Illicit drugs", "illicit-drugs-2014", "2014-05-16", "SECT.CRIME_DRUGS"),
    _partial("Justice for crimes", "justice-2015", "2015-09-23", "JUST"),
    _partial("Victims", "victims-2015", "2015-12-15", "JUST.VICTIMS"),
    _partial("Bilateral and definitive", "bilateral-ceasefire-2016", "2016-06-23", "CEAS.CESSATION", "SECT.DISARM",
             "SECT.PERSONAL_SECURITY", kind="ceasefire"),
    Made("havana-table-2012", "Final agreement", "final-agreement-2016-08", "Final agreement of 24 August 2016",
         "final", STATE_FARC, ["CEAS.CESSATION"], "rejected", "2016-08-24",
         {"announced_on": "2016-08-24"} | _signed(*STATE_FARC, on="2016-09-26"), ["final-agreement-2016-08"],
         ["cartagena-2016-09-26/Rejected"]),
    Made("bogota-2016-11-24", "Both chambers", "final-agreement-2016-11", "Revised final agreement of November 2016",
         "final", STATE_FARC, [], "ratified", "2016-11-24",
         {"summary": "Revised agreement signed; sent to Congress instead of a second referendum."}
         | _signed(*STATE_FARC, on="2016-11-24"), ["final-agreement-2016-11"]),
    Made("geneva-2013-11-20", "Joint Plan", "joint-plan-of-action-2013", "Joint Plan of Action", "interim", IRAN_SIX,
         ["EXTL.ENRICHMENT", "ECON.SANCTIONS"], "superseded", "2013-11-24", {"in_force_on": "2014-01-20"},
         ["joint-plan-of-action-2013"]),
    Made("vienna-2014-11-18", "Political agreement", "extension-2014-11-24", "Extension of November 2014",
         "procedural", IRAN_SIX, ["PROC.TIMETABLE"], agreed_on="2014-11-24",
         more={"deadlines": [{"key": "final-deal", "on": "2015-06-30", "set_on": "2014-11-24"}]}),
    Made("lausanne-2015-03-26", "Joint statement", "lausanne-parameters-2015", "Parameters of Lausanne", "framework",
         IRAN_SIX, ["EXTL.ENRICHMENT", "ECON.SANCTIONS"], "agreed", "2015-04-02", {"form": "joint_statement"},
         ["lausanne-parameters-2015"]),
    Made("vienna-2015-06-27", "Joint Comprehensive", "joint-comprehensive-plan-of-action-2015",
         "Joint Comprehensive Plan of Action", "final", [*IRAN_SIX, "european-union"],
         ["EXTL.ENRICHMENT", "ECON.SANCTIONS"], "agreed", "2015-07-14", {},
         ["joint-comprehensive-plan-of-action-2015"]),
    Made("doha-2025-01-11", "Ceasefire of three", "gaza-agreement-2025-01", "Gaza agreement of January 2025",
         "ceasefire", ISRAEL_HAMAS, ["CEAS.TRUCE", "DETN.HOSTAGE"], "agreed", "2025-01-15",
         {"form": "mediator_statement", "announced_on": "2025-01-15", "in_force_on": "2025-01-19"},
         ["gaza-agreement-2025-01"]),
    Made("sharm-el-sheikh-2025-10-06", "First phase", "gaza-first-phase-2025-10", "First phase of the plan for Gaza",
         "partial", ISRAEL_HAMAS, ["CEAS.CESSATION", "DETN.HOSTAGE", "WDRW.TROOPS"], "agreed",
         "2025-10-08/2025-10-09", {},
         ["gaza-first-phase-2025-10"]),
    Made("sharm-el-sheikh-2025-10-13", "Document signed", "sharm-el-sheikh-document-2025",
         "Document signed at Sharm el-Sheikh", "other", [], ["IMPL.GUARANTORS"], "signed", "2025-10-13",
         {"form": "signed", "is_signed": True, "signatures": [
             {"key": party, "party": party, "person": person, "capacity": "guarantor", "on": "2025-10-13"}
             for party, person in GUARANTORS.items()
         ]}),
]  # fmt: skip

NOTES = {
    "sharm-el-sheikh-document-2025": "The signatories are the four mediators; Israel and Hamas did not attend.",
    "final-agreement-2016-08": "Announced on 24 August, signed on 26 September, rejected by vote on 2 October 2016.",
}
DOUBTS: dict[str, list[tuple[str, str | None, str]]] = {
    "prisoner-exchange-2025-06-02": [("quantities", None, "the figure is Medinsky's")],
    "return-of-bodies-2025-06-02": [("quantities", None, "Medinsky: one-sidedly; Umerov: 6,000 for 6,000")],
    "further-meeting-2025-05-16": [("status", None, "in principle, as Fidan tells it")],
    "prisoner-exchange-2026-02-05": [("agreed_on", "inferred", "the days of the talk")],
    "us-russia-military-dialogue-2026-02": [("agreed_on", "inferred", "the days of the talk")],
    "final-agreement-2016-08": [("agreed_on", "inferred", "announced on this day; the title of the text has it")],
    "joint-plan-of-action-2013": [("in_force_on", "inferred", "carried out from 20 January 2014")],
    "extension-2014-11-24": [
        (name, "inferred", "the last day of the talk") for name in ("agreed_on", "/deadlines/final-deal/set_on")
    ],
    "lausanne-parameters-2015": [
        ("status", None, "Zarif stressed that nobody had obligations yet beyond those of November 2013."),
        ("proposals", None, "Two texts of one agreement, the joint statement and the list of the United States; the "
                            "parties disagreed publicly on what it meant."),
    ],
    "gaza-agreement-2025-01": [
        ("agreed_on", None, "announced on this day"),
        ("status", None, "Israel's acceptance was announced by Qatar; Israeli cabinet vote still to come"),
    ],
    "gaza-first-phase-2025-10": [
        ("agreed_on", None, "on the night of 8–9 October"),
        ("status", None, "Israel's acceptance was subject to government approval"),
    ],
}  # fmt: skip
"""What the material says against a field of an agreement, or what a field of ours rests on: field, basis, words."""

PROPOSAL_OUTCOMES = {
    "istanbul-2022-03-29/Ukrainian proposals": ("proposal", "istanbul-communique-2022"),
    "istanbul-2025-05-16/Russia took note": ("demand", "ukrainian-proposals-2025-05-16-2"),
    "istanbul-2025-06-02/Russia handed over": ("proposal", "russian-memorandum-2025-06-02"),
    "istanbul-2025-06-02/All-for-all": ("demand", "ukrainian-memorandum-2025-05-28-2b"),
    "istanbul-2025-06-02/Return of bodies": ("demand", "russian-memorandum-2025-06-02-iii-3"),
    "istanbul-2025-06-02/Local ceasefire": ("demand", "russian-memorandum-2025-06-02-iii-2"),
    "istanbul-2025-07-23/Exchange of at least": ("demand", "ukrainian-memorandum-2025-05-28-2c"),
    "istanbul-2025-07-23/Short truces": ("demand", "russian-proposals-2025-07-23-2"),
    "istanbul-2025-07-23/Three online": ("demand", "russian-proposals-2025-07-23-1"),
    "istanbul-2025-07-23/Leaders": ("demand", "ukrainian-proposals-2025-07-23-1"),
    "white-house-2025-09-29/20-point": ("proposal", "us-20-point-plan-gaza-2025"),
    "cartagena-2016-09-26/Rejected": ("proposal", "final-agreement-2016-08"),
    "havana-table-2012/Bilateral and definitive": ("demand", "farc-bilateral-ceasefire-2012-1"),
}
"""Outcomes that are about a proposal or demand. Of what was agreed: the demand that the agreement takes up, which the answer to
the demand says in the same words, on the same day and from the same source or another one."""

TAKEN_UP_IN_PART = {
    "istanbul-2025-06-02/All-for-all": "All for all was demanded for all prisoners.",
    "istanbul-2025-07-23/Exchange of at least": "The release of all civilians was demanded; numbers are not given.",
}


def make_agreements(book: Book, dossier: Dossier) -> None:
    """Add the agreements whose talks are at home in the dossier, and point the outcomes at them."""
    for made in AGREEMENTS:
        if made.talk in dossier.records["talks"]:
            _make(book, dossier, made)
    for address, (name, slug) in PROPOSAL_OUTCOMES.items():
        talk, beginning = address.split("/")
        if talk in dossier.records["talks"]:
            outcome = _outcome(book, talk, beginning)
            outcome[name] = slug
            outcome["note"] = TAKEN_UP_IN_PART.get(address, outcome["note"])
            assert book.find(f"{name}s", slug), slug


def _outcome(book: Book, talk: str, beginning: str) -> Record:
    found: Record
    (found,) = (row for row in book.get("talks", talk)["outcomes"] if row["text"].startswith(beginning))
    return found


def _make(book: Book, dossier: Dossier, made: Made) -> None:
    outcome = _outcome(book, made.talk, made.outcome)
    talk = book.get("talks", made.talk)
    title = outcome["text"] if made.title == made.outcome else made.title
    quantities: Quantities = outcome.get("quantities") or []
    record: Record = {"slug": made.slug, "process": talk["process"], "talk": made.talk, "title": title}
    record |= {"summary": outcome["text"], "kind": made.kind, "agreed_on": made.agreed_on} | made.more
    record |= {"status": made.status, "quantities": quantities, "proposals": made.proposals}
    record |= {"parties": made.parties, "issues": [{"issue": code} for code in made.issues]}
    record["confidence"] = outcome.get("confidence")
    record["notes"] = [note for note in (outcome.get("note"), NOTES.get(made.slug)) if note]
    _doubts(book, record, outcome)
    outcome["agreement"] = made.slug
    pointer = f"/outcomes/{outcome['key']}"
    for row in [row for row in talk["citations"] if row.get("field") == pointer]:
        cite(record, row["source"])
    if any(signature for signature in record.get("signatures", [])) and made.kind == "final":
        _signing_sources(book, record)
    for address in made.also:
        _outcome(book, *address.split("/"))["agreement"] = made.slug
    book.add(dossier, "agreements", record)


def _doubts(book: Book, record: Record, outcome: Record) -> None:
    for name, basis, text in DOUBTS.get(record["slug"], []):
        caveat(record, name, low=False, basis=basis, text=text)
    if DAY_NOT_SEEN in (outcome["note"] or ""):
        caveat(record, "agreed_on", text=outcome["note"])
    for row in record.get("signatures", []):
        team = book.find("delegations", f"{record['talk']}-{row['party']}")
        if team and team["confidence"]:
            caveat(record, f"/signatures/{row['key']}")


def _signing_sources(book: Book, record: Record) -> None:
    """A signing ceremony is a talk of its own: its sources tell of the signatures."""
    for name, talk in (
        ("final-agreement-2016-08", "cartagena-2016-09-26"),
        ("final-agreement-2016-11", "bogota-2016-11-24"),
    ):
        if record["slug"] == name:
            for row in book.get("talks", talk)["citations"]:
                if "field" not in row:
                    cite(record, row["source"], "/signatures")
