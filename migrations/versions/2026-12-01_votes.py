"""Add the votes of responses, a table of the parties that voted, and the decision rule of talks.

Responses can be filtered by a party in the roll of a vote. The roll is inside a JSON column, in which parties are mentioned
by slug, so a trigger derives the ids of the parties.

Revision: votes
Revises: kinds_of_processes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "votes"
down_revision = "kinds_of_processes"
branch_labels = None
depends_on = None

RULES = ("consensus", "unanimity", "majority", "two_thirds", "qualified_majority", "other")

#: Separator between the statements of a text.
APART = "\n----\n"

FUNCTIONS = """
-- The parties in the rolls of some responses. A party may be mentioned by a former slug.
CREATE FUNCTION public.parley_response_voters(responses uuid[])
RETURNS TABLE (response_id uuid, party_id uuid) STABLE LANGUAGE sql AS $$
    SELECT DISTINCT r.id, coalesce(current.id, former.record_id)
    FROM public.response AS r
    CROSS JOIN LATERAL jsonb_path_query(r.votes, '$.roll[*].party') AS voter(slug)
    LEFT JOIN public.entry AS current ON current.collection = 'parties' AND current.slug = voter.slug #>> '{}'
    LEFT JOIN public.slug_alias AS former ON former.collection = 'parties' AND former.slug = voter.slug #>> '{}'
    WHERE r.id = ANY (responses) AND coalesce(current.id, former.record_id) IS NOT NULL
$$
----
CREATE FUNCTION public.parley_keep_response_voters() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    response uuid := coalesce(NEW.id, OLD.id);
    parties uuid[] := ARRAY(SELECT f.party_id FROM public.parley_response_voters(ARRAY[response]) AS f);
BEGIN
    DELETE FROM public.response_voter AS k WHERE k.response_id = response AND k.party_id <> ALL (parties);
    INSERT INTO public.response_voter (response_id, party_id) SELECT response, unnest(parties) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
EVENTS = (
    ("insert", "NEW.votes IS NOT NULL"),
    ("update", "NEW.votes IS DISTINCT FROM OLD.votes"),
    ("delete", "OLD.votes IS NOT NULL"),
)
COLUMNS = (("response", "votes"), ("talk", "decision_rule"))


def upgrade() -> None:
    op.add_column("response", sa.Column("votes", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("talk", sa.Column("decision_rule", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_talk_decision_rule"), "talk", f'"decision_rule" IN {RULES}')
    op.create_index(
        "ix_response_votes", "response", [sa.text("sort_on DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("votes IS NOT NULL"),
    )  # fmt: skip
    for table, _ in COLUMNS:
        op.execute(f"SELECT history.keep('{table}')")
    op.create_table(
        "response_voter",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("rev_from", sa.BigInteger(), server_default=sa.text("parley_revision()"), nullable=False),
        sa.PrimaryKeyConstraint("response_id", "party_id", name=op.f("pk_response_voter")),
    )
    op.create_index(op.f("ix_response_voter_party_id"), "response_voter", ["party_id"])
    op.execute("INSERT INTO history.kept (name) VALUES ('response_voter')")
    op.execute("SELECT history.keep('response_voter')")
    for statement in FUNCTIONS.split(APART):
        op.get_bind().exec_driver_sql(statement)
    for event, changes_votes in EVENTS:
        # Deferred, because undoing a merge restores the roll before the party that it mentions.
        op.execute(
            f"CREATE CONSTRAINT TRIGGER response_voters_{event} AFTER {event} ON response DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW WHEN ({changes_votes}) EXECUTE FUNCTION parley_keep_response_voters()"
        )


def downgrade() -> None:
    for table, column in COLUMNS:
        # Earlier versions of the records are checked too, because `as_of` returns them.
        for place in (table, f"history.{table}"):
            if op.get_bind().exec_driver_sql(f"SELECT true FROM {place} WHERE {column} IS NOT NULL LIMIT 1").scalar():
                raise RuntimeError(f"Some rows of {place} have {column}, which the previous schema cannot store.")
    for event, _ in EVENTS:
        op.execute(f"DROP TRIGGER response_voters_{event} ON response")
    op.execute("DROP FUNCTION parley_keep_response_voters(), parley_response_voters(uuid[])")
    op.execute("DROP VIEW past.response_voter")
    op.drop_table("response_voter")
    op.execute("DROP TABLE history.response_voter")
    op.execute("DROP FUNCTION history.keep_response_voter()")
    op.execute("DELETE FROM history.kept WHERE name = 'response_voter'")
    for table, column in COLUMNS:
        op.execute(f"SELECT known.hide('{table}')")
        op.execute(f"DROP VIEW past.{table}")
        op.drop_column(table, column)
        op.drop_column(table, column, schema="history")
        op.execute(f"SELECT history.keep('{table}')")
