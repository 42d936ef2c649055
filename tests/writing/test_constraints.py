"""The last net: every constraint has a sentence, and the database's own words never come out."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from app.db.session import make_engine
from app.db.tables import metadata
from app.errors import ApiError, ProblemType
from app.writing.constraint_errors import api_error_of, message_of, translated
from tests.writing.conftest import Desk, small_world

NAMES = [
    str(name)
    for table in metadata.tables.values()
    for name in (
        *(rule.name for rule in table.constraints),
        *(index.name for index in table.indexes if index.unique),
    )
]


def test_every_constraint_has_a_sentence() -> None:
    assert len(NAMES) > 200
    for name in NAMES:
        sentence = message_of(name)
        assert sentence != "The write would break a rule of the database", name
        assert not any(word in sentence for word in ("fk_", "ck_", "uq_", "pk_", "violates")), name


async def _order(desk: Desk, statement: str) -> None:
    async with desk.engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL statement_timeout = '500ms'")
        await connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("INSERT INTO entry SELECT gen_random_uuid(), 'talks', 'istanbul'", ProblemType.CONFLICT),
        ("UPDATE talk SET process_id = id", ProblemType.CONFLICT),
        ("UPDATE talk SET duration_minutes = -1", ProblemType.INVALID),
        ("UPDATE talk SET title = NULL", ProblemType.INVALID),
        ("UPDATE talk SET duration_minutes = 3000000000", ProblemType.INVALID),
        ("SELECT pg_sleep(9)", ProblemType.UNAVAILABLE),
        ("SELEKT", ProblemType.INTERNAL),
    ],
)
async def test_what_the_database_refuses_is_a_problem_in_our_words(
    desk: Desk, statement: str, kind: ProblemType
) -> None:
    await small_world(desk)
    with pytest.raises(DBAPIError) as caught:
        await _order(desk, statement)
    refused = api_error_of(caught.value)
    assert refused.kind is kind
    assert "violates" not in refused.detail


async def test_a_connection_that_broke_in_the_middle_of_an_answer_is_unavailable(desk: Desk) -> None:
    async with desk.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        asked = asyncio.ensure_future(driver.execute("SELECT pg_sleep(1)"))
        # One turn of the loop: it is on its way, and not answered.
        await asyncio.sleep(0)
        with pytest.raises(DBAPIError) as caught:
            await connection.exec_driver_sql("SELECT 1")
        assert api_error_of(caught.value).kind is ProblemType.UNAVAILABLE
        await asked


async def test_a_database_out_of_reach_is_unavailable() -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ApiError) as caught, translated():
        async with engine.connect():
            pass
    assert caught.value.kind is ProblemType.UNAVAILABLE
    await engine.dispose()
