"""`/v1/reports/comparison`: every alignment of bundled texts is computed a second time from the dossier files, without code of the
application, and a made-up pair of drafts has each kind of change."""

import io
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from app.reports import comparison_texts
from app.reports.compared_values import compare_quantities, compare_timings
from app.reports.compared_words import shared_passages, split_words, word_difference
from app.reports.comparison import COMPARISON
from tests.reports.bundled import WORLD, report

Row = dict[str, Any]
CONTINUES = {"repeats", "amends", "narrows", "widens", "settles", "incorporated_in", "reports"}
REMOVES, OPPOSES = {"strikes_out", "withdraws"}, {"contradicts", "counters"}
PLAN, E3, TWENTY = "us-28-point-plan-2025", "e3-counter-proposal-2025", "us-ukrainian-20-point-plan-2025"
UKRAINE, RUSSIA = "ukrainian-memorandum-2025-05-28", "russian-memorandum-2025-06-02"


# --- The second computation


def texts() -> Iterator[tuple[str, str, Row, str | None]]:
    """Process, name, account and part of each bundled text with its options."""
    for proposal in WORLD.proposals.values():
        for account in proposal["accounts"]:
            yield proposal["process"], account["slug"], {**account, "proposal": proposal}, None
            for part in account.get("parts", ()):
                if part["kind"] == "option":
                    name = f"{account['slug']}/{part['key']}"
                    yield proposal["process"], name, {**account, "proposal": proposal}, part["key"]


@cache
def words(text: str) -> tuple[str, ...]:
    found = []
    for word in text.split():
        while word and not word[0].isalnum():
            word = word[1:]
        while word and not word[-1].isalnum():
            word = word[:-1]
        found += [word.casefold()] if word else []
    return tuple(found)


@cache
def alike(first: tuple[str, ...], second: tuple[str, ...]) -> Fraction:
    """Twice the longest common subsequence, divided by the number of words of both."""
    if not first or not second or 2 * (Counter(first) & Counter(second)).total() < 0.6 * (len(first) + len(second)):
        return Fraction(0)
    row = [0] * (len(second) + 1)
    for one in first:
        former = row
        row = [0]
        for place, other in enumerate(second):
            row.append(former[place] + 1 if one == other else max(former[place + 1], row[-1]))
    return Fraction(2 * row[-1], len(first) + len(second))


class Text:
    def __init__(self, account: Row, part: str | None) -> None:
        self.proposal = account["proposal"]
        inside = {one["key"]: one for one in account.get("parts", ())}
        self.points = [
            row
            for row in WORLD.demands.values()
            if row["account"] == account["slug"] and (part is None or row.get("part") == part)
        ]
        languages = account.get("languages") or self.proposal.get("languages") or []
        self.languages = {language[:2] for language in languages}
        self.is_complete = account.get("is_complete") is True
        if part is not None and (reported := inside[part].get("points_reported")):
            self.is_complete |= len({row["number"] for row in self.points}) == reported
        relations = ("supersedes", "responds_to", "translation_of")
        self.follows = {one.get("proposal") for one in self.proposal.get("relations", ()) if one["kind"] in relations}


class Second:
    """The rows of the comparison of two texts: (change, by, left slugs, right slugs)."""

    def __init__(self, left: Text, right: Text) -> None:
        self.left, self.right = left, right
        self.speaks_alike = not left.languages or not right.languages or bool(left.languages & right.languages)
        self.lefts = {row["slug"]: row for row in left.points}
        self.rights = {row["slug"]: row for row in right.points}
        self.rows: list[tuple[str, str | None, tuple[str, ...], tuple[str, ...]]] = []
        self.links: list[tuple[str, str, str]] = []
        both = self.lefts.keys() & self.rights.keys()
        for row in (*self.lefts.values(), *self.rights.values()):
            for link in row["links"]:
                one, other = row["slug"], link["demand"]
                if {one, other} & both:
                    continue
                if one in self.rights and other in self.lefts:
                    self.links.append((other, one, link["kind"]))
                elif one in self.lefts and other in self.rights:
                    self.links.append((one, other, link["kind"] + "!"))
        self.pairs = [(slug, slug, "record") for slug in self.lefts if slug in both]
        self.by_links()
        if self.speaks_alike:
            if self.one_numbering():
                self.by_numbers()
            self.by_words()
        self.judge()

    def open(self) -> tuple[list[str], list[str]]:
        used = {slug for one, other, _ in self.pairs for slug in (one, other)}
        used |= {slug for _, _, lefts, rights in self.rows for slug in (*lefts, *rights)}
        return [slug for slug in self.lefts if slug not in used], [slug for slug in self.rights if slug not in used]

    def by_links(self) -> None:
        kinds: dict[tuple[str, str], set[str]] = {}
        for one, other, kind in self.links:
            kinds.setdefault((one, other), set()).add(kind)
        groups: list[tuple[set[str], set[str]]] = []
        for (one, other), found in kinds.items():
            plain = {kind.rstrip("!") for kind in found}
            if plain & OPPOSES:
                self.rows.append(("contradicts", "link", (one,), (other,)))
            elif plain & REMOVES:
                change = (
                    "added" if any(kind.endswith("!") for kind in found if kind.rstrip("!") in REMOVES) else "dropped"
                )
                self.rows.append((change, "link", (one,), (other,)))
            elif plain & CONTINUES:
                touched = [group for group in groups if one in group[0] or other in group[1]]
                groups = [group for group in groups if group not in touched]
                groups.append(
                    ({one}.union(*(group[0] for group in touched)), {other}.union(*(group[1] for group in touched)))
                )
        for lefts, rights in groups:
            self.group(lefts, rights, "link")

    def group(self, lefts: set[str], rights: set[str], by: str) -> None:
        if len(lefts) == len(rights) == 1:
            self.pairs.append((min(lefts), min(rights), by))
        else:
            change = "split" if len(lefts) < len(rights) else "merged" if len(lefts) > len(rights) else "reworded"
            self.rows.append((change, by, tuple(sorted(lefts)), tuple(sorted(rights))))

    def one_numbering(self) -> bool:
        one, other = self.left.proposal["slug"], self.right.proposal["slug"]
        numbers = set()
        for slug, target, kind in self.links:
            if kind.rstrip("!") in CONTINUES | REMOVES:
                numbers.add((self.lefts[slug].get("number"), self.rights[target].get("number")))
        if any(former != later for former, later in numbers if former and later):
            return False
        if one == other:
            return True
        common = {row.get("number") for row in self.left.points} & {row.get("number") for row in self.right.points}
        confirmed = {former for former, later in numbers if former and later}
        is_related = other in self.left.follows or one in self.right.follows
        return is_related and bool(common - {None}) and len(confirmed) * 2 >= len(common - {None})

    def by_numbers(self) -> None:
        lefts, rights = self.open()
        for number in {self.lefts[slug].get("number") for slug in lefts} - {None}:
            these = {slug for slug in lefts if self.lefts[slug].get("number") == number}
            those = {slug for slug in rights if self.rights[slug].get("number") == number}
            if those and 1 in (len(these), len(those)):
                self.group(these, those, "number")

    def by_words(self) -> None:
        lefts, rights = self.open()
        table: list[list[tuple[Fraction, tuple[tuple[str, str], ...]]]] = [[(Fraction(0), ())] * (len(rights) + 1)]
        for slug in lefts:
            table.append([(Fraction(0), ())])
            for place, target in enumerate(rights):
                score = alike(words(self.lefts[slug]["text"]), words(self.rights[target]["text"]))
                options = [table[-2][place + 1], table[-1][place]]
                if score >= Fraction(6, 10):
                    before, pairs = table[-2][place]
                    options.append((before + score, (*pairs, (slug, target))))
                table[-1].append(max(options, key=lambda option: option[0]))
        self.pairs += [(one, other, "words") for one, other in table[-1][-1][1]]

    def judge(self) -> None:
        places = [list(self.lefts), list(self.rights)]
        order = sorted((places[0].index(one), places[1].index(other)) for one, other, _ in self.pairs)
        stays: list[tuple[tuple[int, int], ...]] = [()]
        for pair in order:
            longer = max(
                (one for one in stays if not one or one[-1][1] < pair[1]),
                key=lambda one: (len(one), [-p for p, _ in one]),
            )
            stays.append((*longer, pair))
        stay = max(stays, key=lambda one: (len(one), [-place for place, _ in one]))
        for one, other, by in self.pairs:
            former, later = self.lefts[one], self.rights[other]
            kinds = {kind.rstrip("!") for left, right, kind in self.links if (left, right) == (one, other)} & CONTINUES
            is_out = [row["act"] == "not_demanded" for row in (former, later)]
            if by == "record" or self.speaks_alike:
                is_same = words(former["text"]) == words(later["text"])
            else:
                is_same = kinds <= {"repeats", "reports", "incorporated_in"}
            is_same = is_same and (by == "record" or not self.differ(former, later))
            change = "same" if (places[0].index(one), places[1].index(other)) in stay else "moved"
            if is_out[0] != is_out[1]:
                change = "added" if is_out[0] else "dropped"
            elif not is_same:
                change = "reworded"
            self.rows.append((change, by, (one,), (other,)))
        lefts, rights = self.open()
        dropped = "dropped" if self.right.is_complete and self.speaks_alike else "not_recorded"
        added = "added" if self.left.is_complete and self.speaks_alike else "not_recorded"
        self.rows += [(dropped, None, (slug,), ()) for slug in lefts]
        self.rows += [(added, None, (), (slug,)) for slug in rights]

    @staticmethod
    def differ(former: Row, later: Row) -> bool:
        """Whether a number or a duration that both state differs; the bundled texts need no more."""
        numbers = [{(one.get("unit"), one.get("by")): one.get("value") for one in row.get("quantities") or ()}
                   for row in (former, later)]  # fmt: skip
        timings = [row.get("timing") or {} for row in (former, later)]
        return any(
            one[key] != other[key]
            for one, other in (numbers, timings)
            for key in one.keys() & other.keys() - {"trigger"}
            if one[key] is not None and other[key] is not None
        )


async def test_every_pair_of_bundled_texts_is_aligned_as_the_files_say(client: httpx.AsyncClient) -> None:
    compared, rows, by = 0, 0, Counter[str | None]()
    named = list(texts())
    for process in sorted({process for process, *_ in named}):
        of = {name: Text(account, part) for own, name, account, part in named if own == process}
        for left in of:
            # Each pair once: the other direction is tested below.
            names = list(of)[list(of).index(left) :]
            for start in range(0, len(names), 9):
                rights = names[start : start + 9]
                query = f"left={left}&right={rights[0]}" + (f"&others={','.join(rights[1:])}" if rights[1:] else "")
                found = (await report(client, f"/v1/reports/comparison?{query}"))["data"]
                for right in rights:
                    actual = [
                        (row["change"], row["by"], *(tuple(sorted(one["slug"] for one in row[side])) for side in ("left", "right")))
                        for row in found
                        if row["right_text"] == right
                    ]  # fmt: skip
                    expected = Second(of[left], of[right]).rows
                    assert sorted(actual, key=str) == sorted(expected, key=str), (left, right)
                    compared, rows = compared + 1, rows + len(actual)
                    by.update(row[1] for row in actual)
    assert compared >= 250 and rows >= 4_000, (compared, rows)
    assert {"record", "link", "words", None} <= by.keys()


# --- What a user asks


async def test_which_of_the_28_points_the_european_text_changed(client: httpx.AsyncClient) -> None:
    found = await report(client, f"/v1/reports/comparison?left={PLAN}&right={E3}&include=evidence")
    COMPARISON.answer.model_validate(found)
    changed = {
        row["left"][0]["number"]: (row["change"], [link["kind"] for link in row["links"]])
        for row in found["data"]
        if row["change"] != "not_recorded"
    }
    amended = ("reworded", ["amends"])
    assert changed == {
        "2": amended, "3": ("dropped", ["strikes_out"]), "6": amended, "7": amended, "8": ("reworded", ["narrows"]),
        "9": amended, "10": amended, "14": amended, "21": amended,
    }  # fmt: skip
    # 28 points, of which 9 are named; of the others it is not known whether the European text has them.
    assert found["pairs"][0]["counts"]["not_recorded"] == 19
    [ceiling] = [row for row in found["data"] if row["left"][:1] and row["left"][0]["number"] == "6"]
    [quantity] = ceiling["quantities"]
    assert (quantity["left_high"], quantity["right_high"], quantity["change"]) == (600_000, 800_000, "higher")
    assert [(part["change"], part["text"]) for part in ceiling["words"]] == [
        ("same", "Ukraine's forces"),
        ("removed", "limited to 600,000"),
        ("added", "capped at 800,000 in peacetime"),
    ]
    assert ceiling["citations"] and {one["record"] for one in ceiling["citations"]} <= {
        f"demands/{point['slug']}" for side in ("left", "right") for point in ceiling[side]
    }
    # Seen from the European text, the struck point is one that the 28 points have in addition.
    mirrored = await report(client, f"/v1/reports/comparison?left={E3}&right={PLAN}")
    assert mirrored["pairs"][0]["counts"] == {**found["pairs"][0]["counts"], "dropped": 0, "added": 1}


async def test_both_memoranda_side_by_side(client: httpx.AsyncClient) -> None:
    found = await report(client, f"/v1/reports/comparison?left={UKRAINE}&right={RUSSIA}")
    assert [(text["points"], text["languages"]) for text in found["texts"]] == [(17, ["uk", "en"]), (39, ["ru"])]
    [pair] = found["pairs"]
    assert (pair["has_compared_words"], pair["jaccard"], pair["reason"]) == (False, None, "languages_differ")
    opposed = [row for row in found["data"] if row["change"] == "contradicts"]
    assert ("III", "II.2.6") in [(row["left"][0]["number"], row["right"][0]["number"]) for row in opposed]
    # Neutrality: both texts have points on it, side by side whether or not a link connects them.
    neutrality = next(row for row in found["data"] if row["left"] and row["left"][0]["slug"].endswith("-5a"))
    assert neutrality["right"] or neutrality["same_issue"] == [f"{RUSSIA}-i-2a", f"{RUSSIA}-i-3"]


async def test_one_option_against_the_other(client: httpx.AsyncClient) -> None:
    found = await report(client, f"/v1/reports/comparison?left={RUSSIA}/option-1&right={RUSSIA}/option-2")
    # Ten points were reported of the package, and ten are recorded; of the first option, no number was reported.
    assert [(text["points"], text["points_reported"], text["is_complete"]) for text in found["texts"]] == [
        (1, None, None), (10, 10, True)
    ]  # fmt: skip
    assert Counter(row["change"] for row in found["data"]) == {"dropped": 1, "not_recorded": 10}
    assert [(one["words"], one["text"]) for one in found["pairs"][0]["passages"]] == [
        (6, "pull-back to an agreed distance from")
    ]


async def test_what_the_20_points_kept_of_the_28(client: httpx.AsyncClient) -> None:
    found = await report(client, f"/v1/reports/comparison?left={PLAN}&right={TWENTY}")
    aligned = {row["left"][0]["number"]: row for row in found["data"] if row["left"] and row["right"]}
    assert [aligned[number]["right"][0]["number"] for number in ("1", "5")] == ["1", "3"]
    assert all(row["is_likely"] == (row["by"] == "words") for row in aligned.values())
    # The 20 points count anew: their point 4 is about forces, that of the 28 about a dialogue.
    assert not found["pairs"][0]["has_shared_numbers"] and "4" not in aligned
    wrong = await report(client, f"/v1/reports/comparison?left={PLAN}&right={TWENTY}&numbers=shared")
    assert wrong["pairs"][0]["has_shared_numbers"]


async def test_a_text_with_itself_and_all_formats(client: httpx.AsyncClient) -> None:
    address = f"/v1/reports/comparison?left={RUSSIA}&right={RUSSIA}-text"
    found = await report(client, address)
    assert Counter((row["change"], row["by"]) for row in found["data"]) == {("same", "record"): 39}
    assert found["pairs"][0]["jaccard"] == 1.0
    table = await client.get(f"{address}&format=csv&bom=false")
    assert table.text.count("\nrussian-memorandum-2025-06-02-text,") == 39
    assert len((await client.get(f"{address}&format=ndjson")).text.splitlines()) == 39
    parquet = pq.read_table(io.BytesIO((await client.get(f"{address}&format=parquet")).content))
    assert parquet.num_rows == 39 and "left.number" in parquet.column_names
    got = await client.get(address)
    assert (await client.get(address, headers={"If-None-Match": got.headers["ETag"]})).status_code == 304


async def test_clocks_and_errors(client: httpx.AsyncClient) -> None:
    both = f"/v1/reports/comparison?left={PLAN}&right={E3}"
    for query, status, parameters in (
        (f"{both}&known_by=2025-11-23", 200, []),
        (f"{both}&known_by=2025-11-22", 404, ["right"]),
        (f"{both}&known_by=2025-11-20", 404, ["left", "right"]),
        (f"{both}&as_of=1", 404, ["left", "right"]),
        (f"/v1/reports/comparison?left={PLAN}-txt&right={E3}&known_by=2025-11-22", 422, ["left", "right"]),
        (f"/v1/reports/comparison?left={RUSSIA}/option-3&right={RUSSIA}-article/option-1&others=nobody", 422, ["others", "left"]),
        (f"/v1/reports/comparison?left={RUSSIA}", 422, ["right"]),
        (f"{both}&others=1,2,3,4,5,6,7,8,9", 422, ["others"]),
        (f"{both}&numbers=never", 422, ["numbers"]),
        ("/v1/reports/comparison?left=/&right=a//b", 422, ["left", "right"]),
    ):  # fmt: skip
        got = await client.get(query)
        assert got.status_code == status, (query, got.text)
        assert [error["parameter"] for error in got.json().get("errors", [])] == parameters, (query, got.text)
    wrong = (await client.get(f"/v1/reports/comparison?left={RUSSIA}/option-3&right={E3}x")).json()["errors"]
    assert [error["hint"] for error in wrong] == [
        f"Did you mean '{E3}'?",
        "Its parts: section-i, section-ii, option-1, option-2, section-iii.",
    ]
    # The Ukrainian memorandum was handed to Russia on 28 May and published on 1 June.
    early = f"/v1/reports/comparison?left={UKRAINE}&right={UKRAINE}-text&known_by=2025-05-30"
    assert [(await client.get(early + party)).status_code for party in ("", "&known_to=russia")] == [404, 200]


# --- A made-up pair of drafts


def draft(slug: str, day: str, languages: list[str], points: list[Row], **more: Any) -> Row:
    account = {
        "slug": f"{slug}-text",
        "kind": "text",
        "is_complete": True,
        "is_reference": True,
        "languages": languages,
    }
    demands = [{"slug": f"{slug}-{place}", "number": str(place), "account": f"{slug}-text", **point}
               for place, point in enumerate(points, 1)]  # fmt: skip
    return {
        "slug": slug, "process": "alba-boria", "title": slug, "kind": "draft", "authors": ["alba"], "addressees": ["boria"],
        "tabled_on": day, "accounts": [account], "demands": demands, **more,
    }  # fmt: skip


def link(kind: str, demand: str) -> list[Row]:
    return [{"kind": kind, "demand": demand}]


def days(number: int) -> Row:
    return {"relation": "within_after_trigger", "duration_max": f"P{number}D", "trigger": {"text": "the signature"}}


def judges(number: int) -> list[Row]:
    return [{"value": number, "unit": "person", "of": "judges"}]


FIRST = draft("first", "2020-05-01", ["en"], [
    {"text": "Both armies stop firing at noon"},
    {"text": "Boria leaves the northern valley", "timing": days(30)},
    {"text": "Alba frees forty prisoners and opens the bridge"},
    {"text": "The port is shared"},
    {"text": "The bridge is repaired"},
    {"text": "Schools teach both languages"},
    {"text": "Fishing rights are sold to Caria"},
    {"text": "Borders stay open at night"},
    {"text": "Each side names three judges for the court", "quantities": judges(3)},
    {"text": "ferries cross daily from May"},
])  # fmt: skip
SECOND = draft("second", "2020-06-01", ["en-GB"], [
    {"text": "Both armies stop firing at noon.", "links": link("repeats", "first-1")},
    {"text": "Schools teach both languages", "links": link("repeats", "first-6")},
    {"text": "Boria leaves the northern valley", "links": link("amends", "first-2"), "timing": days(60)},
    {"text": "Alba frees forty prisoners", "links": link("narrows", "first-3")},
    {"text": "Alba opens the bridge", "links": link("amends", "first-3")},
    {"text": "Port and bridge are shared", "links": [*link("amends", "first-4"), *link("amends", "first-5")]},
    {"text": "A museum is founded"},
    {"text": "Borders are closed at night", "links": link("contradicts", "first-8")},
    {"text": "Each side names five judges for the court", "quantities": judges(5)},
    # Three of five words in the same order: exactly the smallest similarity, 6/10.
    {"text": "from ferries cross May daily"},
])  # fmt: skip
FRENCH = draft("third", "2020-07-01", ["fr"], [
    {"text": "Les deux armées cessent le feu", "links": link("repeats", "first-1")},
    {"text": "Boria quitte la vallée", "links": link("amends", "first-2")},
])  # fmt: skip


async def test_each_kind_of_change_in_a_made_up_pair(
    world_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = {**draft("empty", "2020-08-01", [], []), "accounts": [], "demands": []}
    for body in (FIRST, {**SECOND, "relations": [{"kind": "supersedes", "proposal": "first"}]}, FRENCH, empty):
        posted = await world_client.post("/v1/proposals", json=body)
        assert posted.status_code == 201, posted.text
    revision = posted.headers["Parley-Revision"]
    address = "/v1/reports/comparison?left=first&right=second"
    found = await report(world_client, f"{address}&others=third,empty,plan")
    rows = [
        (row["change"], row["by"], *("".join(one["number"] for one in row[side]) for side in ("left", "right")))
        for row in found["data"]
        if row["right_text"] == "second-text"
    ]
    assert rows == [
        ("same", "link", "1", "1"), ("reworded", "link", "2", "3"), ("split", "link", "3", "45"),
        ("merged", "link", "45", "6"), ("moved", "link", "6", "2"), ("dropped", None, "7", ""),
        ("contradicts", "link", "8", "8"), ("reworded", "words", "9", "9"), ("reworded", "words", "10", "10"),
        ("added", None, "", "7"),
    ]  # fmt: skip
    withdrawal, court = found["data"][1], found["data"][7]
    assert [one for one in withdrawal["timing"] if one["change"] != "same"] == [
        {"field": "duration_max", "left": "P30D", "right": "P60D", "change": "higher"}
    ]
    assert withdrawal["similarity"] == 1 and withdrawal["words"] == [
        {"change": "same", "text": "Boria leaves the northern valley"}
    ]
    # Seven of eight words: 2 · 7 / 16.
    assert (court["similarity"], court["is_likely"], court["quantities"][0]["change"]) == (0.875, True, "higher")
    # Sequences of five words: 2 + 1 + 4 + 2 + 1 + 4 + 1 in the first draft, 2 + 1 + 1 + 1 + 4 + 1 in the second one. Both have two about the
    # armies and one about the valley; each about the court contains the number of judges.
    whole = found["pairs"][0]
    assert (whole["shingles"], whole["shared_shingles"], whole["jaccard"]) == (15 + 10 - 3, 3, 0.136364)
    assert (whole["has_shared_numbers"], whole["likely"]) == (False, 2)
    assert [one["text"] for one in whole["passages"]] == [
        "Both armies stop firing at noon.",
        "Boria leaves the northern valley",
    ]
    french, nothing, plan = found["pairs"][1:]
    assert {key: french["counts"][key] for key in ("same", "reworded", "not_recorded")} == {
        "same": 1,
        "reworded": 1,
        "not_recorded": 8,
    }
    assert (nothing["counts"]["not_recorded"], found["texts"][3]["text"], found["texts"][3]["points"]) == (
        10,
        "empty-text",
        0,
    )
    # The first draft is complete, so the seven points of the plan are added; the plan may have more than is recorded.
    assert (plan["counts"]["added"], plan["counts"]["not_recorded"]) == (7, 10)
    alone = await report(world_client, "/v1/reports/comparison?left=empty&right=empty")
    assert (alone["data"], alone["pairs"][0]["reason"], alone["pairs"][0]["jaccard"]) == ([], "no_points", None)
    numbered = await report(world_client, f"{address}&numbers=shared")
    assert [row["by"] for row in numbered["data"]].count("number") == 3
    monkeypatch.setattr(comparison_texts, "MAX_POINTS", 8)
    long = await world_client.get(address)
    assert long.status_code == 422 and "more than 8 points" in long.text
    monkeypatch.undo()
    assert (await world_client.delete("/v1/proposals/first?reason=twice")).is_success
    assert (await world_client.get(address)).status_code == 410
    assert (await world_client.get(f"{address}&as_of={revision}")).status_code == 200


def test_values_words_and_passages() -> None:
    def change(left: Row | None, right: Row | None) -> list[str]:
        return [row["change"] for row in compare_quantities(*([one] if one else [] for one in (left, right)))]

    person: Row = {"unit": "person", "of": "soldiers"}
    assert change({**person, "value": 600, "bound": "at_most"}, {**person, "value": 800}) == ["higher"]
    assert change({**person, "value": 800, "bound": "at_most"}, {**person, "value": 800}) == ["narrower"]
    assert change({**person, "value": 800}, {**person, "value": 800, "bound": "about"}) == ["wider"]
    assert change({**person, "min": 1, "max": 9}, {**person, "min": 2, "max": 8}) == ["narrower"]
    assert change({**person, "value": 5, "bound": "at_least"}, {**person, "value": 9, "bound": "at_most"}) == [
        "different"
    ]
    assert change({**person, "min": 1, "max": 2, "text": "1 or 2"}, {**person, "value": 2}) == ["incomparable"]
    assert change({**person, "value": 1}, {"unit": "km", "value": 1}) == ["removed", "added"]
    week, month = (
        {"relation": "by_date", "duration_max": text, "at": at}
        for text, at in (("P7D", "2025-01"), ("P1W", "2025-02-03"))
    )
    assert [row["change"] for row in compare_timings(week, month)] == ["same", "higher", "same"]
    assert [row["change"] for row in compare_timings(None, month)] == ["added"] * 3
    assert split_words("停火 30 天 – “Minsk” accords,").forms == ("停", "火", "30", "天", "minsk", "accords")
    first, second = split_words("No NATO troops, in Ukraine"), split_words("no troops in Ukraine now")
    assert [(one["change"], one["text"]) for one in word_difference(first, second)] == [
        ("same", "no"), ("removed", "NATO"), ("same", "troops in Ukraine"), ("added", "now")
    ]  # fmt: skip
    left = [split_words("a b c d e f"), split_words("b c d e f g x x x x x x")]
    right = [split_words("x x x x x x x a b c d e f g")]
    assert [(one["text"], one["left"]) for one in shared_passages(left, right)] == [
        ("x x x x x x", 1),
        ("a b c d e f", 0),
    ]
