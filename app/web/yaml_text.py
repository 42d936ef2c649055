"""YAML for documents written by hand: parsed as strictly as JSON, and written so that all YAML parsers read the same
values.

Only plain data is accepted. Tags, anchors, aliases and multiple documents are rejected, because they can make a small text
expand to a large one or change the meaning of values. An unquoted value is a number, `true`, `false` or `null` only if it
is one in JSON, and text otherwise: `2025-06-02` stays as written, `NO` stays Norway, and `007` keeps its zeros.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from app.errors import ApiError, ProblemType, Violation, count_errors
from app.web.json_body import MAX_DEPTH, MAX_VIOLATIONS, Pairs, decode_utf8, parse_float, parse_int, plain_object
from app.web.validation import escape_pointer

YAML = "application/yaml"
#: The media type of RFC 9512, and the names used before it.
MEDIA_TYPES = (YAML, "text/yaml", "application/x-yaml", "text/x-yaml")

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_WORDS: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TEXT = "tag:yaml.org,2002:str"
#: The C parser, if PyYAML includes it (its wheels do). It is about twenty times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def parse_yaml(raw: bytes, noun: str = "body") -> dict[str, object]:
    """Parse the bytes of one YAML mapping strictly. Raises `ApiError` (400 or 422, as for JSON) with all errors. `noun`: what
    the messages call the text."""
    text = decode_utf8(raw, noun)
    if "\0" in text:
        raise _malformed([Violation("The text contains a NUL character", pointer="", hint="Remove it.")], noun)
    loader = _Loader(text)
    try:
        tree, violations = _Tree(loader, noun).read()
    except yaml.YAMLError as error:
        raise _malformed([Violation(_describe(error), pointer="")], noun) from None
    finally:
        loader.dispose()
    if violations:
        raise _malformed(violations, noun)
    if not isinstance(tree, Pairs):
        violation = Violation(f"The {noun} is not a mapping", pointer="", hint="Send one mapping, such as `slug: …`.")
        raise ApiError(ProblemType.INVALID, f"The {noun} must be a mapping.", [violation])
    return plain_object(tree)


def _describe(error: yaml.YAMLError) -> str:
    """The parser's error in one line, with its place."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        where = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        message = " ".join(part for part in (error.context, error.problem) if part)
        return f"{where}{message}"
    # A character that YAML does not allow: the parser reports its position, but not its line.
    return (
        f"The text is not valid YAML: {getattr(error, 'reason', None) or 'it contains a character that is not allowed'}"
    )


def _malformed(violations: list[Violation], noun: str) -> ApiError:
    detail = f"The {noun} is not valid YAML, or uses features that are not allowed here."
    if len(violations) > 1:
        detail = count_errors(violations)
    return ApiError(ProblemType.MALFORMED, detail, violations[:MAX_VIOLATIONS])


class _Tree:
    """Builds the tree that the JSON parser would build, from the events of the YAML parser, and collects errors with
    their places."""

    def __init__(self, loader: Any, noun: str) -> None:
        self.noun = noun
        self.events: Iterator[object] = iter(loader.get_event, None)
        self.violations: list[Violation] = []

    def read(self) -> tuple[Any, list[Violation]]:
        """The single document of the stream. Raises `ApiError` if there is none or it is nested too deeply."""
        tree: object = None
        number = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                number += 1
                if number > 1:
                    self._add(event, "", "a second document begins here", "Send only one document.")
                    break
                tree = self._value(next(self.events), "", 1)
        if number == 0:
            raise _malformed(
                [Violation("The text contains no document", pointer="", hint="Send one mapping, such as `slug: …`.")],
                self.noun,
            )
        return tree, self.violations

    def _add(self, event: Any, pointer: str, message: str, hint: str) -> None:
        self.violations.append(Violation(f"Line {event.start_mark.line + 1}: {message}", pointer=pointer, hint=hint))

    def _value(self, event: Any, pointer: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            where = f"Line {event.start_mark.line + 1}"
            raise _malformed([Violation(f"{where}: more than {MAX_DEPTH} levels", pointer=pointer)], self.noun)
        if isinstance(event, yaml.AliasEvent):
            self._add(event, pointer, f"alias *{event.anchor} is not allowed", "Write out the value.")
            return None
        if event.anchor is not None:
            self._add(
                event,
                pointer,
                f"anchor &{event.anchor} is not allowed",
                "Remove it, and write out the values.",
            )
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == _TEXT):
            self._add(event, pointer, f"tag {event.tag[:60]} is not allowed", "Remove it.")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(pointer, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(pointer, depth)
        return _scalar(event)

    def _sequence(self, pointer: str, depth: int) -> list[object]:
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
                self._add(event, pointer, "a field name must be plain text", "Use a string as the name.")
                self._value(event, pointer, depth + 1)
            pairs.append((key, self._value(next(self.events), f"{pointer}/{escape_pointer(key)}", depth + 1)))
        return pairs


def _scalar(event: Any) -> object:
    text: str = event.value
    if event.style or event.tag == _TEXT:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if (number := _NUMBER.fullmatch(text)) is None:
        return text
    return parse_float(text) if number["fraction"] else parse_int(text)


# --- Writing


class _Dumper(_BaseDumper):  # type: ignore[misc]
    """Quotes every string that a parser of YAML 1.1 or 1.2 would interpret as something else."""

    def ignore_aliases(self, data: object) -> bool:
        return True


#: Strings that are numbers in YAML 1.2 but not in YAML 1.1. PyYAML writes YAML 1.1.
_CORE_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _CORE_FLOAT, list("-+.0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^0o[0-7]+$"), ["0"])


def as_yaml(document: object) -> bytes:
    """The document as YAML: fields in their order, Unicode unescaped, no anchors."""
    text: str = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    return text.encode()
