"""The bundled dossiers and the material as plain rows, for the tests; shares no code with the converter."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
ROOT = Path(__file__).parents[1]
DOSSIERS = ROOT / "app" / "ingest" / "dossiers"
FILES = {
    "seed_istanbul_2025_06_02": "istanbul-2025-06-02",
    "russia_ukraine_2022_2026": "russia-ukraine",
    "colombia_farc_2012_2016": "colombia-farc",
    "iran_nuclear_2013_2015": "iran-nuclear",
    "israel_hamas_2025": "israel-hamas",
}
ARTICLE_FILE = "seed_istanbul_2025_06_02"


def load(path: Path) -> Row:
    return dict(json.loads(path.read_text(encoding="utf-8")))


MATERIAL = {file: load(ROOT / "tests" / "material" / f"{file}.json") for file in FILES}
SHIPPED = {path.stem: load(path) for path in sorted(DOSSIERS.glob("*.json"))}


def every(collection: str, *dossiers: str) -> list[Row]:
    """All records of a collection, of these dossiers or of all."""
    names = dossiers or tuple(SHIPPED)
    return [row for name in names for row in SHIPPED[name]["records"].get(collection, [])]


def by_slug(collection: str) -> dict[str, Row]:
    return {row["slug"]: row for row in every(collection)}


def citations(*dossiers: str) -> Iterator[Row]:
    """Those inside records and additions, with the record's address as target."""
    for name in dossiers or tuple(SHIPPED):
        for part in ("records", "additions"):
            for collection, rows in SHIPPED[name].get(part, {}).items():
                for row in rows:
                    for citation in row.get("citations", []):
                        yield {"target": f"{collection}/{row['slug']}"} | citation


def article_points() -> list[Row]:
    return [row for row in every("demands") if row.get("account") == "russian-memorandum-2025-06-02-article"]


def needed(name: str) -> set[str]:
    found = {name}
    for other in SHIPPED[name].get("needs", []):
        found |= needed(other)
    return found


TO_ONE = {
    "party": "parties", "person": "people", "place": "places", "talk": "talks", "proposal": "proposals",
    "demand": "demands", "agreement": "agreements", "source": "sources", "via": "sources", "by": "parties",
    "responder": "parties", "said_by": "people", "process": "processes", "counter_proposal": "proposals",
    "part_of": "places", "told_by": "parties", "broader": "codes", "issue": "codes", "set_by": "parties",
}  # fmt: skip
TO_MANY = {
    "authors": "parties", "claimants": "parties", "addressees": "parties", "beneficiaries": "parties",
    "places": "places", "depends_on": "demands", "scope_demands": "demands", "counters": "demands",
    "about": None, "proposals": "proposals",
}  # fmt: skip


def references(records: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
    """Collection and key of whatever the records mention."""
    for collection, rows in records.items():
        for row in rows:
            if "parent" in row:
                yield collection, row["parent"]
            if collection == "agreements":
                yield from (("parties", key) for key in row.get("parties", []))
            # The authors of a source are names, not parties.
            yield from _mentions({k: v for k, v in row.items() if (collection, k) != ("sources", "authors")})


def _mentions(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for inner in value:
            yield from _mentions(inner)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "target":
            collection, key = inner.split("/")
            yield collection, key
        elif name == "about":
            yield from ((address.split("/")[0], address.split("/")[1]) for address in inner)
        elif name in TO_ONE and isinstance(inner, str):
            yield TO_ONE[name], inner
        elif (many := TO_MANY.get(name)) and all(isinstance(key, str) for key in inner):
            yield from ((many, key) for key in inner)
        elif name not in ("coded_from", "asserted_value"):
            yield from _mentions(inner)
