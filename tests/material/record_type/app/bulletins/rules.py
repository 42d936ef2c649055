"""How bulletins are written."""

from app.bulletins.tables import Bulletin
from app.bulletins.write_schemas import BulletinWrite
from app.writing.write_spec import WriteSpec

BULLETIN_WRITE_SPEC = WriteSpec(
    Bulletin,
    BulletinWrite,
    slug=lambda draft, slug_of: draft.words("title"),
    is_mergeable=True,
    same_in=(("title", "process_id", "issued_on"),),
)
