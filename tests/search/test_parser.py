"""What is typed into `q=`, as it is understood."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reading.search import MAX_WORDS, Phrase, Unsearchable, parse_search


def one(*words: str, prefix: bool = False) -> tuple[Phrase, ...]:
    return (Phrase(words, prefix),)


@pytest.mark.parametrize(
    ("text", "clauses", "excluded"),
    [
        ("martial law", (one("martial"), one("law")), ()),
        ('"martial law" lifted', (one("martial", "law"), one("lifted")), ()),
        ("“martial law”", (one("martial", "law"),), ()),
        ('lift "martial law', (one("lift"), one("martial", "law")), ()),
        ("cease-fire", (one("cease", "fire"),), ()),
        ("ceasefire -prisoners", (one("ceasefire"),), one("prisoners")),
        ('ceasefire -"all for all"', (one("ceasefire"),), one("all", "for", "all")),
        ("ceasefire OR truce now", ((Phrase(("ceasefire",)), Phrase(("truce",))), one("now")), ()),
        ("OR OR", (), None),
        ("OR truce OR", (one("truce"),), ()),
        ("-a OR b", (one("b"),), one("a")),
        ("memorand*", (one("memorand", prefix=True),), ()),
        ('"the memorand"*', (one("the", "memorand", prefix=True),), ()),
        ("Ukraine's plan", (one("Ukraine"), one("plan")), ()),
        ("U%_\\rov", (one("U", "rov"),), ()),
        ("a AND b", (one("a"), one("b")), ()),
        ("\u200fУмє\u200dров\u0000", (one("Умєров"),), ()),
    ],
)
def test_a_query_is_understood(
    text: str, clauses: tuple[tuple[Phrase, ...], ...], excluded: tuple[Phrase, ...] | None
) -> None:
    if excluded is None:
        with pytest.raises(Unsearchable):
            parse_search(text)
        return
    found = parse_search(text)
    assert (found.clauses, found.excluded) == (clauses, excluded)


@pytest.mark.parametrize("text", ["-", "***", '"', '""', "%", "_", "\\", "\u200f", "( )", "a*", "w " * (MAX_WORDS + 1)])
def test_what_cannot_be_searched_for_is_refused_with_a_hint(text: str) -> None:
    if text.startswith("w "):
        text = " ".join(f"w{n}" for n in range(MAX_WORDS + 1))
    with pytest.raises(Unsearchable) as refused:
        parse_search(text)
    assert refused.value.hint


@given(st.text(max_size=200) | st.text(alphabet="\"-*|'ORab %_\\()<>:&!\u200f«»", max_size=200))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        found = parse_search(text)
    except Unsearchable:
        return
    words = [word for clause in (*found.clauses, found.excluded) for phrase in clause for word in phrase.words]
    assert 0 < len(words) <= MAX_WORDS
    assert not any(set(word) & set(" '\"\\&|!():*<>") for word in words)
    assert isinstance(json.loads(found.bound()["q"]), list)
