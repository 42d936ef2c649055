"""Moves values that cannot be parsed into a note, with a warning."""

from app.bibliography.dates import valid
from app.bibliography.reference import EntryWarning, Reference
from app.errors import quoted


def not_read(reference: Reference, name: str, text: str, hint: str) -> EntryWarning:
    """Return the warning about a value that cannot be parsed and was put into a note."""
    message = f"`{name}` cannot be parsed: {quoted(text, 60)}; it is stored in `notes`"
    return EntryWarning("not-read", reference.fields.get(name, name), message, hint)


def date_or_note(reference: Reference, variable: str, date: str | None, text: str, source: str) -> None:
    """Set a date. If the text could not be parsed (`date` is None), it goes into a note, with a warning."""
    reference.fields.setdefault(variable, source)
    if date is not None and valid(date):
        reference.dates.setdefault(variable, date)
    elif text.strip():
        reference.add_text(f"CSL {variable}", text)
        reference.odd.append(
            not_read(
                reference,
                variable,
                text,
                "The date is null. Write it as 2025-06-02, 2025-06, June 2025 or c. 2020.",
            )
        )
