"""The JSON Schema of dossiers, and a small example that can be imported."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.ingest.additions import addition_schema
from app.ingest.dossier import FORMAT, Envelope
from app.web.json_schema import placed
from app.writing.write_spec import WriteSpec

#: Permanent path of the schema.
PATH = "/v1/dossiers/schema"


def document_of(kinds: Iterable[WriteSpec]) -> type[BaseModel]:
    """Return the schema of a whole dossier: the envelope, and for each collection a list of records, as PUT accepts
    them, and a list of additions to stored records."""
    all_kinds = list(kinds)
    fields: dict[str, Any] = {
        kind.collection: (
            list[kind.schema],  # type: ignore[name-defined]
            Field(default_factory=list, description=f"The {kind.collection} of the dossier."),
        )
        for kind in all_kinds
    }
    added: dict[str, Any] = {
        kind.collection: (
            list[addition_schema(kind)],  # type: ignore[misc]
            Field(default_factory=list, description=f"Additions to {kind.collection}.", examples=[[]]),
        )
        for kind in all_kinds
    }
    records = create_model(
        "DossierRecords",
        __config__=ConfigDict(extra="forbid"),
        __doc__="The records of a dossier, by collection. They may mention each other in any order.",
        **fields,
    )
    additions = create_model(
        "DossierAdditions",
        __config__=ConfigDict(extra="forbid"),
        __doc__="Rows and citations added to records of other dossiers, by collection. A row or citation that you leave out"
        " when you send the dossier again is removed, unless another dossier contains it, too.",
        **added,
    )
    whole: dict[str, Any] = {
        "records": (records, Field(default_factory=dict, description="The records, by collection.")),
        "additions": (
            additions,
            Field(default_factory=dict, description="Additions to records of other dossiers.", examples=[ADDED]),
        ),
    }
    return create_model("Dossier", __base__=Envelope, __doc__="A whole negotiation in one document.", **whole)


def dossier_schema(kinds: Iterable[WriteSpec], base: str) -> dict[str, Any]:
    """Return the self-contained JSON Schema (2020-12) of the format. `base` is the base URL of the server."""
    schema = document_of(kinds).model_json_schema(mode="validation")
    return placed(schema, f"{base}{PATH}")


#: A post added to a person of another dossier.
ADDED: dict[str, Any] = {
    "people": [
        {
            "slug": "rustem-umerov",
            "posts": [{"title": "Secretary of the Security Council", "party": "ukraine", "valid_from": "2025-07"}],
        }
    ]
}
#: Historically accurate, short, and importable into an empty database.
EXAMPLE: dict[str, Any] = {
    "format": FORMAT,
    "slug": "aceh-2005",
    "title": "Aceh: the Helsinki talks of 2005",
    "summary": "The last demand was to allow local political parties in Aceh. Indonesia agreed in July, and both sides signed in August.",
    "records": {
        "parties": [
            {"slug": "indonesia", "name": "Indonesia", "kind": "state", "countries": ["ID"]},
            {"slug": "free-aceh-movement", "name": "Free Aceh Movement", "kind": "armed_group"},
        ],
        "processes": [
            {
                "slug": "aceh-2005",
                "title": "Aceh peace talks in Helsinki",
                "kind": "peace",
                "started": "2005-01-27",
                "ended": "2005-08-15",
                "parties": [
                    {"party": "indonesia", "role": "negotiating"},
                    {"party": "free-aceh-movement", "role": "negotiating"},
                ],
            }
        ],
        "proposals": [
            {
                "slug": "aceh-local-parties",
                "process": "aceh-2005",
                "title": "Parties of Aceh's own",
                "kind": "oral",
                "authors": ["free-aceh-movement"],
                "addressees": ["indonesia"],
                "demands": [
                    {
                        "slug": "aceh-local-parties-1",
                        "text": "Political parties may be founded in Aceh alone",
                        "addressees": ["indonesia"],
                    }
                ],
            }
        ],
        "responses": [
            {
                "slug": "aceh-local-parties-indonesia",
                "demand": "aceh-local-parties-1",
                "responder": "indonesia",
                "stance": "accepted",
                "said_on": "2005-07",
            }
        ],
        "agreements": [
            {
                "slug": "helsinki-memorandum-2005",
                "process": "aceh-2005",
                "title": "Memorandum of Understanding of Helsinki",
                "kind": "final",
                "form": "signed",
                "is_signed": True,
                "agreed_on": "2005-08-15",
                "proposals": ["aceh-local-parties"],
                "parties": ["indonesia", "free-aceh-movement"],
            }
        ],
    },
}
