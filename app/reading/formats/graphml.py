"""GraphML: reports as graphs, for Gephi, yEd, igraph and networkx.

Each row is an edge. The fields of a row and of a node become attributes with types. GraphML has no lists, so that a list is one
text, joined with `; ` as in CSV. A null has no `data` element.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from pydantic import BaseModel

from app.reading.formats.csv_table import BETWEEN
from app.reading.formats.format import Format
from app.reading.formats.news import xml_text
from app.reading.formats.sheet import SheetColumn, compact, sheet
from app.reading.formats.whole import WholeWriter

Row = Mapping[str, Any]
NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_SCHEMA: Final = f"{NAMESPACE}/1.0/graphml.xsd"
_TYPES: Final = {"integer": "long", "number": "double", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """Declares that a report is a graph whose edges are its rows."""

    #: The fields of a row that name its two nodes.
    source: str
    target: str
    #: The schema of the nodes, and the field that rows name them by.
    node: type[BaseModel]
    key: str
    #: Makes the nodes from the rows and the other fields of the answer.
    nodes: Callable[[Sequence[Row], Row], Iterable[Row]]
    is_directed: bool = False


def write_graph(spec: GraphSpec, row: type[BaseModel], rows: Sequence[Row], extra: Row, about: str) -> bytes:
    """Write a GraphML document. `row`: the schema of the rows; `about`: a description of the graph."""
    node_columns = sheet(spec.node)
    edge_columns = [column for column in sheet(row) if column.name not in (spec.source, spec.target)]
    nodes = list(spec.nodes(rows, extra))
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<graphml xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{NAMESPACE} {_SCHEMA}">',
        *_keys("node", node_columns),
        *_keys("edge", edge_columns),
        f'<graph id="G" edgedefault="{"directed" if spec.is_directed else "undirected"}">',
        f"<desc>{escape(xml_text(about))}</desc>",
        *(f"<node id={quoteattr(node_id(one[spec.key]))}>{_data('node', node_columns, one)}</node>" for one in nodes),
        *(
            f'<edge id="e{number}" source={quoteattr(node_id(one[spec.source]))} target={quoteattr(node_id(one[spec.target]))}>'
            f"{_data('edge', edge_columns, one)}</edge>"
            for number, one in enumerate(rows)
        ),
        "</graph>",
        "</graphml>\n",
    ]
    return "\n".join(parts).encode()


def node_id(key: str) -> str:
    """The id of a node. An id is an XML name token, which has no slash: `demands/x` becomes `demands:x`."""
    return re.sub(r"[^\w.:-]", "_", key.replace("/", ":"))


def _keys(kind: str, columns: Iterable[SheetColumn]) -> Iterable[str]:
    for number, column in enumerate(columns):
        type_ = "string" if column.is_list else _TYPES.get(column.kind, "string")
        yield (
            f'<key id="{kind}{number}" for="{kind}" attr.name={quoteattr(column.name)} attr.type="{type_}">'
            f"<desc>{escape(column.about)}</desc></key>"
        )


def _data(kind: str, columns: Iterable[SheetColumn], row: Row) -> str:
    return "".join(
        f'<data key="{kind}{number}">{escape(xml_text(text))}</data>'
        for number, column in enumerate(columns)
        if (text := _text(column, column.get(row))) is not None
    )


def _text(column: SheetColumn, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if column.is_list:
        return BETWEEN.join(one if isinstance(one, str) else compact(one) for one in value if one is not None)
    return compact(value)


GRAPHML = Format(
    name="graphml",
    media_type="application/graphml+xml",
    suffix="graphml",
    offer="graph",
    about="GraphML with typed attributes, for Gephi, yEd, igraph and networkx. Lists are joined with `; `.",
    make=WholeWriter,
    takes_selection=False,
)
