"""The header of a table: finds the columns of the profile, and reports those that are missing or unknown."""

from collections.abc import Sequence

from app.errors import ApiError, ProblemType, Violation, nearest, quoted
from app.ingest.csv_rows import (
    other_delimiter,
    table_error,
    wrong_delimiter,
)
from app.ingest.profiles.column_schema import normalize_header
from app.ingest.profiles.row_report import RowReport
from app.ingest.profiles.schema import Profile


class Header:
    """The header of a table, and the positions of the profile's columns in it."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.headers: list[str] = []
        self.places: dict[str, int] = {}
        """The position of each column of the profile that the file has."""
        self.family_places: dict[str, list[int]] = {name: [] for name in profile.families}
        """The positions of each family's columns, in the order of the file."""

    def take(self, headers: list[str], line: int, report: RowReport) -> None:
        """Find the columns. Raises `ApiError` if the header lacks a required column."""
        self.headers, profile = headers, self.profile
        known = {normalize_header(header): name for name, column in profile.columns.items() for header in column.header}
        alike = {
            normalize_header(header): name for name, family in profile.families.items() for header in family.headers
        }
        passed_over = {normalize_header(header) for header in profile.passed_over}
        first_headers = {
            normalize_header(one): column.header[0] for column in profile.columns.values() for one in column.header
        }
        first_headers |= {normalize_header(one): one for family in profile.families.values() for one in family.headers}
        found: set[str] = set()
        unread: list[str] = []
        for place, header in enumerate(headers):
            name = known.get(normalize_header(header))
            if (family := alike.get(normalize_header(header))) is not None:
                if normalize_header(header) in found:
                    report.warn("unknown-column", header, "An earlier column has the same header; this one is ignored")
                    continue
                found.add(normalize_header(header))
                self.family_places[family].append(place)
            elif name is None and normalize_header(header) not in passed_over:
                near = nearest(normalize_header(header), [*known, *alike])
                suggestion = first_headers[near] if near else None
                hint = f"If it is {quoted(suggestion)}, add this header to that column." if suggestion else None
                report.warn("unknown-column", header, "The profile does not mention this column; it is ignored", hint)
                unread.append(header)
            elif name is not None and name in self.places:
                earlier = self.headers[self.places[name]]
                message = f"The earlier column {quoted(earlier)} is the same column of the profile; this one is ignored"
                report.warn("unknown-column", header, message)
            elif name is not None:
                self.places[name] = place
        self._report_missing(line, unread, report)
        self._report_families(report)

    def is_missing(self, name: str) -> bool:
        """Return whether the file lacks this column, or all columns of this family."""
        if name in self.profile.columns:
            return name not in self.places
        families = (own for own, family in self.profile.families.items() if name in (own, family.header_as))
        return not any(self.family_places[own] for own in families)

    def _report_missing(self, line: int, unread: Sequence[str], report: RowReport) -> None:
        """Report the columns that the file lacks, each with a similar header that the profile does not mention, if
        there is one."""
        violations: list[Violation] = []
        for name, column in self.profile.columns.items():
            if name in self.places:
                if column.caution is not None:
                    report.warn("misleading-column", self.headers[self.places[name]], column.caution)
                continue
            near = _nearest_header(column.header, unread)
            suggestion = (
                f"The file has {quoted(near)}: if that is the column, add it to the headers of {quoted(name)}."
                if near
                else None
            )
            if column.is_needed:
                expected = f"Its header in {self.profile.title} is {' or '.join(map(repr, column.header))}."
                message = f"The required column {quoted(column.header[0])} is missing"
                violations.append(
                    Violation(message, pointer="", hint=f"{expected} {suggestion}" if suggestion else expected)
                )
            elif column.comes_with is None or column.comes_with in self.places:
                message = "The file lacks this column; its values are null"
                report.warn("missing-column", column.header[0], message, suggestion)
        if violations:
            if other := other_delimiter(self.headers, self.profile.delimiter):
                raise table_error(*wrong_delimiter(other, self.profile.delimiter))
            detail = f"Line {line}, the header: the file lacks columns that {self.profile.title} must have."
            raise ApiError(ProblemType.INVALID, detail, violations)

    def _report_families(self, report: RowReport) -> None:
        families = self.profile.families
        if len(families) > 1 and not any(self.family_places.values()):
            # A release without any of these columns: one warning, not one per family.
            first = next(iter(families.values())).headers[0]
            count = sum(len(family.headers) for family in families.values())
            message = f"The file lacks this column and all similar ones, {count} in total; their values are null"
            report.warn("missing-column", first, message)
            return
        for name, family in families.items():
            found = {normalize_header(self.headers[place]) for place in self.family_places[name]}
            missing = [header for header in family.headers if normalize_header(header) not in found]
            if missing:
                listed = ", ".join(missing[:20]) + (f" and {len(missing) - 20} more" if len(missing) > 20 else "")
                message = f"The file lacks {len(missing)} of {len(family.headers)} similar columns: {listed}"
                report.warn("missing-column", missing[0], message)
            if family.caution is not None and found:
                report.warn("misleading-column", self.headers[self.family_places[name][0]], family.caution)


def _nearest_header(headers: Sequence[str], there: Sequence[str]) -> str | None:
    """Return the header of the file that is most similar to one of these."""
    by_normalized = {normalize_header(one): one for one in there}
    near = next(
        (found for header in headers if (found := nearest(normalize_header(header), by_normalized)) is not None), None
    )
    return by_normalized[near] if near is not None else None
