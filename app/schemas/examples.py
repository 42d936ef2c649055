"""Examples shared by many fields, taken from the bundled data on the Istanbul talks."""

from typing import Any, Final

Example = dict[str, Any]

PROCESS: Final[Example] = {"slug": "russia-ukraine", "title": "Russia–Ukraine settlement"}
RUSSIA: Final[Example] = {"slug": "russia", "name": "Russia", "kind": "state"}
BLOC: Final[Example] = {"slug": "p5-plus-1", "name": "P5+1", "kind": "coalition"}
UKRAINE: Final[Example] = {"slug": "ukraine", "name": "Ukraine", "kind": "state"}
MOSCOW_TIMES: Final[Example] = {"slug": "the-moscow-times", "name": "The Moscow Times", "kind": "media"}
MEDINSKY: Final[Example] = {"slug": "vladimir-medinsky", "name": "Vladimir Medinsky"}
UMEROV: Final[Example] = {"slug": "rustem-umerov", "name": "Rustem Umerov"}
ISTANBUL: Final[Example] = {"slug": "istanbul", "name": "Istanbul"}
DONETSK: Final[Example] = {"slug": "donetsk-region", "name": "Donetsk region"}
TALK: Final[Example] = {
    "slug": "istanbul-2025-06-02",
    "title": "Istanbul talks of 2 June 2025",
    "start": "2025-06-02",
}
PROPOSAL: Final[Example] = {
    "slug": "russian-memorandum-2025-06-02",
    "title": "Russian memorandum of 2 June 2025",
    "tabled_on": "2025-06-02",
}
ACCOUNT: Final[Example] = {"slug": "russian-memorandum-2025-06-02-text", "kind": "text", "is_reference": True}
PART: Final[Example] = {
    "key": "option-1",
    "kind": "option",
    "label": "Option 1",
    "title": None,
    "alternative_group": "frameworks",
}
DEMAND: Final[Example] = {
    "slug": "article-2025-06-02-1-1",
    "number": "1.1",
    "text": "Ukraine withdraws completely from the four regions",
}
RESPONSE: Final[Example] = {
    "slug": "article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02",
    "responder": UKRAINE,
    "stance": "no_comment",
    "said_on": "2025-06-02",
}
AGREEMENT: Final[Example] = {
    "slug": "prisoner-exchange-2025-06-02",
    "title": "Exchange agreed in Istanbul on 2 June 2025",
}
ISSUE: Final[Example] = {"code": "WDRW.TROOPS", "label": "Withdrawal of troops"}
SOURCE: Final[Example] = {
    "slug": "moscow-times-2025-06-02-memorandum",
    "title": "Russia presents a memorandum with two frameworks",
    "publisher": "The Moscow Times",
    "published": "2025-06-02",
    "url": None,
}
ATTRIBUTION: Final[list[Example]] = [
    {"text": "source familiar with the talks", "party": None, "person": None, "source": None},
    {
        "text": "Interfax",
        "party": {"slug": "interfax", "name": "Interfax", "kind": "media"},
        "person": None,
        "source": None,
    },
]
CITATION: Final[Example] = {
    "slug": "istanbul-2025-06-02-principals-on-moscow-times",
    "source": SOURCE,
    "field": "/duration_minutes",
    "verdict": "supports",
    "asserted_value": 150,
    "locator": "paragraph 9",
    "quote": None,
    "attribution": ATTRIBUTION,
    "public_by": None,
    "confidence": "low",
    "note": None,
}
RULE: Final[Example] = {
    "parties": 55,
    "share": 55,
    "share_of": "greenhouse gas emissions",
    "after": "P30D",
    "needs": [],
    "text": None,
}
CODING: Final[Example] = {
    "coder": "anna",
    "field": "/kind",
    "value": "plenary",
    "coded_on": "2026-11-20",
    "coded_on_min": "2026-11-20",
    "coded_on_max": "2026-11-20",
}
EXTERNAL_ID: Final[Example] = {
    "scheme": "wikidata",
    "value": "Q159",
    "uri": "http://www.wikidata.org/entity/Q159",
    "valid_from": None,
    "valid_to": None,
}
QUANTITY: Final[Example] = {"value": 30, "bound": "exact", "unit": "day", "of": "ceasefire"}
TIMING: Final[Example] = {
    "relation": "within_after_trigger",
    "duration_max": "P100D",
    "trigger": {"text": "lifting of martial law in Ukraine"},
}
MEMBER: Final[Example] = {
    "person": MEDINSKY,
    "key": None,
    "function": "head",
    "post": "Kremlin aide",
    "presence": "present",
    "mode": "in_person",
    "valid_from": None,
    "valid_to": None,
    "confidence": None,
    "note": None,
    "attendance": [],
}
