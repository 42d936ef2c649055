"""YAML for people who write by hand: read as strictly as JSON, and written so that any reader of YAML agrees.

It is read as data only. Tags, anchors, aliases and several documents are refused: they make a small text mean something
large or something else. A plain word is a number, `true`, `false` or `null` where JSON would read it so, and text
everywhere else: `2025-06-02` stays a date as it was written, `NO` stays Norway, and `007` keeps its noughts.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from app.errors import ApiError, ProblemType, Violation
from app.web.json_body import MAX_DEPTH, MAX_VIOLATIONS, Pairs, decoded, fraction, plain_object, whole
from app.web.validation import escape_pointer

YAML = "application/yaml"
#: RFC 9512, and the names that were in use before it.
MEDIA_TYPES = (YAML, "text/yaml", "application/x-yaml", "text/x-yaml")

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TEXT = "tag:yaml.org,2002:str"
#: The parser in C where PyYAML has it, as its wheels do: some twenty times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def parse_yaml(raw: bytes, called: str = "body") -> dict[str, Any]:
    """Strictly parse the bytes of one YAML mapping; raises `ApiError` with all faults, 400 or 422 as for JSON, which
    call it as it is called where it comes from."""
    text = decoded(raw, called)
    if "\0" in text:
        raise _malformed([Violation("The text holds a NUL character", pointer="", hint="Leave it out.")], called)
    loader = _Loader(text)
    try:
        tree, violations = _Tree(loader, called).read()
    except yaml.YAMLError as error:
        raise _malformed([Violation(_what(error), pointer="")], called) from None
    finally:
        loader.dispose()
    if violations:
        raise _malformed(violations, called)
    if not isinstance(tree, Pairs):
        violation = Violation(f"The {called} is not a mapping", pointer="", hint="Send one mapping, as in `slug: …`.")
        raise ApiError(ProblemType.INVALID, f"The {called} must be a mapping.", [violation])
    return plain_object(tree)


def _what(error: yaml.YAMLError) -> str:
    """The error in one line, with its place."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        where = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        said = " ".join(part for part in (error.context, error.problem) if part)
        return f"{where}{said}"
    # A sign that YAML does not allow: the reader knows its position, but no line.
    return f"The text cannot be read: {getattr(error, 'reason', None) or 'it holds what YAML does not allow'}"


def _malformed(violations: list[Violation], called: str) -> ApiError:
    number = len(violations)
    detail = (
        f"The {called} is not YAML that can be taken." if number < 2 else f"{number} faults were found in the YAML."
    )
    return ApiError(ProblemType.MALFORMED, detail, violations[:MAX_VIOLATIONS])


class _Tree:
    """Turns the parser's events into the tree that JSON becomes, and notes what is not read, with its place."""

    def __init__(self, loader: Any, called: str) -> None:
        self.called = called
        self.events: Iterator[Any] = iter(loader.get_event, None)
        self.violations: list[Violation] = []

    def read(self) -> tuple[Any, list[Violation]]:
        """The one document of the stream; raises `ApiError` where there is none, or it is nested too deeply."""
        tree: Any = None
        number = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                number += 1
                if number > 1:
                    self._note(event, "", "A second document begins", "Send one document.")
                    break
                tree = self._value(next(self.events), "", 1)
        if number == 0:
            raise _malformed(
                [Violation("There is no document", pointer="", hint="Send one mapping, as in `slug: …`.")], self.called
            )
        return tree, self.violations

    def _note(self, event: Any, pointer: str, message: str, hint: str) -> None:
        self.violations.append(Violation(f"Line {event.start_mark.line + 1}: {message}", pointer=pointer, hint=hint))

    def _value(self, event: Any, pointer: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            where = f"Line {event.start_mark.line + 1}"
            raise _malformed([Violation(f"{where}: more than {MAX_DEPTH} levels", pointer=pointer)], self.called)
        if isinstance(event, yaml.AliasEvent):
            self._note(event, pointer, f"The alias *{event.anchor} is not followed", "Write the value out.")
            return None
        if event.anchor is not None:
            self._note(event, pointer, f"The anchor &{event.anchor} is not read", "Leave it out; write values out.")
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == _TEXT):
            self._note(event, pointer, f"The tag {event.tag[:60]} is not read", "Leave it out: values are plain data.")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(pointer, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(pointer, depth)
        return _scalar(event)

    def _sequence(self, pointer: str, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value(event, f"{pointer}/{len(items)}", depth + 1))
        return items

    def _mapping(self, pointer: str, depth: int) -> Pairs:
        pairs = Pairs()
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if isinstance(event, yaml.ScalarEvent):
                key = event.value
            else:
                key = ""
                self._note(event, pointer, "A name is no plain text", "Names of fields are texts.")
                self._value(event, pointer, depth + 1)
            pairs.append((key, self._value(next(self.events), f"{pointer}/{escape_pointer(key)}", depth + 1)))
        return pairs


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style or event.tag == _TEXT:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if (number := _NUMBER.fullmatch(text)) is None:
        return text
    return fraction(text) if number["fraction"] else whole(text)


# --- Writing


class _Dumper(_BaseDumper):  # type: ignore[misc]
    """Quotes every text that some reader, of YAML 1.1 or 1.2, would take for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


#: Numbers of YAML 1.2 that YAML 1.1, in which PyYAML writes, takes for text.
_CORE_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _CORE_FLOAT, list("-+.0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^0o[0-7]+$"), ["0"])


def as_yaml(document: Any) -> bytes:
    """The document in YAML: fields in their order, texts as they are, no anchors."""
    text: str = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    return text.encode()
