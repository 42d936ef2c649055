"""Write specifications of processes and talks."""

from app.db.talks import Process, Talk
from app.talks.write_schemas import ProcessWrite, TalkWrite
from app.writing.write_spec import WriteSpec

PROCESS_WRITE_SPEC = WriteSpec(
    Process,
    ProcessWrite,
    slug=lambda draft, slug_of: draft.words("title"),
    same_in=(("title",),),
    holds=(
        ("processes", "parent_id"),
        ("talks", "process_id"),
        ("proposals", "process_id"),
        ("agreements", "process_id"),
    ),
)
TALK_WRITE_SPEC = WriteSpec(
    Talk,
    TalkWrite,
    slug=lambda draft, slug_of: draft.words("title"),
    holds=(("talks", "parent_id"),),
    same_in=(("title", "process_id", "start"),),
)
