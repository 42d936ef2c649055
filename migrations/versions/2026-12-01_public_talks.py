"""Under `known_by`, a public talk without a dated source is known from its last day.

A talk that was held in public view was public whatever the sources say. A dated source, if there is one, still decides: it
may have reported the talk earlier.

Revision: public_talks
Revises: widens
"""

from alembic import op

revision = "public_talks"
down_revision = "widens"
branch_labels = None
depends_on = None

START = "SELECT r.id, r.sort_on, CASE WHEN r.withdrawn_at IS NULL THEN coalesce(least("
END = ", 'infinity') ELSE 'infinity'::date END\n        FROM public.talk r WHERE"
PUBLIC_DAY = "CASE WHEN r.visibility = 'public' AND r.status = 'held' THEN coalesce(r.end_max, r.start_max) END"
#: Columns on which the day of a talk depends, as the trigger compares them.
BEFORE, ADDED = ("sort_on", "withdrawn_at"), ("visibility", "status", "start_max", "end_max")


def upgrade() -> None:
    text = _text("known.reckoned(text, uuid[])")
    head, talks, tail = _talks(text)
    talks = talks.replace("coalesce(least(", "coalesce(nullif(least(", 1)
    talks = talks.replace(END, f", 'infinity'::date), {PUBLIC_DAY}{END}", 1)
    _execute(head + talks + tail)
    _compare(BEFORE, (*BEFORE, *ADDED))
    _refresh()


def downgrade() -> None:
    text = _text("known.reckoned(text, uuid[])")
    head, talks, tail = _talks(text)
    talks = talks.replace("coalesce(nullif(least(", "coalesce(least(", 1)
    talks = talks.replace(f", 'infinity'::date), {PUBLIC_DAY}{END}", END, 1)
    _execute(head + talks + tail)
    _compare((*BEFORE, *ADDED), BEFORE)
    _refresh()


def _text(function: str) -> str:
    return str(op.get_bind().exec_driver_sql(f"SELECT pg_get_functiondef('{function}'::regprocedure)").scalar())


def _execute(text: str) -> None:
    op.get_bind().exec_driver_sql(text)


def _talks(text: str) -> tuple[str, str, str]:
    """Split the text of the function before and after its case for talks."""
    start = text.index("WHEN 'talks' THEN")
    end = text.index("FROM public.talk r WHERE", start) + len("FROM public.talk r WHERE")
    return text[:start], text[start:end], text[end:]


def _compare(was: tuple[str, ...], becomes: tuple[str, ...]) -> None:
    text = _text("known.on_talk()")
    for rows in ("new_rows", "old_rows"):
        before, after = (f"({', '.join(f'{rows}.{name}' for name in names)})" for names in (was, becomes))
        if text.count(before) != 1:
            raise RuntimeError(f"known.on_talk does not compare {before} exactly once")
        text = text.replace(before, after)
    _execute(text)


def _refresh() -> None:
    """The days are derived, so correcting them makes no revision."""
    op.execute("ALTER TABLE known_day DISABLE TRIGGER USER")
    op.execute(
        "SELECT known.refresh('talks', ARRAY(SELECT id FROM talk WHERE visibility = 'public' AND status = 'held'))"
    )
    op.execute("ALTER TABLE known_day ENABLE TRIGGER USER")
