"""Linked data that leads somewhere: every address in it is answered, and the concept schemes keep the rules of SKOS."""

import re
from collections import Counter
from typing import Any

import httpx
import pytest
from pyld import jsonld

from app.references.vocabularies import VOCABULARIES
from app.registry import RESOURCES

BASE = "http://parley.test"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SKOS = "http://www.w3.org/2004/02/skos/core#"
TRIPLE = re.compile(r'<([^<>" ]+)> <([^<>" ]+)> (?:<([^<>" ]+)>|"((?:[^"\\\n\r]|\\[\\"nr])*)"(?:@([A-Za-z-]+))?) \.')


async def nodes_at(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path, headers={"Accept": "application/ld+json"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/ld+json" and "Accept" in answer.headers["vary"]
    found: list[dict[str, Any]] = jsonld.expand(answer.json())
    return found


async def statements_at(client: httpx.AsyncClient, path: str) -> Counter[tuple[str, ...]]:
    answer = await client.get(path, headers={"Accept": "text/turtle"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/turtle")
    found: Counter[tuple[str, ...]] = Counter()
    # Not `splitlines`: a text may hold other ends of lines.
    for line in answer.text.removesuffix("\n").split("\n"):
        match = TRIPLE.fullmatch(line)
        assert match, line
        found[match.groups("")] += 1
    return found


def labels(concept: dict[str, Any]) -> dict[str, str]:
    found = concept[f"{SKOS}prefLabel"]
    by_language = {one["@language"]: one["@value"] for one in found}
    assert len(by_language) == len(found), concept["@id"]
    return by_language


@pytest.mark.parametrize("name", ["Stance", "issues"])
async def test_the_three_forms_say_the_same(client: httpx.AsyncClient, name: str) -> None:
    path = f"/v1/vocabularies/{name}"
    nodes, statements = await nodes_at(client, path), await statements_at(client, path)
    told = sum(len(values) for node in nodes for term, values in node.items() if term != "@id")
    assert told == statements.total() == len(statements)
    html = await client.get(path, headers={"Accept": "text/html"})
    assert html.headers["content-type"].startswith("text/html")
    assert all(node["@id"] in html.text for node in nodes)
    # As before for programs that ask for nothing.
    assert (await client.get(path)).json()["words"]
    assert (await client.get(path, headers={"Accept": "image/png"})).status_code == 406


async def test_the_issues_keep_the_rules_of_skos(client: httpx.AsyncClient) -> None:
    scheme, *concepts = await nodes_at(client, "/v1/vocabularies/issues")
    by_id = {one["@id"]: one for one in concepts}
    assert len(by_id) == len(concepts) == 309
    tops = {one["@id"] for one in scheme[f"{SKOS}hasTopConcept"]}
    for concept in concepts:
        assert concept[f"{SKOS}inScheme"] == [{"@id": scheme["@id"]}]
        assert labels(concept)["en"]
        walked = [concept["@id"]]
        while above := by_id[walked[-1]].get(f"{SKOS}broader"):
            (one,) = above
            assert one["@id"] not in walked
            walked.append(one["@id"])
        assert walked[-1] in tops and (len(walked) == 1) == (concept["@id"] in tops)
        matches = {term: {one["@id"] for one in concept.get(SKOS + term, ())} for term in ("exactMatch", "closeMatch")}
        assert not matches["exactMatch"] & matches["closeMatch"]
    neutrality = by_id[f"{BASE}/v1/issues/EXTL.NEUTRALITY"]
    assert labels(neutrality) == {
        "en": "Neutrality", "fr": "Neutralité", "es": "Neutralidad", "ru": "Нейтралитет", "uk": "Нейтралітет", "ar": "الحياد",
    }  # fmt: skip
    counted = Counter(lang for one in concepts for lang in labels(one))
    assert counted == dict.fromkeys(("en", "fr", "es", "ru", "uk", "ar"), 309)


async def test_an_issue_is_a_concept_in_each_format(client: httpx.AsyncClient) -> None:
    """Alone an issue says what the scheme says of it; JSON stays what programs get that ask for nothing."""
    scheme = await statements_at(client, "/v1/vocabularies/issues")
    for code in ("EXTL", "EXTL.NEUTRALITY", "CEAS", "TRAD.TARIFFS"):
        path = f"/v1/issues/{code}"
        alone = await statements_at(client, path)
        assert alone == {one: count for one, count in scheme.items() if one[0] == BASE + path}
        said = {one[1].removeprefix(SKOS) for one in alone}
        assert {"prefLabel", "narrower" if "." not in code else "broader"} <= said
        assert {one[4] for one in alone if one[1] == f"{SKOS}prefLabel"} == {"en", "fr", "es", "ru", "uk", "ar"}
        html = await client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert html.headers["content-type"].startswith("text/html") and html.headers["content-security-policy"]
        assert all((one[2] or one[3]) in html.text for one in alone if one[1] != f"{RDF_TYPE}")
        again = await client.get(path, headers={"Accept": "text/turtle", "If-None-Match": html.headers["etag"]})
        assert again.status_code == 200
        assert (await client.get(path, headers={"Accept": "*/*"})).json()["code"] == code
    refused = await client.get("/v1/issues/EXTL", headers={"Accept": "image/png"})
    assert refused.status_code == 406 and "text/turtle" in refused.json()["detail"]
    assert (await client.get("/v1/talks/istanbul-2025-06-02", headers={"Accept": "text/turtle"})).status_code == 406


async def test_every_closed_list_is_a_scheme_whose_words_lead_to_themselves(client: httpx.AsyncClient) -> None:
    for name, vocabulary in VOCABULARIES.items():
        scheme, *concepts = await nodes_at(client, f"/v1/vocabularies/{name}")
        assert scheme["@type"] == [f"{SKOS}ConceptScheme"] and len(concepts) == len(vocabulary.words)
        for concept in concepts:
            assert labels(concept)
        (alone,) = await nodes_at(client, concepts[-1]["@id"].removeprefix(BASE))
        assert alone == concepts[-1]
    missing = await client.get("/v1/vocabularies/Stance/loud")
    assert missing.status_code == 404 and "accepted" in missing.json()["detail"]


@pytest.mark.parametrize("name", [collection.name for collection in RESOURCES])
async def test_every_address_in_linked_data_is_answered(client: httpx.AsyncClient, name: str) -> None:
    """Of each kind one: properties and classes of ours, concepts, codes, records."""
    (first, *_) = (await client.get(f"/v1/{name}?format=ndjson&fields=slug&limit=1")).text.splitlines()
    slug = re.findall(r'"slug":"([^"]+)"', first)[0]
    document = (await client.get(f"/v1/{name}/{slug}?format=jsonld")).json()
    expanded = str(jsonld.expand(document))
    found = set(re.findall(rf"{BASE}(/v1/[^'\"\s]+)", expanded))
    terms = {path for path in found if path.startswith("/v1/terms/")}
    assert terms
    for path in [*terms, *sorted(found - terms)[:40]]:
        answer = await client.get(path, headers={"Accept": "application/ld+json"})
        assert answer.status_code == 200, path
    # And what the records say is said by nothing that has no meaning here.
    listed = {node["@id"] for node in await nodes_at(client, "/v1/terms")}
    assert {f"{BASE}{path}" for path in terms if ":" not in path} <= listed


async def test_codes_of_other_data_sets_lead_to_the_issues_that_match_them(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/issues/CEAS?format=jsonld")).json()
    (issue,) = jsonld.expand(document)
    matches = [one["@id"] for one in issue[f"{SKOS}closeMatch"]]
    assert f"{BASE}/v1/terms/pax:Ce" in matches
    (code,) = await nodes_at(client, "/v1/terms/pax:Ce")
    assert code[f"{SKOS}closeMatch"] == [{"@id": f"{BASE}/v1/issues/CEAS"}]
    assert code[f"{SKOS}notation"] == [{"@value": "Ce"}]
    (code,) = await nodes_at(client, "/v1/terms/cameo:143")
    assert code[f"{SKOS}closeMatch"] == [{"@id": f"{BASE}/v1/issues/LABO.STRIKES"}]
    assert (await client.get("/v1/terms/pax:Nothing")).status_code == 404


async def test_words_of_closed_lists_are_concepts_and_labels_have_languages(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/responses?limit=1&format=jsonld")).json()
    (response,) = jsonld.expand(document)
    (stance,) = response[f"{BASE}/v1/terms/stance"]
    assert stance["@id"].startswith(f"{BASE}/v1/vocabularies/Stance/")
    (issue,) = jsonld.expand((await client.get("/v1/issues/EXTL.NEUTRALITY?format=jsonld")).json())
    assert {"@language": "uk", "@value": "Нейтралітет"} in issue[f"{SKOS}prefLabel"]


async def test_labels_are_written_and_read(own_client: httpx.AsyncClient, own_admin: dict[str, str]) -> None:
    path = "/v1/issues/extl-neutrality"
    changed = await own_client.patch(path, json={"labels": {"de": "Neutralität", "fr": None}}, headers=own_admin)
    assert changed.status_code == 200, changed.text
    assert changed.json()["labels"]["de"] == "Neutralität" and "fr" not in changed.json()["labels"]
    refused = await own_client.patch(path, json={"labels": {"german": "Neutralität"}}, headers=own_admin)
    assert refused.status_code == 422
    before = (await own_client.get(f"{path}?as_of=1")).json()
    assert before["labels"]["fr"] == "Neutralité" and "de" not in before["labels"]
