"""Writes references as BibTeX entries."""

import re

from app.bibliography.bibtex.dates import date_fields
from app.bibliography.bibtex.fields import NAME_FIELDS, OWN, SUBTYPES, VERBATIM, WRITTEN_FIELDS, spell
from app.bibliography.bibtex.names import flat_name, parse_name, write_name
from app.bibliography.latex import encode, encode_lines, encode_note
from app.bibliography.notes import PARLEY
from app.bibliography.reference import DATES, NAMES, TEXTS, Reference, one_line


def write(reference: Reference) -> str:
    """Write a reference as a UTF-8 entry that both BibTeX and biblatex can read."""
    type_, texts = reference.type, dict(reference.texts)
    word = (reference.raw_type or spell(type_)).removeprefix("@")
    fields: list[tuple[str, str]] = [("title", f"{{{encode(one_line(texts.pop('title')))}}}")]
    others: list[str] = []
    all_names = {variable: [flat_name(one) for one in names] for variable, names in reference.names.items()}
    others_in: dict[str, bool] = {field: texts.get(f"BibTeX {field}") == "and others" for field in NAME_FIELDS}
    for field, variable in NAME_FIELDS.items():
        names = all_names.get(variable, [])
        shown = [write_name(one) for one in names]
        if others_in[field] and names:
            shown.append("others")
            del texts[f"BibTeX {field}"]
        if names:
            fields.append((field, " and ".join(shown)))
        if [parse_name(one) for one in shown if one != "others"] != names or any(one == "others" for one in shown[:-1]):
            others += [f"{variable}: {one.coded}" for one in names]
    for variable, names in all_names.items():
        if variable not in NAME_FIELDS.values():
            others += [f"{variable}: {one.coded}" for one in names]
    for name, date in reference.dates.items():
        fields += date_fields(name, date, others)
    if type_ in SUBTYPES.values() and word == "article":
        fields.append(("entrysubtype", type_.removeprefix("article-")))
    container = {"article": "journal", "periodical": "journal", "review": "journal", "online": "organization"}.get(word)
    container = container or ("journal" if word == "unpublished" else "booktitle")
    publisher = {"report": "institution", "techreport": "institution", "thesis": "school", "phdthesis": "school"}.get(
        word, "publisher"
    )
    is_journal = type_ in ("article-journal", "article-magazine", "article-newspaper")
    names_of = {
        **WRITTEN_FIELDS,
        "container-title": container,
        "publisher": publisher,
        **({"issue": "number"} if is_journal else {}),
    }
    for name, text in reference.texts.items():
        if name not in texts or name == "title":
            continue
        target = names_of.get(name)
        if target is None or (is_journal and name == "number"):
            others.append(f"{name}: {one_line(text)}")
        else:
            fields += _written(target, name, text, others)
    numbers: dict[str, int] = {}
    for line in [f"{key}: {one_line(value)}" for key, value in reference.others] + others:
        key, _, value = line.partition(": ")
        is_known = key in (*PARLEY, *NAMES, *DATES, *TEXTS)
        name = OWN if key == OWN else f"{OWN}-{key.lower() if is_known else 'line'}"
        numbers[name] = numbers.get(name, 0) + 1
        number = f"-{numbers[name]}" if numbers[name] > 1 else ""
        fields.append((name + number, encode(value if is_known else line)))
    if reference.notes:
        fields.append(("note", "\n\n".join(encode_note(note) for note in reference.notes)))
    # A month is written without braces, as the name of a string that every style defines.
    inner = "".join(f"  {name} = {text if name == 'month' else f'{{{text}}}'},\n" for name, text in fields)
    return f"@{word}{{{reference.key},\n{inner}}}\n\n"


def _written(field: str, name: str, text: str, others: list[str]) -> list[tuple[str, str]]:
    if name == "abstract":
        return [(field, encode_lines(text))]
    if field in VERBATIM:
        text = text.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
        return [(field, text)]
    if name == "page":
        text = text.replace("-", "--") if re.fullmatch(r"\d+-\d+", text) else encode(one_line(text))
        return [(field, text)]
    if name == "keyword":
        if any("," in word for word in text.split("; ")):
            others.append(f"{name}: {one_line(text)}")
        return [(field, encode(", ".join(text.split("; "))))]
    return [(field, encode(one_line(text)))]
