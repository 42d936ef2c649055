"""SQL conditions of citations that no filter kind covers."""

from typing import Any

from sqlalchemy import ColumnElement

from app.reading.record_addresses import addressed


def has_target(alias: Any, value: Any, context: Any) -> ColumnElement[bool]:
    """Whether the target of the citation is one of the given records (`collection/key`)."""
    is_target: ColumnElement[bool] = alias.target_id.in_(addressed(value))
    return is_target
