"""Compile a SQLAlchemy statement to SQL text for asyncpg.

By default SQLAlchemy binds the constants of a statement too (`role = $7`, always 'claimant'). PostgreSQL plans our
statements without looking at bound values, so for bound constants it could use neither partial indexes nor column
statistics. Constants are therefore written into the text; values of a request are always named parameters
(tests/reading/test_statements.py::test_no_value_of_a_request_stands_in_the_sql).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL text, the names of its parameters in order, and the defaults of parameters that a request may omit."""

    sql: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]

    def arguments(self, bound: Mapping[str, object]) -> list[object]:
        return [bound[name] if name in bound else self.defaults[name] for name in self.names]


class _Compiler(PGCompiler_asyncpg):
    def visit_bindparam(self, bindparam: BindParameter[Any], *args: object, **kwargs: object) -> str:
        # Named parameters are values of a request; anonymous ones are constants of the statement.
        if bindparam.unique and bindparam.value is not None:
            kwargs["literal_execute" if bindparam.expanding else "literal_binds"] = True
        text: str = super().visit_bindparam(bindparam, *args, **kwargs)  # type: ignore[no-untyped-call]
        return text


class _Dialect(PGDialect_asyncpg):
    statement_compiler = _Compiler
    supports_statement_cache = True


_DIALECT = _Dialect()  # type: ignore[no-untyped-call]


def compile_statement(statement: Any) -> Compiled:
    done = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return Compiled(done.string, tuple(done.positiontup or ()), dict(done.params))
