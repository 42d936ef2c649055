"""Conditions of citations that no kind of filter says."""

from typing import Any

from sqlalchemy import ColumnElement

from app.reading.record_addresses import addressed


def speaking_of(alias: Any, value: Any, context: Any) -> ColumnElement[bool]:
    """Whether the citation's target is one of the records named as `collection/key`."""
    is_target: ColumnElement[bool] = alias.target_id.in_(addressed(value))
    return is_target
