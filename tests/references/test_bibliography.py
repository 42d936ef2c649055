"""Sources as CSL-JSON, RIS and BibTeX: other programs read them, and Parley reads back what it wrote."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.bibliography import bibtex, csl, ris
from app.bibliography.kinds import TYPES
from app.bibliography.reference import DATES, NAMES, TEXTS, Reference
from app.bibliography.source_bodies import source_body
from app.bibliography.source_references import reference_of
from app.db.vocabulary import SourceKind
from app.references.write_schemas import SourceWrite
from tests.conftest import Server, Templates, keyed

MEDIA_TYPES = {
    "csljson": "application/vnd.citationstyles.csl+json",
    "ris": "application/x-research-info-systems",
    "bibtex": "application/x-bibtex",
}
#: What the schema of CSL-JSON takes of the variables that Parley knows; it takes no others.
CSL_KEYS = {"id", "type", "note", *NAMES, *DATES, *TEXTS} - {
    *("license", "citation-key", "event-title", "volume-title", "reviewed-genre"),
    *("guest", "host", "narrator", "script-writer", "series-creator"),
}


def in_csl(text: str) -> list[dict[str, Any]]:
    """The entries of CSL-JSON, each as the schema has it."""
    entries: list[dict[str, Any]] = json.loads(text)
    for entry in entries:
        assert entry.keys() <= CSL_KEYS and entry["type"] in TYPES.keys() - {"event"} and isinstance(entry["id"], str)
        for name in NAMES:
            for one in entry.get(name, ()):
                assert one.keys() <= {"family", "given", "suffix", "literal"}
        for name in DATES:
            if name in entry:
                parts = entry[name]["date-parts"]
                assert entry[name].keys() <= {"date-parts", "season", "circa"} and 1 <= len(parts) <= 2
                assert all(1 <= len(one) <= 3 and all(isinstance(number, int) for number in one) for one in parts)
    return entries


def in_ris(text: str) -> list[dict[str, Any]]:
    """The entries as rispy reads them."""
    entries: list[dict[str, Any]] = rispy.loads(text)
    assert all(one.get("id") and "unknown_tag" not in one for one in entries)
    return entries


def in_bibtex(text: str) -> list[dict[str, Any]]:
    """The entries as bibtexparser reads them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = parse_string(text)
    assert not library.failed_blocks, library.failed_blocks[0].raw
    return [{"id": one.key, **{field.key: field.value for field in one.fields}} for one in library.entries]


PARSERS: dict[str, Callable[[str], list[dict[str, Any]]]] = {"csljson": in_csl, "ris": in_ris, "bibtex": in_bibtex}


# --- any source

SIGNS = st.one_of(
    st.sampled_from("abc XYZ\\{}$&#_%~^-–\"'`?!,;:|<>@/.()[]=\n\t0129äЖ漢"),
    st.characters(exclude_categories=["Cs", "Cc"]),
)
WORDS = st.text(SIGNS, min_size=1, max_size=40).filter(lambda text: bool(text.strip()))
DATES_TO_TRY = st.sampled_from(
    [
        "2025-06-02",
        "2025-06",
        "2025",
        "2018-XX",
        "2018-24",
        "2025-06~",
        "1999-07-10/1999-08-31",
        "2013/..",
        "../2013",
        "2013/",
        "..",
        "201X",
        "2025-06?",
        "2018-21~",
        "2025%",
        "2025-06~/2025-07~",
        "2020-21/2020-22",
        "0001-01-01",
    ]
)
LINES = st.sampled_from(
    [
        "volume: 12",
        "author: Doe || Jane",
        "editor: Roe || R || Jr.",
        "page: 1-10",
        "page: 12",
        "RIS C1: x",
        "issue: 3",
        "BibTeX file: a{b",
        "CSL issued: soon",
        "publisher: Springer",
        "number: 4",
        "keyword: a; b",
        "parley: x",
        "event-date: 2020-01",
        "title: x",
        "BibTeX author: and others",
        "genre: PhD",
        "container-title: J",
        "words",
    ]
)
IDS = st.builds(
    lambda scheme, value: {"scheme": scheme, "value": value},
    st.sampled_from(["doi", "isbn", "issn", "pmid", "pmcid", "wikidata", "citekey", "zotero"]),
    WORDS.map(str.strip) | st.sampled_from(["10.1000/abc", "9780143118756", "0020-8183", "1531-5088", "123", "PMC12"]),
)
ROWS = st.fixed_dictionaries(
    {
        "slug": st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,5}){0,2}", fullmatch=True),
        "title": WORDS,
        "summary": st.none() | WORDS,
        "kind": st.none() | st.sampled_from([kind.value for kind in SourceKind]),
        "url": st.sampled_from(
            [None, "https://a.example/b_c?d=%20#x", "https://a.example/{x}", "https://doi.org/10.1/z"]
        ),
        "archived_url": st.sampled_from([None, "https://web.archive.org/x"]),
        "publisher": st.none() | WORDS,
        "authors": st.lists(
            WORDS | st.sampled_from(["Jane Doe", "R Roe Jr.", "others", "AFP", "Doe, Jane", "A and B"]),
            max_size=3,
            unique=True,
        ),
        "published": st.none() | DATES_TO_TRY,
        "accessed_on": st.none() | DATES_TO_TRY,
        "lang": st.sampled_from([None, "en", "pt-BR", "uk"]),
        "licence": st.none() | WORDS,
        "notes": st.lists(WORDS | st.lists(LINES, min_size=1, max_size=4).map("\n".join), max_size=3),
        "coded_from": st.sampled_from(["RIS JOUR", "RIS ECHAP", "@phdthesis", "@article", "a word", *TYPES]).map(
            lambda word: {"kind": word}
        )
        | st.just({}),
        "external_ids": st.lists(IDS, max_size=3, unique_by=lambda one: (one["scheme"], one["value"])),
    }
)
EMPTY: dict[str, Any] = {
    **dict.fromkeys(
        ("summary", "kind", "url", "archived_url", "publisher", "published", "accessed_on", "lang", "licence")
    ),
    "authors": [],
    "notes": [],
    "coded_from": {},
    "external_ids": [],
}
ROW = {"slug": "a", "title": "A", **EMPTY}


def _read_bibtex(text: str) -> Reference:
    found = bibtex.read(text, bibtex.new_macros())
    assert found is not None
    return found


FORMATS: dict[str, tuple[Any, Callable[[Reference], str], Callable[[str], Reference]]] = {
    "csljson": (csl.spell, lambda one: json.dumps([csl.write(one)]), lambda text: csl.read(json.loads(text)[0])),
    "ris": (ris.spell, ris.write, lambda text: ris.read(text.split("\n"))),
    "bibtex": (bibtex.spell, bibtex.write, _read_bibtex),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(row=ROWS)
@example(row={**ROW, "kind": "agency", "publisher": "Interfax", "published": "2025-06-02"})
@example(
    row={**ROW, "kind": "other", "coded_from": {"kind": "book"}, "notes": ["publisher: X\nvolume: 1", "two\n\nnotes"]}
)
@example(row={**ROW, "external_ids": [{"scheme": "citekey", "value": value} for value in ("0 0", "0\u20000", "0\t0")]})
@example(row={**ROW, "authors": ["Doe, Jane", "others"], "published": "../2013", "notes": ["author: Doe || Jane"]})
@example(row={**ROW, "title": "50% of {x} & $5, $6 -- ``a'' \\b ~c^_#", "summary": "a\n\nb\nc", "lang": "uk"})
def test_what_is_written_is_read_back_and_written_alike(name: str, row: dict[str, Any]) -> None:
    spell, write, read = FORMATS[name]
    text = write(reference_of(row, spell))
    if not any("\x85" <= sign <= "\xa0" or "\u1680" <= sign <= "\u3000" for sign in text):
        # To some parsers every one of Unicode's line breaks ends a line.
        assert [one["id"] for one in PARSERS[name](text)] == [row["slug"]]
    made = source_body(read(text), name)
    assert made.violations == []
    assert made.body["slug"] == row["slug"] and made.body.get("kind") == row["kind"]
    for field in ("published", "accessed_on", "lang", "archived_url"):
        assert made.body.get(field) == row[field]
    SourceWrite.model_validate({**made.body, "external_ids": []})
    assert write(reference_of({**EMPTY, **made.body}, spell)) == text


# --- over HTTP


@pytest.mark.parametrize("name", FORMATS)
async def test_the_bundled_sources_are_the_same_in_another_ledger(
    client: httpx.AsyncClient, server: Server, templates: Templates, name: str
) -> None:
    exported = await client.get("/v1/sources", params={"format": name, "sort": "slug"})
    assert exported.status_code == 200 and exported.headers["content-type"].partition(";")[0] == MEDIA_TYPES[name]
    entries = PARSERS[name](exported.text)
    slugs = [one["slug"] for one in (await client.get("/v1/sources?limit=500&sort=slug")).json()["data"]]
    assert [one["id"] for one in entries] == slugs and len(slugs) > 200
    headers = {"Content-Type": MEDIA_TYPES[name], "Accept": "application/json"}
    async with keyed(server, templates.empty) as other:
        taken = await other.post("/v1/imports", content=exported.content, headers=headers)
        assert (taken.status_code, taken.json()["created"], taken.json()["warnings"]) == (200, len(slugs), []), (
            taken.text
        )
        again = await other.get("/v1/sources", params={"format": name, "sort": "slug"})
        assert again.text == exported.text


@pytest.mark.parametrize("name", FORMATS)
async def test_an_export_that_is_sent_back_changes_nothing(
    own_client: httpx.AsyncClient, own_admin: dict[str, str], name: str
) -> None:
    exported = await own_client.get("/v1/sources", params={"format": name})
    headers = {**own_admin, "Content-Type": MEDIA_TYPES[name], "Accept": "application/json"}
    summary = (await own_client.post("/v1/imports", content=exported.content, headers=headers)).json()
    assert (summary["created"], summary["changed"], summary["last_revision"]) == (0, 0, None)


async def test_one_source_has_these_forms_and_accept_asks_for_them(client: httpx.AsyncClient) -> None:
    slug = "moscow-times-2025-06-02-memorandum"
    for name, media_type in MEDIA_TYPES.items():
        by_name = await client.get(f"/v1/sources/{slug}?format={name}")
        by_header = await client.get(f"/v1/sources/{slug}", headers={"Accept": media_type})
        assert by_name.text == by_header.text and by_header.headers["content-type"].startswith(media_type)
        (entry,) = PARSERS[name](by_name.text)
        assert entry["id"] == slug
    (entry,) = in_csl((await client.get(f"/v1/sources/{slug}?format=csljson")).text)
    assert entry["issued"] == {"date-parts": [[2025, 6, 2]]}
    refused = await client.get("/v1/people?format=bibtex")
    assert refused.status_code == 422 and "bibtex" not in refused.json()["errors"][0]["hint"]


@pytest.mark.parametrize("name", FORMATS)
async def test_a_list_without_sources_is_a_whole_file(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/v1/sources?updated_since=2999-01-01T00:00:00Z&format={name}")
    assert answer.status_code == 200 and PARSERS[name](answer.text) == []
