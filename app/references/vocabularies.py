"""The closed lists as the API documents them: each word with its meaning."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from app.db import vocabulary, vocabulary_derived, vocabulary_values
from app.db.dates import DatePrecision
from app.db.term import Term
from app.faults import ProblemKind, Refused
from app.web.errors import problems


class Word(BaseModel):
    """One word of a closed list."""

    value: str = Field(description="The word as it is stored and sent.", examples=["no_comment"])
    meaning: str = Field(description="What it means.", examples=["reported as silent up to that day; not a rejection"])


class Vocabulary(BaseModel):
    """A closed list."""

    name: str = Field(description="Its name, as in the schemas.", examples=["Stance"])
    about: str | None = Field(description="What it is a list of; null = the name says it.", examples=[None])
    words: list[Word] = Field(description="Its words, in their usual order.")


class Vocabularies(BaseModel):
    """All closed lists."""

    data: list[Vocabulary] = Field(description="The lists, by name.")


def _lists() -> Iterator[type[Term]]:
    for module in (vocabulary, vocabulary_derived, vocabulary_values):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Term) and found is not Term:
                yield found
    yield DatePrecision


def _told(term: type[Term]) -> Vocabulary:
    about = (term.__doc__ or "").strip() or None
    return Vocabulary(
        name=term.__name__,
        about=None if about is None or about.startswith("One word") else about,
        words=[Word(value=word.value, meaning=word.meaning) for word in term],
    )


VOCABULARIES = {told.name: told for told in sorted(map(_told, set(_lists())), key=lambda told: told.name)}

router = APIRouter(prefix="/v1/vocabularies", tags=["vocabularies"])


@router.get("", operation_id="listVocabularies", summary="List the vocabularies")
async def list_vocabularies() -> Vocabularies:
    """Every closed list of the domain, each word with its meaning."""
    return Vocabularies(data=list(VOCABULARIES.values()))


@router.get(
    "/{name}",
    operation_id="getVocabulary",
    summary="Read a vocabulary",
    responses=problems(ProblemKind.NOT_FOUND, ProblemKind.INVALID),
)
async def get_vocabulary(
    name: Annotated[str, Path(description="Its name, in any case.", examples=["Stance"])],
) -> Vocabulary:
    """One closed list by its name, in any case."""
    for known, found in VOCABULARIES.items():
        if known.lower() == name.lower():
            return found
    raise Refused(ProblemKind.NOT_FOUND, f"There is no list '{name}'. There are: {', '.join(VOCABULARIES)}.")
