"""Table Schemas for the files of a data set."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.releases.descriptions import Document
from app.releases.schemas import FileForm

_TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
#: The names of the column types in Table Schema.
_TABLE_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "instant": "datetime", "date": "date"}
_RECORD_TYPES = {**_TABLE_TYPES, "text": "string"}


def table_schema(table: Mapping[str, Any], form: FileForm) -> Document:
    """The Table Schema of the CSV or Parquet file of a collection."""
    schema = _schema_of({**column, "type": _table_type(column, form)} for column in table["columns"])
    for field in schema["fields"]:
        if field["type"] == "boolean":
            field |= {"trueValues": ["true"], "falseValues": ["false"]}
    return {**schema, "missingValues": [""]}


def record_schema(table: Mapping[str, Any]) -> Document:
    """The Table Schema of the NDJSON file of a collection: each line is an object with these fields. Empty fields are
    `null`.
    """
    return _schema_of({"type": _RECORD_TYPES.get(one["kind"], one["kind"]), **one} for one in table["fields"])


def _schema_of(columns: Iterable[Mapping[str, object]]) -> Document:
    fields = []
    for column in columns:
        field: Document = {"name": column["name"], "type": column["type"], "description": column["about"]}
        if column["name"] in ("id", "slug"):
            field["constraints"] = {"required": True, "unique": True}
        fields.append({name: value for name, value in field.items() if value != ""})
    return {"$schema": _TABLE_SCHEMA, "fields": fields, "primaryKey": ["id"]}


def _table_type(column: Mapping[str, Any], form: FileForm) -> str:
    if column["is_list"]:
        # In CSV, a list is one string in which the values are joined by `; `.
        return "array" if form is FileForm.PARQUET else "string"
    return _TABLE_TYPES.get(column["kind"], "string")
