"""The search over all collections, and `q=` on each list, on the bundled data and on records of many languages."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.reading.search import Unsearchable, parse_search
from tests.conftest import Statements


async def found(client: httpx.AsyncClient, q: str, **more: Any) -> dict[str, Any]:
    got = await client.get("/v1/search", params={"q": q, **more})
    assert got.status_code == 200, got.text
    body: dict[str, Any] = got.json()
    return body


async def urls(client: httpx.AsyncClient, q: str, **more: Any) -> list[str]:
    return [hit["url"] for hit in (await found(client, q, **more))["data"]]


@pytest.mark.parametrize(
    ("q", "url", "matched"),
    [
        ("Umierov", "/v1/people/rustem-umerov", "name"),
        ("Умєров", "/v1/people/rustem-umerov", "name"),
        ("Umyerov", "/v1/people/rustem-umerov", "similar"),
        ("Medinski", "/v1/people/vladimir-medinsky", "words"),
        ("Medinskyi", "/v1/people/vladimir-medinsky", "similar"),
        ("Умєроф", "/v1/people/rustem-umerov", "similar"),
        ("Zelenskyi", "/v1/people/volodymyr-zelensky", "similar"),
        ("juan santos", "/v1/people/juan-manuel-santos", "words"),
        ("Bogota", "/v1/places/bogota", "name"),
        ("İSTANBUL", "/v1/places/istanbul", "name"),
    ],
)
async def test_a_name_is_found_however_it_is_spelt(client: httpx.AsyncClient, q: str, url: str, matched: str) -> None:
    best = (await found(client, q))["data"][0]
    assert (best["url"], best["matched"]) == (url, matched)


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ("neutralité", "EXTL.NEUTRALITY"),
        ("neutralite", "EXTL.NEUTRALITY"),
        ("couloirs humanitaires", "HUMA.CORRIDOR"),
        ("desmovilización", "SECT.DEMOB"),
        ("наёмников", "WDRW.MERCENARY"),
        ("Безстрокове", "CEAS.CESSATION"),
        ("спадщина", "CULT.HERITAGE"),
        ("المرتزقة", "WDRW.MERCENARY"),
        ('"línea de contacto"', "TERR.LINE"),
        ("tariff", "TRAD.TARIFFS"),
        ("tarifs", "TRAD.TARIFFS"),
        ("aranceles", "TRAD.TARIFFS"),
        ("тарифы", "TRAD.TARIFFS"),
        ("мито", "TRAD.TARIFFS"),
        ("التعريفات", "TRAD.TARIFFS"),
        ("adaptation aux changements", "CLIM.ADAPTATION"),
        ("negociación colectiva", "LABO.BARGAINING"),
    ],
)
async def test_an_issue_is_found_by_its_label_in_any_language(client: httpx.AsyncClient, q: str, code: str) -> None:
    path = f"/v1/issues/{code.lower().replace('.', '-')}"
    best = (await found(client, q, type="issues"))["data"][0]
    assert (best["url"], best["matched"]) == (path, "words") and "<mark>" in best["snippet"]
    for clock in ({}, {"known_by": "2025-06-03"}, {"as_of": "1"}):
        listed = (await client.get("/v1/issues", params={"q": q, **clock})).json()
        assert code in [one["code"] for one in listed["data"]], (clock, listed)
    assert not (await client.get("/v1/issues", params={"q": f"{q} -{q}"})).json()["data"]


async def test_a_changed_label_is_found_as_it_was_at_each_revision(
    own_client: httpx.AsyncClient, own_admin: dict[str, str]
) -> None:
    before = int((await own_client.get("/v1/issues/EXTL.NEUTRALITY")).headers["parley-revision"])
    body = {"labels": {"fr": "Impartialité"}}
    changed = await own_client.patch("/v1/issues/EXTL.NEUTRALITY", json=body, headers=own_admin)
    assert changed.status_code == 200

    async def codes(q: str, **clock: Any) -> list[str]:
        got = await own_client.get("/v1/issues", params={"q": q, **clock})
        return [one["code"] for one in got.json()["data"]]

    assert await codes("impartialité") == ["EXTL.NEUTRALITY"] == await codes("neutralité", as_of=before)
    assert await codes("neutralité") == [] == await codes("impartialité", as_of=before)


async def test_a_word_beside_a_dash_or_a_quotation_mark_is_a_word(client: httpx.AsyncClient) -> None:
    for q, url in (("Israel", "/v1/processes/israel-hamas"), ("Hamas", "/v1/processes/israel-hamas")):
        best = (await found(client, q, type="processes"))["data"][0]
        assert (best["url"], best["matched"]) == (url, "words")
    assert (await client.get("/v1/processes?q=Israel–Hamas")).json()["data"]


async def test_a_search_has_one_form_and_neighbours_have_no_tag(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/search?q=truce", headers={"Accept": "text/csv"})).status_code == 406
    similar = await client.get("/v1/demands/russian-memorandum-2025-06-02-i-2a/similar")
    assert similar.status_code == 200 and "etag" not in similar.headers


async def test_a_misspelt_title_is_found_where_hardly_anything_else_is(client: httpx.AsyncClient) -> None:
    body = await found(client, "memorandm")
    assert body["did_you_mean"] == "memorandum"
    assert {hit["matched"] for hit in body["data"]} == {"similar"}
    assert "/v1/proposals/russian-memorandum-2025-06-02" in [hit["url"] for hit in body["data"]]


async def test_neutrality_in_russian_texts(client: httpx.AsyncClient) -> None:
    everywhere = await urls(client, "neutrality", type="demands", limit=100)
    russian = await urls(client, "neutrality", type="demands", lang="ru")
    assert russian == ["/v1/demands/russian-memorandum-2025-06-02-i-2a"]
    assert set(russian) < set(everywhere)


async def test_filters_types_and_accounts_narrow_a_search(client: httpx.AsyncClient) -> None:
    body = await found(client, "ceasefire", process="colombia-farc", limit=100)
    assert body["data"]
    by_type = {one["value"]: one["count"] for one in body["facets"]["type"]["values"]}
    assert by_type == Counter(hit["type"] for hit in body["data"])
    assert body["facets"]["type"]["of"] == len(body["data"])
    only = await found(client, "ceasefire", type="talks,demands", limit=100)
    assert {one["value"] for one in only["facets"]["type"]["values"]} == {"demands", "talks"}
    told = "/v1/demands/article-2025-06-02-1-2"
    assert told not in await urls(client, "ceasefire withdrawal", limit=100)
    assert told in await urls(client, "ceasefire withdrawal", account="all", limit=100)


async def test_a_search_counts_what_its_filters_find(client: httpx.AsyncClient) -> None:
    for words in ("ceasefire", "prisoners", "Moscow"):
        facets = (await found(client, words, facets="type,process,party", limit=0))["facets"]
        assert list(facets) == ["type", "process", "party"]
        for name, facet in facets.items():
            assert facet["values"] and facet["of"] == facets["type"]["of"]
            for bucket in facet["values"][:8]:
                assert list(bucket) == ["value", "label", "level", "parent", "count"]
                # Of fewer hits titles that are spelt alike are shown too.
                if bucket["value"] is None or bucket["count"] < 3:
                    continue
                narrow = (await found(client, words, **{name: bucket["value"]}, limit=0))["facets"]["type"]
                assert (narrow["of"], narrow["is"]) == (bucket["count"], facet["is"]), (words, name, bucket)
    processes = {one["value"]: one for one in facets["process"]["values"]}
    assert processes["russia-ukraine"]["level"] == 0 and processes["russia-ukraine"]["parent"] is None
    got = await client.get("/v1/search?q=war&facets=issue")
    assert "Allowed: type, process, party." in got.json()["errors"][0]["hint"]


#: Of each collection that has any: the field of the record that holds what a hit shows as parties.
PARTIES: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    "proposals": lambda one: one["authors"],
    "demands": lambda one: one["claimants"],
    "responses": lambda one: [one["responder"]],
    "agreements": lambda one: one["parties"],
    "assessments": lambda one: [one["by"]] if one["by"] else [],
    "people": lambda one: [one["party"]] if one["party"] else [],
    "processes": lambda one: [row["party"] for row in one["parties"] if row["role"] == "negotiating"],
    "talks": lambda one: [row["party"] for row in one["delegations"] if row["is_seated"]],
}


async def test_a_hit_names_its_process_and_its_parties(client: httpx.AsyncClient) -> None:
    seen = set()
    for words in ("prisoners", "Moscow", "memorandum", "Umerov", "Turkey", "Geneva"):
        for hit in (await found(client, words, limit=60))["data"]:
            if hit["url"] in seen:
                continue
            seen.add(hit["url"])
            record = (await client.get(f"{hit['url']}?fields=*")).json()
            assert hit["process"] == record.get("process"), hit["url"]
            parties = PARTIES.get(hit["type"])
            expected = parties(record) if parties else []
            key = lambda party: party["slug"]  # noqa: E731 - the order of delegations is the talk's own
            assert sorted(hit["parties"], key=key) == sorted(expected, key=key), hit["url"]
    assert len({url.split("/")[2] for url in seen}) > 7


async def test_pages_lose_and_repeat_nothing(client: httpx.AsyncClient) -> None:
    whole = await urls(client, "ceasefire", limit=100)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await found(client, "ceasefire", limit=7, **cursor)
        seen += [hit["url"] for hit in page["data"]]
        if page["page"]["next"] is None:
            break
        cursor = {"cursor": page["page"]["next"]}
    assert seen[: len(whole)] == whole
    assert len(seen) == len(set(seen))


async def test_a_snippet_marks_the_words_and_escapes_all_else(world_client: httpx.AsyncClient) -> None:
    text = "Alba & <script>alert('x')</script> withdraw their troops"
    posted = await world_client.post("/v1/talks", json={"process": "alba-boria", "title": "Evening", "summary": text})
    assert posted.status_code == 201, posted.text
    hit = (await found(world_client, "withdraws troop", type="talks"))["data"][0]
    assert "<mark>withdraw</mark>" in hit["snippet"]
    assert "<mark>troops</mark>" in hit["snippet"]
    assert "&amp;" in hit["snippet"]
    assert "<" not in hit["snippet"].replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize(
    ("body", "finds", "misses"),
    [
        ({"title": "x", "summary": "La negociación de paz", "lang": "es"}, ["negociación", "negociacion", "negociaciones", "guerra OR paz"], ["negociar -paz", "guerra"]),
        ({"title": "x", "summary": "Saisie des prisonniers libérés", "lang": "fr"}, ["prisonnier", "libere", "libérée"], []),
        ({"title": "x", "summary": "Обмін військовополоненими", "lang": "uk"}, ["обмін", "військовополонен*"], ["переговори"]),
        ({"title": "x", "summary": "Обмен военнопленными"}, ["обмена", "военнопленный"], []),
        ({"title": "x", "summary": "Boria is against it, no more"}, ["against", "no", '"no more"', "agai* no"], ['"more no"']),
        ({"title": "x", "summary": "30-day cease-fire (1.1)"}, ['"30 day"', "cease-fire", "fire", '"1.1"'], ["31"]),
        ({"title": "Réunion", "summary": "Обмен and exchange"}, ["reunion обмен exchanges"], ["обмен -exchanged", "reunion -Обмены"]),
    ],
)  # fmt: skip
async def test_words_are_found_in_the_forms_of_their_language(
    world_client: httpx.AsyncClient, body: dict[str, Any], finds: list[str], misses: list[str]
) -> None:
    made = {"slug": "told", "process": "alba-boria", **body}
    posted = await world_client.post("/v1/talks", json=made)
    assert posted.status_code == 201, posted.text
    assert posted.json()["lang"] == body.get("lang")
    for q in (*finds, *misses):
        listed = (await world_client.get("/v1/talks", params={"q": q})).json()["data"]
        searched = await urls(world_client, q, type="talks")
        for slugs in ([row["slug"] for row in listed], [url.rpartition("/")[2] for url in searched]):
            assert ("told" in slugs) is (q in finds), (q, slugs)


async def test_an_excluded_word_counts_in_every_name_of_a_record(client: httpx.AsyncClient) -> None:
    assert "/v1/people/rustem-umerov" in await urls(client, "Umerov", type="people")
    assert await urls(client, "Umerov -Умєров", type="people") == []
    listed = (await client.get("/v1/people", params={"q": "Umerov -Умєров"})).json()["data"]
    assert listed == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "q"),
        ("q=", "q"),
        ("q=-", "q"),
        ("q=***", "q"),
        ("q=-ceasefire", "q"),
        ("q=%25", "q"),
        ("q=%00", "q"),
        ("q=a*", "q"),
        ("q=" + "+".join("abcdefghijklmnopqrstuvwxyzABCDEFGH"), "q"),
        ("q=" + "w+" * 1000, "q"),
        ("q=x&q=y", "q"),
        ("q=x&limit=-1", "limit"),
        ("q=x&limit=101", "limit"),
        ("q=x&type=nonsense", "type"),
        ("q=x&lang=ua", "lang"),
        ("q=x&process=nonsense", "process"),
        ("q=x&party=nonsense", "party"),
        ("q=x&type=sources&party=russia", "party"),
        ("q=x&cursor=nonsense", "cursor"),
        ("q=x&nonsense=1", "nonsense"),
    ],
)
async def test_what_cannot_be_searched_is_refused_by_name(
    client: httpx.AsyncClient, query: str, parameter: str
) -> None:
    got = await client.get(f"/v1/search?{query}")
    assert got.status_code == 422, got.text
    assert {violation["parameter"] for violation in got.json()["errors"]} == {parameter}


@pytest.mark.parametrize(
    "q", ['"unbalanced', "\u200fУмєров\u202e", "(a+)+$", "x' OR '1'='1", "<->", "a & b | !c", "\\", "x\\", "'" * 50 + "x", "ﷺ x", "𝔘𝔨"]
)  # fmt: skip
async def test_any_signs_are_harmless(client: httpx.AsyncClient, q: str) -> None:
    for path in ("search", "people", "demands"):
        got = await client.get(f"/v1/{path}?q={quote(q)}")
        # What has no letter has no words.
        assert got.status_code == (422 if q in ("<->", "\\") else 200), (path, got.text)


async def test_a_search_is_one_statement(client: httpx.AsyncClient, statements: Statements) -> None:
    await found(client, '"martial law" OR neutral* -prisoners', process="russia-ukraine", lang="ru")
    assert len(statements) == 1
    assert "martial" not in statements[0]


def is_understood(text: str) -> bool:
    try:
        parse_search(text)
    except Unsearchable:
        return False
    return True


async def test_postgresql_takes_every_query_that_is_understood(loaded_url: str, client: httpx.AsyncClient) -> None:
    """Through the list of people, which asks for words and for parts of names."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
    def collect(text: str) -> None:
        texts.append(text)

    texts: list[str] = []
    collect()
    assert any(map(is_understood, texts))
    for text in texts:
        got = await client.get("/v1/people", params={"q": text})
        assert got.status_code == (200 if is_understood(text) else 422), (text, got.text)


async def test_what_postgresql_makes_of_a_record_is_no_field(client: httpx.AsyncClient) -> None:
    for name in ("words", "folded"):
        for parameter in ("has", "missing", "fields"):
            got = await client.get(f"/v1/talks?{parameter}={name}")
            assert got.status_code == 422, (name, parameter)
        got = await client.get(f"/v1/people/rustem-umerov?fields={name}")
        assert got.status_code == 422


async def test_the_words_follow_the_record(world_client: httpx.AsyncClient) -> None:
    assert await urls(world_client, "alba plan", type="proposals") == ["/v1/proposals/plan"]
    got = await world_client.patch("/v1/proposals/plan", json={"title": "Die Vorschläge", "lang": "de"})
    assert got.status_code == 200, got.text
    assert await urls(world_client, "vorschlag", type="proposals") == ["/v1/proposals/plan"]
    assert await urls(world_client, "alba", type="proposals") == []


# --- demands like one


async def test_demands_like_one_share_its_rarest_words(client: httpx.AsyncClient) -> None:
    got = await client.get("/v1/demands/russian-memorandum-2025-06-02-i-2a/similar?limit=5")
    body = got.json()
    assert (body["demand"], body["by"]) == ("russian-memorandum-2025-06-02-i-2a", "lexemes")
    slugs = [row["slug"] for row in body["data"]]
    assert "draft-treaty-2022-04-15-1" in slugs
    assert "russian-memorandum-2025-06-02-i-2a" not in slugs
    assert all(row["shared"] for row in body["data"])
    scores = [row["score"] for row in body["data"]]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] <= 1


async def test_demands_like_one_can_be_asked_for_by_issue(client: httpx.AsyncClient) -> None:
    address = "/v1/demands/russian-memorandum-2025-06-02-i-2a/similar"
    rows = (await client.get(f"{address}?issue=extl")).json()["data"]
    assert rows
    assert all(any(code.startswith("EXTL") for code in row["issues"]) for row in rows)
    assert (await client.get(f"{address}?issue=nonsense")).status_code == 422
    assert (await client.get("/v1/demands/nonsense/similar")).status_code == 404


async def test_an_index_serves_each_search(loaded_url: str) -> None:
    connection = await asyncpg.connect(loaded_url)
    try:
        await connection.execute("SET enable_seqscan = off")
        for condition in (
            'words @@ (SELECT parley_query(\'[[{"words": ["x"]}]]\', true))',
            "folded %> (SELECT 'umerov'::text)",
            "folded LIKE '%umerov%'",
        ):
            plan = "\n".join(
                row[0] for row in await connection.fetch(f"EXPLAIN SELECT id FROM person WHERE {condition}")
            )
            assert "Bitmap Index Scan" in plan, plan
    finally:
        await connection.close()


# --- the order of hits


#: What was asked for comes first: words and whole names, then names that hold it inside a word, then what is spelt alike.
async def queries_of(client: httpx.AsyncClient) -> list[str]:
    """Each name of people, parties and places, each of its words, and words of titles: what people would type."""
    names: set[str] = set()
    for name in ("people", "parties", "places"):
        for line in (await client.get(f"/v1/{name}?format=ndjson&fields=name")).text.splitlines():
            names.add(json.loads(line)["name"])
    words = {word.strip("“”\"'()–,.") for name in names for word in name.split()}
    for name in ("talks", "agreements", "sources"):
        for line in (await client.get(f"/v1/{name}?format=ndjson&fields=title")).text.splitlines()[::7]:
            words |= {word.strip("“”\"'()–,.:") for word in json.loads(line)["title"].split()}
    return sorted(name for name in names | words if len(name) > 3 and name.isprintable())


async def test_nothing_spelt_alike_comes_before_what_holds_the_words(client: httpx.AsyncClient) -> None:
    mixed = 0
    for q in await queries_of(client):
        hits = (await found(client, q, limit=100))["data"]
        matched = [hit["matched"] for hit in hits]
        first = matched.index("similar") if "similar" in matched else len(matched)
        assert set(matched[first:]) <= {"similar"}, (q, [(hit["url"], hit["matched"], hit["score"]) for hit in hits])
        scores = [hit["score"] for hit in hits]
        assert scores == sorted(scores, reverse=True), q
        mixed += 0 < first < len(matched)
    # The rule is tried where both are there.
    assert mixed > 20


async def test_a_name_that_holds_the_word_inside_one_of_its_own_comes_after_the_words(
    world_client: httpx.AsyncClient,
) -> None:
    for slug, name in (("seboria", "Seboria"), ("doria", "Doria")):
        posted = await world_client.post("/v1/places", json={"slug": slug, "name": name, "kind": "city"})
        assert posted.status_code == 201, posted.text
    hits = (await found(world_client, "boria", limit=100))["data"]
    order = [(hit["url"].rpartition("/")[2], hit["matched"]) for hit in hits]
    assert order[0] == ("boria", "name")
    inside = order.index(("seboria", "name"))
    assert ("plan-1", "words") in order[:inside]
    assert ("doria", "similar") in order[inside:] and {matched for _, matched in order[inside + 1 :]} == {"similar"}
