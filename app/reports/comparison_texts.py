"""Finds the texts that a comparison names, and reads their points and the links between them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.reading.reader import Reader
from app.reading.record_keys import find_record_ids
from app.reports import comparison_statements as sql
from app.reports.comparison_schemas import MAX_CHARACTERS, MAX_POINTS
from app.reports.options import find_records
from app.reports.text_alignment import TextPoint, read_point


@dataclass(frozen=True, slots=True)
class TextAddress:
    """Where the text of a parameter is: the key of the proposal, the slug of the account (None = the reference account), and the key
    of the part (None = the whole account)."""

    parameter: str
    proposal: str
    account: str | None
    part: str | None


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its points."""

    row_of_text: Mapping[str, Any]
    points: Sequence[TextPoint]

    @property
    def name(self) -> str:
        part = self.row_of_text["part_key"]
        return (self.row_of_text["account"] or self.proposal) + (f"/{part}" if part else "")

    @property
    def proposal(self) -> str:
        return str(self.row_of_text["proposal"])

    @property
    def languages(self) -> frozenset[str]:
        """The languages without regions and scripts."""
        return frozenset(language.partition("-")[0].lower() for language in self.row_of_text["languages"])

    @property
    def is_complete(self) -> bool | None:
        """Whether it is known that every point of the text is recorded: the account covers the whole proposal, or a part has as many
        numbers as points were reported. None = unknown."""
        if self.row_of_text["is_complete"] or not self.row_of_text["has_part"]:
            return bool(self.row_of_text["is_complete"]) if self.row_of_text["is_complete"] is not None else None
        numbers = {point.place for point in self.points}
        has_all = None not in numbers and len(numbers) == self.row_of_text["points_reported"]
        return True if has_all else None

    @property
    def follows(self) -> Sequence[str]:
        """The proposals that the text supersedes, answers or translates."""
        return list(self.row_of_text["follows"])

    def row(self) -> dict[str, Any]:
        """The row of `texts`."""
        names = ("proposal", "title", "part_title", "kind", "points_reported", "brackets", "options", "option_parts")
        return {
            "text": self.name,
            **{name: self.row_of_text[name] for name in names},
            **{name: self.row_of_text[name] for name in ("on", "on_min", "on_max")},
            "languages": list(self.row_of_text["languages"]),
            "is_complete": self.is_complete,
            "points": len(self.points),
            "words": sum(len(point.words.forms) for point in self.points),
            "bracketed_points": sum(point.text_status == "bracketed" for point in self.points),
        }


@dataclass(frozen=True, slots=True)
class FoundTexts:
    """The texts in the order in which they were named, and the links between their points."""

    texts: Sequence[Text]
    links: Sequence[Mapping[str, Any]]
    revision: int
    at: datetime


async def read_texts(reader: Reader, named: Sequence[tuple[str, str]]) -> FoundTexts:
    """Read the texts that parameters name. `named`: parameter and value.

    Raises ApiError with an error for each text that is not found or too long: 422, unless all of them exist at another snapshot or
    `known_by` day; then the error is that of reading the first of them."""
    addresses, violations, errors = await _find_addresses(reader, named)
    async with reader.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(
            sql.TEXTS,
            [address.proposal for address in addresses],
            [address.account for address in addresses],
            [address.part for address in addresses],
            MAX_POINTS + 1,
        )
        texts = [Text(row, [read_point(_fields(point)) for point in json.loads(row["points"])]) for row in rows]
        slugs = list({point.slug for text in texts for point in text.points})
        links = await connection.fetch(sql.LINKS, slugs)
    for address, text in zip(addresses, texts, strict=True):
        if hidden := _hidden(reader, address, text):
            errors.append(ApiError(ProblemType.NOT_FOUND, hidden.message, [hidden]))
        elif invalid := _invalid(reader, address, text):
            violations.append(invalid)
    every = [*violations, *(violation for error in errors for violation in error.violations)]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(every), every)
    if errors:
        raise ApiError(errors[0].kind, errors[0].detail, every)
    return FoundTexts(texts, links, rows[0]["revision"], rows[0]["at"])


def _fields(point: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in point.items() if name not in ("position", "id")}


async def _find_addresses(
    reader: Reader, named: Sequence[tuple[str, str]]
) -> tuple[list[TextAddress], list[Violation], list[ApiError]]:
    """The texts, an error for each value that names none, and one for each that does not exist at the clocks of the reader."""
    found: list[TextAddress] = []
    violations: list[Violation] = []
    errors: list[ApiError] = []
    for parameter, key in named:
        address = await _find_address(reader, parameter, key)
        if address is None:
            violations.append(await _unknown_text(reader, parameter, key))
            continue
        try:
            [proposal] = await find_records(reader, ("proposals", address.proposal, parameter))
            found.append(replace(address, proposal=proposal))
        except ApiError as error:
            errors.append(error)
    return found, violations, errors


async def _find_address(reader: Reader, parameter: str, key: str) -> TextAddress | None:
    """The text with a key, at whatever snapshot or `known_by` day; None = there is none."""
    newest = reader.without_known_by().at_head()
    before, _, after = key.rpartition("/")
    # An identifier in another data set may contain a slash, so the whole key is tried first.
    for name, part in ((key, None), (before, after)):
        if name and (part is None or part):
            if await find_record_ids(newest, "proposals", name):
                return TextAddress(parameter, name, None, part)
            for one in (reader, newest):
                async with one.connection() as connection:
                    if proposal := await connection.fetchval(sql.PROPOSAL_OF_ACCOUNT, name):
                        return TextAddress(parameter, proposal, name, part)
    return None


async def _unknown_text(reader: Reader, parameter: str, key: str) -> Violation:
    async with reader.connection() as connection:
        nearest = await connection.fetchval(sql.NEAREST_TEXT, key.partition("/")[0][:100])
    hint = f"Did you mean {quoted(nearest)}?" if nearest else "/v1/proposals?q=… finds slugs by names."
    return Violation(f"Not found: {quoted(key)} among proposals and their accounts.", parameter=parameter, hint=hint)


def _hidden(reader: Reader, address: TextAddress, text: Text) -> Violation | None:
    """The error for an account that does not exist at the clocks of the reader."""
    if text.row_of_text["account"] is not None or address.account is None:
        return None
    day = f"known on {reader.known_by}" if reader.known_by else "recorded at this revision"
    message = f"{quoted(address.account)} is an account of {text.proposal} that was not {day}."
    return Violation(message, parameter=address.parameter)


def _invalid(reader: Reader, address: TextAddress, text: Text) -> Violation | None:
    """The error for a part that does not exist, and for a text that is too long."""
    keys, length = text.row_of_text["parts"], sum(len(point.text) for point in text.points)
    if address.part is not None and not text.row_of_text["has_part"]:
        day = f" on {reader.known_by}" if reader.known_by else ""
        message = f"{quoted(text.name.rpartition('/')[0])} has no part {quoted(address.part)}{day}."
        return Violation(message, parameter=address.parameter, hint=f"Its parts: {', '.join(keys) or 'none'}.")
    if len(text.points) <= MAX_POINTS and length <= MAX_CHARACTERS:
        return None
    what = f"more than {MAX_POINTS} points" if len(text.points) > MAX_POINTS else f"{length:,} characters"
    message = (
        f"{quoted(text.name)} has {what}; compared are up to {MAX_POINTS} points and {MAX_CHARACTERS:,} characters."
    )
    hint = f"Compare parts of it: {', '.join(keys[:10])}." if keys else None
    return Violation(message, parameter=address.parameter, hint=hint)
