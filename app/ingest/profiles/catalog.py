"""The profiles that come with Parley, and those of a file."""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from app.errors import ApiError, ProblemType, Violation, nearest
from app.ingest.profiles.bodies import violations_of_bodies
from app.ingest.profiles.checks import violations_of_profile
from app.ingest.profiles.partial_profile import partly
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import FORMS
from app.reading.selection import model_in
from app.web.validation import escape_pointer, field_names
from app.web.validation_messages import allowed_values, word
from app.web.yaml_text import parse_yaml
from app.writing.write_spec import WriteSpec


def profile_of(content: bytes) -> Profile:
    """The profile that a YAML text is. Raises `ApiError` with all faults that it has by itself."""
    return _right(*_looked_at(content, None))


def _right(profile: Profile, violations: list[Violation]) -> Profile:
    if violations:
        raise ApiError(ProblemType.INVALID, "The profile is not right.", violations)
    return profile


def _looked_at(content: bytes, kinds: Mapping[str, WriteSpec] | None) -> tuple[Profile, list[Violation]]:
    """A profile, as far as it is right, and all its faults; those of the records' fields where their `kinds` are given."""
    given: dict[str, Any] = parse_yaml(content, "profile")
    try:
        profile, violations, lost = Profile.model_validate(given), list[Violation](), set[str]()
    except ValidationError as error:
        violations = [_worded(given, one) for one in error.errors(include_url=False)]
        lost = {str(violation.pointer).removeprefix("/") for violation in violations}
        profile = partly(given)
    places = [violation.pointer for violation in violations]
    later = [
        *violations_of_profile(profile, lost),
        *(violations_of_bodies(profile, kinds) if kinds is not None else ()),
    ]
    # Where something has the wrong shape already, more is said of it when it has the right one.
    violations += [
        one for one in later if not any(_lies_in(one.pointer, at) or _lies_in(at, one.pointer) for at in places)
    ]
    return profile, violations


def _lies_in(inner: str | None, outer: str | None) -> bool:
    return f"{inner}/".startswith(f"{outer}/")


def _worded(given: Any, error: Mapping[str, Any]) -> Violation:
    """A fault that Pydantic found, in our words, with the names that it knows at that place."""
    owner: type[BaseModel] | None = Profile
    allowed: list[str] = []
    for place in error["loc"]:
        if isinstance(place, str) and place.startswith("$"):
            owner = FORMS.get(place[1:])
        elif owner is not None and isinstance(place, str) and place in (fields := field_names(owner)):
            declared = fields[place].annotation
            allowed, owner = allowed_values([declared]), model_in(declared)
    names = list(field_names(owner)) if owner is not None else []
    message, hint = word(error, allowed, names, None, None)
    return Violation(message, pointer=_pointer(given, error["loc"]), hint=hint)


def _pointer(given: Any, places: tuple[int | str, ...]) -> str:
    """Where it stands in the YAML: Pydantic's place also names the form of a value, which the text does not."""
    steps: list[str] = []
    for place in places:
        has_it = (isinstance(given, dict) and place in given) or (isinstance(given, list) and isinstance(place, int))
        if has_it:
            given = given[place]
            steps.append(escape_pointer(str(place)))
    last = str(places[-1]) if places else "$"
    if isinstance(given, dict) and not last.startswith("$") and steps[-1:] != [escape_pointer(last)]:
        # What is missing has a place, too.
        steps.append(escape_pointer(last))
    return "".join(f"/{step}" for step in steps)


@lru_cache(maxsize=1)
def texts() -> dict[str, bytes]:
    """The texts of all profiles by name, in the alphabet's order; a profile has the name of its file."""
    folder = resources.files(__package__)
    found = {one.name.removesuffix(".yaml"): one for one in folder.iterdir() if one.name.endswith(".yaml")}
    return {name: found[name].read_bytes() for name in sorted(found)}


@lru_cache(maxsize=1)
def profiles() -> dict[str, Profile]:
    """All profiles by name, in the alphabet's order."""
    return {name: profile_of(text) for name, text in texts().items()}


def schemes_of_profiles() -> frozenset[str]:
    """The schemes of identifiers that the shipped profiles know."""
    return frozenset(scheme for profile in profiles().values() for scheme in profile.schemes)


def profile_at(name: str, kinds: Mapping[str, WriteSpec]) -> Profile:
    """The shipped profile of this name, or that of a YAML file, looked at beside the `kinds` of records. Raises `ApiError`."""
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml"):
        return profile_called(name)
    try:
        profile, violations = _looked_at(path.read_bytes(), kinds)
    except OSError as error:
        message = f"The profile {name} cannot be read: {(error.strerror or str(error)).lower()}"
        hint = f"Name a YAML file, or one of {', '.join(profiles())}."
        raise ApiError(
            ProblemType.INVALID, f"{message}.", [Violation(message, parameter="profile", hint=hint)]
        ) from None
    if profile.name in profiles() and profile != profiles()[profile.name]:
        hint = f"Call it otherwise; with `prefix: {profile.own_prefix}` it speaks of the same records."
        violations.append(
            Violation(f"{profile.name!r} is a profile that comes with Parley", pointer="/name", hint=hint)
        )
    return _right(profile, violations)


def profile_called(name: str) -> Profile:
    """The profile of this name. Raises `ApiError` where there is none."""
    if (found := profiles().get(name)) is not None:
        return found
    near = nearest(name, profiles())
    hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(profiles())}."
    violation = Violation(f"There is no profile {name[:100]!r}", parameter="profile", hint=hint)
    raise ApiError(ProblemType.INVALID, "There is no such profile.", [violation])
