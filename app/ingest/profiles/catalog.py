"""Loads and validates profiles: the ones bundled with Parley, and those in a YAML file."""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from app.errors import ApiError, ProblemType, Violation, nearest, quoted
from app.ingest.profiles.bodies import violations_of_bodies
from app.ingest.profiles.checks import violations_of_profile
from app.ingest.profiles.partial_profile import valid_parts
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import FORMS
from app.reading.selection import model_in
from app.web.validation import escape_pointer, field_names
from app.web.validation_messages import allowed_values, describe_error
from app.web.yaml_text import parse_yaml
from app.writing.write_spec import WriteSpec


def parse_profile(content: bytes) -> Profile:
    """Parse a profile from YAML. Raises `ApiError` with all violations, except those that can be found only with the
    write specs."""
    return _validated(*_check(content, None))


def _validated(profile: Profile, violations: list[Violation]) -> Profile:
    if violations:
        raise ApiError(ProblemType.INVALID, "The profile is invalid.", violations)
    return profile


def _check(content: bytes, kinds: Mapping[str, WriteSpec] | None) -> tuple[Profile, list[Violation]]:
    """Return the valid parts of a profile and all its violations; record bodies are only checked if `kinds` is given."""
    given: dict[str, Any] = parse_yaml(content, "profile")
    try:
        profile, violations, lost = Profile.model_validate(given), list[Violation](), set[str]()
    except ValidationError as error:
        violations = [_violation(given, one) for one in error.errors(include_url=False)]
        lost = {str(violation.pointer).removeprefix("/") for violation in violations}
        profile = valid_parts(given)
    places = [violation.pointer for violation in violations]
    later = [
        *violations_of_profile(profile, lost),
        *(violations_of_bodies(profile, kinds) if kinds is not None else ()),
    ]
    # A value that already has a type error gets no further errors, because they may only be consequences of the first.
    violations += [
        one for one in later if not any(_is_within(one.pointer, at) or _is_within(at, one.pointer) for at in places)
    ]
    return profile, violations


def _is_within(inner: str | None, outer: str | None) -> bool:
    return f"{inner}/".startswith(f"{outer}/")


def _violation(given: Any, error: Mapping[str, Any]) -> Violation:
    """Convert a Pydantic error to a violation, with the names that are allowed at that place."""
    owner: type[BaseModel] | None = Profile
    allowed: list[str] = []
    for place in error["loc"]:
        if isinstance(place, str) and place.startswith("$"):
            owner = FORMS.get(place[1:])
        elif owner is not None and isinstance(place, str) and place in (fields := field_names(owner)):
            declared = fields[place].annotation
            allowed, owner = allowed_values([declared]), model_in(declared)
    names = list(field_names(owner)) if owner is not None else []
    message, hint = describe_error(error, allowed, names, None, None)
    return Violation(message, pointer=_pointer(given, error["loc"]), hint=hint)


def _pointer(given: Any, places: tuple[int | str, ...]) -> str:
    """Return the JSON Pointer into the YAML for a Pydantic location, which also contains the tags of value forms."""
    steps: list[str] = []
    for place in places:
        has_it = (isinstance(given, dict) and place in given) or (isinstance(given, list) and isinstance(place, int))
        if has_it:
            given = given[place]
            steps.append(escape_pointer(str(place)))
    last = str(places[-1]) if places else "$"
    if isinstance(given, dict) and not last.startswith("$") and steps[-1:] != [escape_pointer(last)]:
        # The pointer of a missing key includes that key.
        steps.append(escape_pointer(last))
    return "".join(f"/{step}" for step in steps)


@lru_cache(maxsize=1)
def yaml_texts() -> dict[str, bytes]:
    """Return the YAML of all bundled profiles by name, sorted. The name of a profile is the name of its file."""
    folder = resources.files(__package__)
    found = {one.name.removesuffix(".yaml"): one for one in folder.iterdir() if one.name.endswith(".yaml")}
    return {name: found[name].read_bytes() for name in sorted(found)}


@lru_cache(maxsize=1)
def profiles() -> dict[str, Profile]:
    """Return all bundled profiles by name, sorted."""
    return {name: parse_profile(text) for name, text in yaml_texts().items()}


def schemes_of_profiles() -> frozenset[str]:
    """Return the identifier schemes of all bundled profiles."""
    return frozenset(scheme for profile in profiles().values() for scheme in profile.schemes)


def profile_at(name: str, kinds: Mapping[str, WriteSpec]) -> Profile:
    """Return the bundled profile of this name, or the profile in this YAML file, checked against the write specs.

    Raises `ApiError` if there is no such profile, or it is invalid."""
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml"):
        return profile_called(name)
    try:
        profile, violations = _check(path.read_bytes(), kinds)
    except OSError as error:
        message = f"The profile {name} cannot be read: {(error.strerror or str(error)).lower()}"
        hint = f"Give the path of a YAML file, or one of {', '.join(profiles())}."
        raise ApiError(
            ProblemType.INVALID, f"{message}.", [Violation(message, parameter="profile", hint=hint)]
        ) from None
    if profile.name in profiles() and profile != profiles()[profile.name]:
        hint = f"Choose another name; with `prefix: {profile.own_prefix}` the profile still writes the same records."
        violations.append(
            Violation(f"{quoted(profile.name)} is the name of a bundled profile", pointer="/name", hint=hint)
        )
    return _validated(profile, violations)


def profile_called(name: str) -> Profile:
    """Return the bundled profile of this name. Raises `ApiError` if there is no such profile."""
    if (found := profiles().get(name)) is not None:
        return found
    near = nearest(name, profiles())
    hint = f"Did you mean {quoted(near)}?" if near else f"The bundled profiles are {', '.join(profiles())}."
    violation = Violation(f"There is no profile {quoted(name, 100)}", parameter="profile", hint=hint)
    raise ApiError(ProblemType.INVALID, "Unknown profile.", [violation])
