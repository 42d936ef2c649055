"""The forms in which a dossier is written down: JSON, which machines make, and YAML, which people write."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.errors import ApiError
from app.web.json_body import Parse, parse_object
from app.web.yaml_text import MEDIA_TYPES as YAML_TYPES
from app.web.yaml_text import YAML, as_yaml, parse_yaml

JSON = "application/json"
#: Stands for standard input where a file is named.
STDIN = "-"


class DossierForm(StrEnum):
    """A form of dossiers."""

    JSON = "json"
    YAML = "yaml"

    @property
    def media_type(self) -> str:
        return JSON if self is DossierForm.JSON else YAML

    def write(self, document: dict[str, Any]) -> bytes:
        """The text of a dossier: one value a line, so that two states of it can be compared line by line."""
        if self is DossierForm.YAML:
            return as_yaml(document)
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


#: How a body of each media type is read; the older names of YAML, too.
PARSERS: dict[str, Parse] = {JSON: parse_object, **dict.fromkeys(YAML_TYPES, parse_yaml)}


def form_of_file(name: str) -> DossierForm:
    """The form that the end of a file's name says; JSON where it says none."""
    return DossierForm.YAML if Path(name).suffix.lower() in (".yaml", ".yml") else DossierForm.JSON


def read_file(name: str) -> tuple[dict[str, Any], bytes]:
    """The document in a file, and its bytes; `-` = standard input, of which the first sign tells the form.

    Raises `ApiError`, which names the file, where it cannot be read as its form wants, and `OSError`.
    """
    if name == STDIN:
        content = sys.stdin.buffer.read()
        is_json = content.lstrip().startswith(b"{")
    else:
        content = Path(name).read_bytes()
        is_json = form_of_file(name) is DossierForm.JSON
    try:
        return (parse_object if is_json else parse_yaml)(content), content
    except ApiError as refused:
        raise ApiError(refused.kind, f"{name}: {refused.detail}", refused.violations) from refused
