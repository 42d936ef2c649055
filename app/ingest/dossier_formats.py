"""The formats of a dossier document: JSON, for programs, and YAML, for people."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.errors import ApiError
from app.web.json_body import Parse, parse_object
from app.web.media_types import JSON
from app.web.yaml_text import MEDIA_TYPES as YAML_TYPES
from app.web.yaml_text import YAML, as_yaml, parse_yaml

#: File name that stands for standard input.
STDIN = "-"


class DossierForm(StrEnum):
    """The format of a dossier document."""

    JSON = "json"
    YAML = "yaml"

    @property
    def media_type(self) -> str:
        return JSON if self is DossierForm.JSON else YAML

    def write(self, document: dict[str, Any]) -> bytes:
        """Serialize a dossier with one value per line, so that two versions can be compared with `diff`."""
        if self is DossierForm.YAML:
            return as_yaml(document)
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


#: The parser for each media type, including older media types of YAML.
PARSERS: dict[str, Parse] = {JSON: parse_object, **dict.fromkeys(YAML_TYPES, parse_yaml)}


def form_of_file(name: str) -> DossierForm:
    """Return the format for the file extension; JSON if the extension is unknown."""
    return DossierForm.YAML if Path(name).suffix.lower() in (".yaml", ".yml") else DossierForm.JSON


def read_file(name: str) -> tuple[dict[str, object], bytes]:
    """Read a document from a file, and return it with the bytes of the file.

    `-` is standard input, which is read as JSON if its first character is `{`. Raises `ApiError` with the file name if the
    document cannot be parsed, and `OSError`.
    """
    if name == STDIN:
        content = sys.stdin.buffer.read()
        is_json = content.lstrip().startswith(b"{")
    else:
        content = Path(name).read_bytes()
        is_json = form_of_file(name) is DossierForm.JSON
    try:
        return (parse_object if is_json else parse_yaml)(content), content
    except ApiError as error:
        raise ApiError(error.kind, f"{name}: {error.detail}", error.violations) from error
