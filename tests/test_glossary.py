"""Retired words stay out of the project: app/GLOSSARY.md says which, and what to write instead."""

import io
import re
import tokenize
from pathlib import Path

from tests.document import openapi_document

ROOT = Path(__file__).parent.parent
#: Names in JSON that stay as they were: the summary of an import.
PUBLIC = {"faults", "fault_counts", "faults_not_listed"}
#: Words of the domain that look like retired ones: talks take place in rooms.
DOMAIN = {"app/db/vocabulary.py": {"room", "rooms"}}
TEXTS = [ROOT / "README.md", *sorted((ROOT / "app").rglob("*.md"))]
MODULES = sorted((ROOT / "app").rglob("*.py"))


def retired_words() -> list[str]:
    rows = [line.strip("|").split("|") for line in (ROOT / "app/GLOSSARY.md").read_text().splitlines() if "|" in line]
    return [word.strip() for row in rows[2:] for word in row[3].split(",") if word.strip()]


RETIRED = re.compile(rf"(?<![\w`])({'|'.join(map(re.escape, retired_words()))})(?![\w`])")


def parts_of(identifier: str) -> set[str]:
    """The words of an identifier, and itself."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower().split("_")
    return {identifier, *words}


def test_the_glossary_names_words_to_keep_out() -> None:
    assert {"fault", "room", "door", "knob", "Refused", "Asked", "Bringing", "in_few_words"} <= set(retired_words())


def test_no_module_uses_a_retired_word() -> None:
    retired = set(retired_words())
    found = []
    for path in MODULES:
        name = str(path.relative_to(ROOT))
        own = DOMAIN.get(name, set())
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            words: set[str] = set()
            if token.type == tokenize.NAME and token.string not in PUBLIC:
                words = parts_of(token.string) & retired
            elif token.type in (tokenize.STRING, tokenize.COMMENT) and token.string.strip("\"'") not in PUBLIC:
                words = set(RETIRED.findall(token.string)) - own
            found += [f"{name}:{token.start[0]}: {word}" for word in sorted(words)]
    assert found == []


def test_no_text_uses_a_retired_word() -> None:
    texts = {path: path.read_text() for path in TEXTS if path.name != "GLOSSARY.md"}
    assert [
        (path.name, word) for path, text in texts.items() for word in RETIRED.findall(text) if word not in PUBLIC
    ] == []


def test_the_document_uses_no_retired_word() -> None:
    found: list[tuple[str, str]] = []

    def walk(node: object, where: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("description", "summary", "title") and isinstance(value, str):
                    found.extend((where, word) for word in RETIRED.findall(value))
                walk(value, f"{where}/{key}")
        elif isinstance(node, list):
            for number, value in enumerate(node):
                walk(value, f"{where}/{number}")

    walk(openapi_document(), "")
    assert found == []
