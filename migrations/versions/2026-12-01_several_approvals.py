"""Where several bodies must approve for a party, count the answers of all of them.

The latest answer of any of the bodies was the answer of the party, so that one chamber could approve what the other one had
rejected. The function `state.answers` is changed in place. This file contains only the parts that change.

The stored states that change are a normal revision; the filters of earlier revisions find the previous ones.

Revision: several_approvals
Revises: acts_of_signatures
"""

from alembic import op

revision = "several_approvals"
down_revision = "acts_of_signatures"
branch_labels = None
depends_on = None

BODIES = """SELECT m.body_id FROM party_mandate AS m
                        WHERE m.party_id = r.party_id AND m.role = 'approves'
                            AND (SELECT b.withdrawn_at FROM party AS b WHERE b.id = m.body_id) IS NULL
                            AND state.held(m.valid_from_min, m.valid_to_max, r.said_from, r.said_to)"""

# `bodies` is empty unless the answer `r` is the party's own acceptance or an answer of one of several bodies. The answer of
# a body is selected as that of a party is (`ranked`), but only among the answers that the body gave itself.
APPROVAL = f"""coalesce(CASE WHEN r.class = 1 THEN (
                SELECT CASE
                    WHEN bool_or(body.stance = 'rejected') THEN 'rejected'
                    WHEN bool_and(body.stance IS NOT DISTINCT FROM 'accepted') THEN 'accepted'
                    WHEN r.stance = 'accepted' OR bool_or(body.stance = 'accepted') THEN 'conditional'
                END
                FROM (SELECT ARRAY({BODIES}) AS ids OFFSET 0) AS bodies
                CROSS JOIN LATERAL (
                    SELECT (
                        SELECT CASE a.stance WHEN 'implemented' THEN 'accepted' ELSE a.stance END
                        FROM (
                            SELECT s.stance, s.level, s.is_deed, s.said_to, s.position,
                                lag(s.level) OVER nearest AS former_level, first_value(s.is_deed) OVER nearest AS best,
                                first_value(s.level) OVER nearest AS n_level, first_value(s.said_to) OVER nearest AS n_said_to,
                                first_value(s.position) OVER nearest AS n_position,
                                first_value(s.stance) OVER nearest AS n_stance
                            FROM (
                                SELECT said.*, said.stance IN ('implemented', 'implemented_in_part') AS is_deed FROM said
                                WHERE said.speaker_id = b.id AND NOT said.is_partial AND said.stance <> 'no_comment'
                                    AND (said.said_to <= r.day OR said.said_to IS NULL AND r.undated)
                                    AND (r.inherited OR said.level = 0)
                            ) AS s
                            JOIN party_mandate AS m ON m.body_id = b.id AND m.party_id = r.party_id
                                AND state.held(m.valid_from_min, m.valid_to_max, s.said_from, s.said_to)
                            WINDOW nearest AS (
                                ORDER BY s.is_deed, s.level, s.is_implied AND s.agreement_id IS NULL,
                                    s.said_to DESC NULLS LAST, s.position DESC, s.is_scoped, s.slug COLLATE "C" DESC
                            )
                        ) AS a
                        WHERE a.is_deed = a.best AND a.former_level IS DISTINCT FROM a.level AND (
                            a.level = a.n_level
                            OR a.n_stance IN ('under_study', 'deferred') AND a.stance NOT IN ('under_study', 'deferred')
                                AND (coalesce(a.said_to, '-infinity'), a.position)
                                    > (coalesce(a.n_said_to, '-infinity'), a.n_position)
                        )
                        ORDER BY a.level = a.n_level, a.level
                        LIMIT 1
                    ) AS stance
                    FROM unnest(bodies.ids) AS b(id)
                ) AS body
                WHERE cardinality(bodies.ids) > 1
                    AND (r.speaker_id = ANY (bodies.ids) OR r.speaker_id = r.party_id AND r.stance = 'accepted')
                HAVING count(*) > 0
            ) END, CASE
                WHEN r.class = 3 THEN 'undetermined'"""

#: The parts of the text of `state.answers` that change, and their new texts.
CHANGES = {
    "CASE\n                WHEN r.class = 3 THEN 'undetermined'": APPROVAL,
    "END AS counted_as": "END) AS counted_as",
    "SELECT q.day, q.applies, v.*,": "SELECT q.day, q.applies, q.undated, q.inherited, v.*,",
}


def upgrade() -> None:
    _change(CHANGES)


def downgrade() -> None:
    _change({new: old for old, new in CHANGES.items()})


def _change(parts: dict[str, str]) -> None:
    connection = op.get_bind()
    name = "state.answers(uuid, date, boolean, boolean)"
    [text] = connection.exec_driver_sql(f"SELECT pg_get_functiondef('{name}'::regprocedure)").one()
    for old, new in parts.items():
        if text.count(old) != 1:
            raise ValueError(f"{old} does not occur exactly once")
        text = text.replace(old, new)
    # `op.execute` would treat a colon as the start of a parameter name.
    connection.exec_driver_sql(text)
    # The editor is reset below, because all migrations of a run share one transaction.
    op.execute(
        "SELECT set_config('parley.editor', 'parley', true),"
        " set_config('parley.message', 'the states of demands that several bodies approve', true)"
    )
    # Only demands that several bodies may approve can have another state.
    op.execute(
        "SELECT state.refresh(state.answered_by(ARRAY("
        " SELECT body_id FROM party_mandate WHERE role = 'approves' AND party_id IN ("
        "  SELECT party_id FROM party_mandate WHERE role = 'approves' GROUP BY party_id HAVING count(*) > 1"
        " ) UNION"
        " SELECT party_id FROM party_mandate WHERE role = 'approves' GROUP BY party_id HAVING count(*) > 1"
        ")))"
    )
    op.execute("SELECT set_config('parley.editor', '', true), set_config('parley.message', '', true)")
