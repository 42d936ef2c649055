"""Reports as graphs: what their nodes and edges are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from app.reading.formats.graphml import GraphSpec

Row = Mapping[str, Any]


class SittingNode(BaseModel):
    """A person or a party in the network of co-presence."""

    slug: str = Field(description="The slug of the person or party.")
    label: str = Field(description="The name.")
    sittings: int = Field(description="The number of sittings.")


def _sitting_nodes(rows: Sequence[Row], extra: Row) -> Iterable[Row]:
    """Both ends of each edge, once."""
    found: dict[str, Row] = {}
    for row in rows:
        found[row["one"]] = {"slug": row["one"], "label": row["name"], "sittings": row["one_sittings"]}
        found[row["other"]] = {"slug": row["other"], "label": row["other_name"], "sittings": row["other_sittings"]}
    return [found[slug] for slug in sorted(found)]


CO_PRESENCE_GRAPH = GraphSpec(source="one", target="other", node=SittingNode, key="slug", nodes=_sitting_nodes)


def nodes_in(field: str, node: type[BaseModel], key: str, source: str, target: str, *, is_directed: bool) -> GraphSpec:
    """A graph whose nodes are a field of the answer."""
    return GraphSpec(
        source=source,
        target=target,
        node=node,
        key=key,
        nodes=lambda rows, extra: extra[field],
        is_directed=is_directed,
    )
