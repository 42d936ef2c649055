"""Bodies in YAML: read as strictly as JSON, written so that every reader agrees."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import ApiError
from app.ingest.dossiers import FOLDER
from app.web.yaml_text import as_yaml, parse_yaml


def test_words_are_what_json_would_read_and_text_otherwise() -> None:
    text = """
        day: 2025-06-02
        time: 12:30
        country: NO
        noughts: 007
        hex: 0x1F
        plus: +5
        quoted: 'true'
        tagged: !!str 5
        whole: -5
        fraction: 1.50
        power: 1e3
        yes: true
        nothing:
        none: ~
        "null": null
    """
    assert parse_yaml(text.encode()) == {
        "day": "2025-06-02", "time": "12:30", "country": "NO", "noughts": "007", "hex": "0x1F", "plus": "+5",
        "quoted": "true", "tagged": "5", "whole": -5, "fraction": 1.5, "power": 1000.0, "yes": True, "nothing": None,
        "none": None, "null": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "pointer", "words"),
    [
        ("", "", "body is empty"),
        ("# a comment only", "", "no document"),
        ("a:\n\t- 1", "", "Line 2, column 1"),
        ("a: 'x", "", "Line 1, column 6"),
        ("a: [1, 2", "", "expected ',' or ']'"),
        ("a: b: c", "", "Line 1, column 5"),
        ("a: {b: 1, b: 2}", "/a/b", "Duplicate"),
        ("a: &x [1]", "/a", "anchor &x"),
        ("a: [*x]", "/a/0", "alias *x"),
        ("a: !!python/object/apply:os.system ['true']", "/a", "tag tag:yaml.org,2002:python"),
        ("a: !own {b: 1}", "/a", "tag !own"),
        ("a: !!int '5'", "/a", "tag"),
        ("a: 1\n---\nb: 2", "", "second document"),
        ("? [a, b]\n: 1", "", "plain text"),
        ("a: \x01", "", "control characters"),
        ("a: " + "[" * 100 + "]" * 100, "/a" + "/0" * 63, "64 levels"),
        ("- " * 3_000 + "x", "/0" * 64, "64 levels"),
        ("{" * 100_000, "", "64 levels"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_place(text: str, pointer: str, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_yaml(text.encode())
    assert refused.value.kind.status == 400
    violation = refused.value.violations[0]
    assert words in violation.message
    assert violation.pointer is not None
    assert violation.pointer == pointer or (words == "64 levels" and violation.pointer.startswith(pointer))


def test_a_billion_laughs_are_refused_one_by_one() -> None:
    lines = ["l0: &l0 lol"] + [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(ApiError) as refused:
        parse_yaml("\n".join(lines).encode())
    assert {violation.message.split(":")[1].split()[0] for violation in refused.value.violations} == {"anchor", "alias"}
    assert len(refused.value.violations) == 91


@pytest.mark.parametrize(
    ("text", "status"), [("- a", 422), ("just text", 422), ("a: 1e999", 422), ("a: " + "9" * 30, 422)]
)
def test_what_can_be_read_but_not_stored_is_invalid(text: str, status: int) -> None:
    with pytest.raises(ApiError) as refused:
        parse_yaml(text.encode())
    assert refused.value.kind.status == status


def test_a_list_is_no_body() -> None:
    with pytest.raises(ApiError, match="mapping"):
        parse_yaml(b"- a")


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    for content in (b"a: \xff", b"\xef\xbb\xbfa: 1", "a: 1".encode("utf-16")):
        with pytest.raises(ApiError) as refused:
            parse_yaml(content)
        assert refused.value.kind.status == 400


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_bundled_dossier_is_the_same_in_yaml(path: Any) -> None:
    document = json.loads(path.read_text())
    assert parse_yaml(as_yaml(document)) == document
    assert yaml.safe_load(as_yaml(document)) == document, "another reader, of YAML 1.1"


# What may stand in a stored text: no NUL, no surrogates; YAML has no sign for some others, and they are escaped.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ODD = st.sampled_from(
    ["1e3", "-.5", ".5", "1.", "0o14", "0x1F", "NO", "y", "~", "", "null", "2025-06-02", "12:30", "<<", "=", "a: b", "- x",
     "# c", "'", "*a", "&b", "!c", "%d", "@e", "`f", " lead", "trail ", "two\nlines\n", "\x85", "\u2028", "\ufeff", "\x7f"]
)  # fmt: skip
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT | ODD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | ODD, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT | ODD, VALUES, max_size=5))
@example({"a": [1e16, 1e-7, -0.0, 5e-324]})
def test_whatever_json_holds_is_the_same_in_yaml(value: dict[str, Any]) -> None:
    assert parse_yaml(as_yaml(value)) == value
