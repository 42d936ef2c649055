"""Bibliographies as imports: what Zotero, JabRef, EndNote and doi.org write becomes sources, and nothing of it is lost."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.bibliography.dates import date_of_ris, date_of_text
from app.ingest.bibliography import FORMATS, Bibliography
from app.ingest.items import Item
from app.ingest.local_files import is_bibliography
from tests.conftest import Server, Templates, keyed
from tests.ingest.test_imports import Desk, counts, desk

__all__ = ["desk"]

CSL = "application/vnd.citationstyles.csl+json"
RIS = "application/x-research-info-systems"
BIBTEX = "application/x-bibtex"

#: As Zotero exports a library, with an entry of its own field Extra (`note`).
ZOTERO = """[
	{
		"id": "http://zotero.org/users/1234567/items/ABCD2345",
		"type": "article-journal",
		"abstract": "Why do <i>ceasefires</i> fail?",
		"container-title": "International Organization",
		"DOI": "10.1017/S0020818303573021",
		"ISSN": "0020-8183, 1531-5088",
		"issue": "2",
		"language": "en_US",
		"note": "Citation Key: fortna2003\\nPMID: 12345\\nread on the train",
		"page": "337-372",
		"title": "Scraps of Paper?",
		"URL": "https://www.cambridge.org/core/product/identifier/S0020818303573021",
		"volume": "57",
		"author": [
			{"family": "Fortna", "given": "Virginia Page"},
			{"family": "Leyen", "given": "Ursula", "non-dropping-particle": "von der"},
			{"literal": "AFP"}
		],
		"accessed": {"date-parts": [["2025", 11, 20]]},
		"issued": {"date-parts": [["2003"]], "season": "spring"}
	},
	{
		"id": "http://zotero.org/users/1234567/items/NEWS0001",
		"type": "article-newspaper",
		"container-title": "The Moscow Times",
		"title": "Russia Presents Memorandum",
		"author": [{"literal": "AFP"}],
		"issued": {"date-parts": [["2025", 6, 2]]}
	}
]
"""

#: As doi.org answers for Crossref: one object on one line, with the registry's own record.
CROSSREF = json.dumps(
    {
        "indexed": {"date-parts": [[2024, 1, 1]]},
        "publisher": "Cambridge University Press (CUP)",
        "license": [{"URL": "https://www.cambridge.org/core/terms", "content-version": "unspecified"}],
        "DOI": "10.1017/s0020818303573021",
        "type": "journal-article",
        "title": "Scraps of Paper?",
        "author": [{"given": "Virginia Page", "family": "Fortna", "sequence": "first", "affiliation": []}],
        "reference": [{"key": "a"}],
        "container-title": "International Organization",
        "issued": {"date-parts": [[2003]]},
        "ISSN": ["0020-8183"],
        "subject": [],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>Why &amp; how.</jats:p>",
    }
)

ENDNOTE = """TY  - RPRT
AU  - United Nations,
CY  - New York
DA  - 15 May
ID  - 42
PY  - 2012
TI  - Guidance for Effective Mediation
PB  - UN
UR  - https://a.example/1
UR  - https://a.example/2
AB  - First paragraph.
Second paragraph.
ER  -

TY  - NEWS
TI  - Delegations meet
T2  - The Gazette
AU  - Doe, Jane
DA  - 2025/06//
PY  - 2024
Y2  - 2025/11/20/11:22:33
N1  - <p>To be read</p>
ER  -
"""

JABREF = r"""% Encoding: UTF-8

@String{io = {International Organization}}

@Article{Fortna2003,
  author    = {Fortna, Virginia Page and von der Leyen, Ursula and {United Nations} and M{\"u}ller, J{\"o}rg and others},
  title     = {{S}craps of Paper? Agreements \& the Durability of {\'E}tats},
  journal   = io # { (Print)},
  year      = {2003},
  month     = jun,
  pages     = {337--372},
  file      = {:C\:/papers/fortna.pdf:PDF},
  abstract  = {A cease-fire in 50% of cases;
     wrapped.},
}

@Online{Gazette,
  title = {Talks},
  date = {2025-06/2025-07},
  urldate = {2025-11-20},
  url = {https://gazette.example/a\_b},
  organization = {The Gazette},
  langid = {ngerman},
}

@misc{press, title={In press}, year = {in press}, howpublished = "\url{https://x.example/y}"}
@book{broken, title = {Never closed,
  year = 2001

@book{after, title = {After \undefined{x}}, year = {c. 1990}, publisher = {P}}

@Comment{jabref-meta: databaseType:bibtex;}
"""


async def stored(desk: Desk, slug: str) -> dict[str, Any]:
    answer = await desk.client.get(f"/v1/sources/{slug}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(source: dict[str, Any]) -> set[str]:
    return {f"{one['scheme']}:{one['value']}" for one in source["external_ids"]}


def rules(summary: dict[str, Any], line: int | None = None) -> list[tuple[str, str]]:
    return [(one["rule"], one["column"]) for one in summary["warnings"] if line in (None, one["line"])]


async def test_a_library_of_zotero_becomes_sources_once(desk: Desk) -> None:
    summary = await desk.told(ZOTERO.encode(), CSL)
    assert counts(summary) == (2, 0, 0, 0)
    source = await stored(desk, "csl-10-1017-s0020818303573021")
    assert (source["kind"], source["coded_from"]) == ("other", {"kind": "article-journal"})
    assert source["authors"] == ["Virginia Page Fortna", "Ursula von der Leyen", "AFP"]
    assert (source["publisher"], source["published"], source["accessed_on"], source["lang"], source["summary"]) == (
        "International Organization", "2003-21", "2025-11-20", "en-US", "Why do ceasefires fail?"
    )  # fmt: skip
    assert ids(source) == {
        *("doi:10.1017/s0020818303573021", "issn:0020-8183", "issn:1531-5088", "pmid:12345"),
        *("citekey:fortna2003", "zotero:users/1234567/items/ABCD2345"),
    }
    assert source["notes"] == [
        "author: Fortna || Virginia Page\nauthor: von der Leyen || Ursula\nauthor: AFP\nvolume: 57\nissue: 2\npage: 337-372",
        "read on the train",
    ]
    assert {("markup", "abstract"), ("unmapped", "type"), ("no-field", "volume")} <= set(rules(summary, 2))
    news = await stored(desk, "csl-users-1234567-items-news0001")
    assert (news["kind"], news["publisher"], news["published"], news["coded_from"]) == (
        "news", "The Moscow Times", "2025-06-02", {}
    )  # fmt: skip
    # Sent again, and out of Parley into other programs, it is what it was.
    for mode in ("merge", "replace"):
        again = await desk.told(gzip.compress(ZOTERO.encode()), CSL, headers={"Content-Encoding": "gzip"}, mode=mode)
        assert (counts(again), again["last_revision"]) == ((0, 0, 2, 0), None)
    exported = await desk.client.get("/v1/sources/csl-10-1017-s0020818303573021?format=csljson")
    (entry,) = exported.json()
    assert entry["author"][:2] == [
        {"family": "Fortna", "given": "Virginia Page"},
        {"family": "von der Leyen", "given": "Ursula"},
    ]
    assert (entry["type"], entry["volume"], entry["page"], entry["container-title"], entry["issued"]) == (
        "article-journal", "57", "337-372", "International Organization", {"date-parts": [[2003]], "season": 1}
    )  # fmt: skip


async def test_one_doi_of_two_records_is_reported_and_makes_no_third(desk: Desk) -> None:
    mine = {
        "collection": "sources",
        "slug": "fortna",
        "title": "Scraps",
        "external_ids": [{"scheme": "doi", "value": "10.1017/s0020818303573021"}],
    }
    await desk.told(json.dumps(mine).encode())
    summary = await desk.told(CROSSREF.encode(), CSL)
    assert counts(summary) == (1, 0, 0, 0)
    (odd,) = [one for one in summary["warnings"] if one["rule"] == "leads-elsewhere"]
    assert "'fortna'" in odd["message"]
    source = await stored(desk, "csl-10-1017-s0020818303573021")
    assert (source["summary"], source["licence"]) == ("Abstract\nWhy & how.", "https://www.cambridge.org/core/terms")
    assert "publisher: Cambridge University Press (CUP)" in source["notes"][0].split("\n")
    assert {("left-out", "indexed"), ("left-out", "reference")} <= set(rules(summary))
    assert counts(await desk.told(CROSSREF.encode(), CSL)) == (0, 0, 1, 0)
    assert (await stored(desk, "fortna"))["title"] == "Scraps"


async def test_a_source_that_was_renamed_since_keeps_its_slug(desk: Desk) -> None:
    await desk.told(CROSSREF.encode(), CSL)
    renamed = await desk.client.patch(
        "/v1/sources/csl-10-1017-s0020818303573021", json={"slug": "fortna-2003"}, headers=desk.headers
    )
    assert renamed.status_code == 200, renamed.text
    revision = await desk.revision()
    assert counts(await desk.told(CROSSREF.encode(), CSL)) == (0, 0, 1, 0)
    newer = json.loads(CROSSREF)
    newer["title"] = "Scraps of Paper, again"
    assert counts(await desk.told(json.dumps(newer).encode(), CSL)) == (0, 1, 0, 0)
    assert (await stored(desk, "fortna-2003"))["title"] == "Scraps of Paper, again"
    assert await desk.revision() == revision + 1


BOOK = {
    "id": "odd1", "type": "book", "title": "On books", "issued": {"date-parts": [[2001]]}, "volume": "1",
    "author": [{"family": "Mispelt", "given": "Jon"}, {"family": "Second", "given": "B"}],
}  # fmt: skip


async def test_what_an_entry_says_no_longer_goes(desk: Desk) -> None:
    await desk.told(json.dumps([BOOK]).encode(), CSL)
    newer = {**BOOK, "author": [{"family": "Misspelt", "given": "Jon"}], "volume": "2"}
    assert counts(await desk.told(json.dumps([newer]).encode(), CSL)) == (0, 1, 0, 0)
    source = await stored(desk, "csl-odd1")
    assert (source["authors"], source["notes"]) == (["Jon Misspelt"], ["author: Misspelt || Jon\nvolume: 2"])


async def test_a_slug_by_chance_makes_nobodys_source_another(desk: Desk) -> None:
    mine = {"collection": "sources", "slug": "csl-odd1", "title": "Mine", "kind": "news"}
    await desk.told(json.dumps(mine).encode())
    for _ in range(2):
        summary = await desk.told(json.dumps([BOOK]).encode(), CSL)
        # It is reported as long as it lasts.
        assert {one["pointer"] for one in summary["warnings"] if one["rule"] == "differs"} == {"/title", "/kind"}
    source = await stored(desk, "csl-odd1")
    assert (source["title"], source["kind"], source["published"]) == ("Mine", "news", "2001")


async def test_a_value_that_was_not_taken_is_taken_once_nobody_says_otherwise(desk: Desk) -> None:
    await desk.told(json.dumps([BOOK]).encode(), CSL)

    async def by_hand(title: str) -> None:
        patched = await desk.client.patch("/v1/sources/csl-odd1", json={"title": title}, headers=desk.headers)
        assert patched.status_code == 200, patched.text

    await by_hand("By hand")
    newer = json.dumps([{**BOOK, "title": "On books, again"}]).encode()
    for _ in range(2):
        assert "differs" in {one["rule"] for one in (await desk.told(newer, CSL))["warnings"]}
    await by_hand("On books")
    assert counts(await desk.told(newer, CSL)) == (0, 1, 0, 0)
    assert (await stored(desk, "csl-odd1"))["title"] == "On books, again"


async def test_paths_of_files_are_nobodys_business(desk: Desk) -> None:
    ris = "TY  - JOUR\nID  - w1\nTI  - Truces\nJO  - International Security\nL1  - /Users/anna/f.pdf\nER  - \n"
    summary = await desk.told(ris.encode(), RIS)
    assert ("left-out", "L1") in rules(summary)
    source = await stored(desk, "ris-w1")
    assert (source["publisher"], source["notes"]) == ("International Security", [])


async def test_what_somebody_adds_to_a_source_stays_when_its_library_comes_again(desk: Desk) -> None:
    await desk.told(ZOTERO.encode(), CSL)
    slug = "csl-users-1234567-items-news0001"
    held = (await stored(desk, slug))["external_ids"]
    patch = {"reliability": "partisan", "external_ids": [*held, {"scheme": "wikidata", "value": "Q1"}]}
    headers = {**desk.headers, "Content-Type": "application/merge-patch+json"}
    assert (await desk.client.patch(f"/v1/sources/{slug}", json=patch, headers=headers)).status_code == 200
    assert counts(await desk.told(ZOTERO.encode(), CSL)) == (0, 0, 2, 0)
    source = await stored(desk, slug)
    assert source["reliability"] == "partisan" and "wikidata:Q1" in ids(source)


async def test_ris_of_endnote_and_zotero(desk: Desk) -> None:
    body = ENDNOTE.replace("\n", "\r\n").encode()
    summary = await desk.told(b"\xef\xbb\xbf" + body, RIS)
    assert counts(summary) == (2, 0, 0, 0)
    slugs = sorted(one["slug"] for one in (await desk.client.get("/v1/sources")).json()["data"])
    news, report = [await stored(desk, slug) for slug in slugs]
    assert report["slug"].startswith("ris-guidance-for-effective-mediation-")
    assert (report["authors"], report["published"], report["publisher"]) == (["United Nations"], "2012-05-15", "UN")
    assert (report["summary"], report["url"]) == ("First paragraph.\nSecond paragraph.", "https://a.example/1")
    assert report["notes"] == ["publisher-place: New York\nRIS UR: https://a.example/2"]
    # The two dates disagree: the more exact one is taken, the other is told.
    assert (news["published"], news["accessed_on"], news["kind"]) == ("2025-06", "2025-11-20", "news")
    assert news["notes"] == ["author: Doe || Jane\nCSL issued: 2024", "To be read"]
    assert ("not-read", "PY") in rules(summary, 15)
    assert counts(await desk.told(body, RIS)) == (0, 0, 2, 0)


async def test_bibtex_of_jabref(desk: Desk) -> None:
    refused = await desk.refused(JABREF.encode(), BIBTEX)
    assert refused["status"] == 422 and refused["errors"][0]["pointer"] == "/27"
    summary = await desk.told(JABREF.encode(), "text/x-bibtex", on_error="skip")
    assert counts(summary) == (4, 0, 0, 1)
    (violation,) = summary["faults"]
    assert violation["line"] == 27 and "cannot be read" in violation["message"] and violation["hint"]
    article = await stored(desk, "bib-fortna2003")
    assert article["title"] == "Scraps of Paper? Agreements & the Durability of États"
    assert article["authors"] == ["Virginia Page Fortna", "Ursula von der Leyen", "United Nations", "Jörg Müller"]
    assert (article["published"], article["publisher"]) == ("2003-06", "International Organization (Print)")
    assert article["summary"] == "A cease-fire in 50% of cases; wrapped."
    assert "BibTeX author: and others" in article["notes"][0] and "fortna.pdf" not in article["notes"][0]
    assert ("left-out", "file") in rules(summary)
    online = await stored(desk, "bib-gazette")
    assert (online["published"], online["accessed_on"], online["lang"], online["url"], online["publisher"]) == (
        "2025-06/2025-07", "2025-11-20", "de", "https://gazette.example/a_b", "The Gazette"
    )  # fmt: skip
    press = await stored(desk, "bib-press")
    assert (press["published"], press["url"], press["notes"]) == (None, "https://x.example/y", ["CSL issued: in press"])
    after = await stored(desk, "bib-after")
    assert (after["published"], after["title"]) == ("1990~", r"After \undefined x")
    assert ("not-read", "year") in rules(summary, 26) and ("latex", "title") in rules(summary, 30)


@pytest.mark.parametrize(
    ("body", "kind", "line", "message"),
    [
        ('[{"id": "a", "type": "book"}]', CSL, 1, "has no title"),
        ('[\n{"id": "a", "title": "A"}, {"id": "a", "title": "B"}]', CSL, 2, "already defines the source 'csl-a'"),
        ('[\n{"id": "a", "title": "A", "title": "B"}]', CSL, 2, "Duplicate field name"),
        ('[{"id": "a", "title": "%s"}]' % ("x" * 501), CSL, 1, "501 characters"),
        ("\nTY  - BOOK\nAU  - X\nER  - \n", RIS, 2, "has no title"),
        ("TY  - BOOK\nTI  - A\xff\nER  - \n", RIS, 1, "not UTF-8"),
        ("\n\n@book{a, title = {A}\n", BIBTEX, 3, "cannot be read"),
    ],
)
async def test_a_bad_entry_is_told_with_its_line(shared: Desk, body: str, kind: str, line: int, message: str) -> None:
    for dry_run in (True, False):
        problem = await shared.refused(body.encode("latin-1"), kind, dry_run=dry_run)
        assert problem["status"] == 422
        assert problem["errors"][0]["pointer"].startswith(f"/{line}") and message in str(problem["errors"])


@pytest.mark.parametrize(
    ("body", "kind", "query", "status", "message"),
    [
        ("TY  - BOOK", CSL, {}, 400, "not CSL-JSON"),
        ("", CSL, {}, 400, "empty"),
        ("[]", CSL, {}, 400, "no entries"),
        ('[{"id": 1}', CSL, {}, 400, "ends before"),
        ("[1, 2]", CSL, {}, 400, "expected the beginning of an entry"),
        ("[{}", RIS, {}, 400, "not RIS"),
        ("[{}]", BIBTEX, {}, 400, "not BibTeX"),
        (ENDNOTE, RIS, {"collection": "talks"}, 422, "contains sources"),
        (ENDNOTE, RIS, {"profile": "mend"}, 422, "A profile reads tables"),
        (ENDNOTE, "application/x-bibliography", {}, 415, "x-research-info-systems"),
    ],
)
async def test_what_is_no_such_file_is_refused(
    shared: Desk, body: str, kind: str, query: dict[str, str], status: int, message: str
) -> None:
    problem = await shared.refused(body.encode(), kind, **query)
    assert problem["status"] == status and message in str(problem)


@pytest.fixture(scope="module")
async def shared(server: Server, templates: Templates) -> AsyncIterator[Desk]:
    async with keyed(server, templates.empty) as client:
        yield Desk(client, {})


def items_of(name: str, data: bytes, step: int, most: int = 1_000_000) -> list[Item]:
    """The items of a file that comes in pieces of so many bytes."""

    async def read() -> list[Item]:
        async def chunks() -> AsyncIterator[bytes]:
            for place in range(0, len(data), step):
                yield data[place : place + step]

        source = Bibliography(FORMATS[name], most)
        blocks = source.blocks(FORMATS[name].split(chunks(), most), 1_000)
        return [item async for block in blocks for item in source.read(block)]

    return asyncio.run(read())


@pytest.mark.parametrize(("name", "text"), [("csljson", ZOTERO), ("ris", ENDNOTE), ("bibtex", JABREF)])
def test_a_file_is_split_alike_however_it_comes(name: str, text: str) -> None:
    whole = items_of(name, text.encode(), 1_000_000)
    assert len(whole) == {"csljson": 2, "ris": 2, "bibtex": 5}[name]
    for step in (1, 2, 7, 64):
        assert items_of(name, text.encode(), step) == whole


def test_json_is_cut_at_its_objects_alone() -> None:
    tricky = [
        {"id": str(place), "title": text} for place, text in enumerate(["}]", '\\"{', "\\", '"', "\\\\", "[{", "\n"])
    ]
    for data in (json.dumps(tricky), json.dumps(tricky, indent=1), json.dumps({"items": tricky})):
        for step in (1, 3, 1_000):
            found = items_of("csljson", data.encode(), step)
            assert [item.body["title"] if item.body else item.violations for item in found] == [
                one["title"] if one["title"].strip() else found[-1].violations for one in tricky
            ]


def test_an_entry_that_is_too_long_is_a_fault_and_the_others_are_taken() -> None:
    long = json.dumps([{"id": "a", "title": "A" * 3_000}, {"id": "b", "title": "B"}]).encode()
    first, second = items_of("csljson", long, 100, most=1_000)
    assert "more than 1000 bytes" in first.violations[0].message and second.body and second.body["title"] == "B"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2025-06-02", "2025-06-02"), ("2 June 2025", "2025-06-02"), ("June 2nd, 2025", "2025-06-02"),
        ("Jun. 2025", "2025-06"), ("June–July 2025", "2025-06/2025-07"), ("2-4 June 2025", "2025-06-02/2025-06-04"),
        ("Spring 2025", "2025-21"), ("c. 1990", "1990~"), ("[ca. 1990]", "1990~"), ("1990?", "1990?"),
        ("2020--2021", "2020/2021"), ("2025-06-02T10:00:00Z", "2025-06-02"), ("2025/06/02", "2025-06-02"),
        ("02/06/2025", None), ("31 June 2025", None), ("in press", None), ("n.d.", None), ("", None),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(text: str, date: str | None) -> None:
    assert date_of_text(text) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [("2025/06/02/", "2025-06-02"), ("2025/06//", "2025-06"), ("2025///", "2025"), ("2025///Spring", "2025-21"),
     ("2025/06//circa", "2025-06~"), ("2025", "2025"), ("2025/13//", None), ("/06/02/", None)],
)  # fmt: skip
def test_dates_of_ris(text: str, date: str | None) -> None:
    assert date_of_ris(text) == date


def test_files_are_known_by_their_names(tmp_path: Path) -> None:
    library, dossier = tmp_path / "library.json", tmp_path / "dossier.json"
    library.write_text(ZOTERO)
    dossier.write_text('{"format": "parley-dossier/1"}')
    known = {name: is_bibliography(str(name)) for name in ("a.ris", "a.bib", "a.yaml", "-", library, dossier)}
    assert list(known.values()) == [True, True, False, False, True, False]
