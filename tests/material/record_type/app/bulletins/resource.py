"""The collection of bulletins."""

from app.bulletins.filters import DEFAULT_SORT, SORTS, BulletinQuery
from app.bulletins.formats import BULLETIN_OFFERS
from app.bulletins.read_schemas import BulletinDetail, BulletinSummary
from app.bulletins.rules import BULLETIN_WRITE_SPEC
from app.bulletins.tables import Bulletin
from app.reading.read_spec import ReadSpec
from app.reading.search_spec import SearchSpec
from app.resources.resource import Resource
from app.schemas.record_reads import RECORD_ROWS

BULLETINS = Resource(
    ReadSpec(
        "bulletins",
        Bulletin,
        BulletinSummary,
        BulletinDetail,
        BulletinQuery,
        sorts=SORTS,
        default_sort=DEFAULT_SORT,
        search=SearchSpec(("issued_on",), parties="issuer"),
        rows=RECORD_ROWS,
        offers=BULLETIN_OFFERS,
    ),
    BULLETIN_WRITE_SPEC,
    noun="bulletin",
    definition="A **bulletin** is a short notice about the course of a process.",
    about="Short notices about the course of processes: by whom, when.",
    example="process=russia-ukraine",
    record="the-round-is-over",
    draft={"title": "The round is over", "process": "russia-ukraine", "issued_on": "2026-03-02"},
)
