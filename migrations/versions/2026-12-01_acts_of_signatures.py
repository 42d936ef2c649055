"""Add an act (ratified, acceded, withdrew …), a share and a note to signatures, and a rule of entry into force to
agreements.

The function `state.standing` derives how far an agreement had come on a day (app/domain/STATES.md). Like the functions
for the states of demands, it refers to tables without a schema, so that it reads the views in sessions with `as_of` or
`known_by`.

Three kinds of links between demands are also new.

Revision: acts_of_signatures
Revises: drafts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "acts_of_signatures"
down_revision = "drafts"
branch_labels = None
depends_on = None

ACTS = ("initialled", "signed", "ratified", "accepted", "acceded", "withdrew", "other")
LINKS = (
    "repeats",
    "amends",
    "strikes_out",
    "narrows",
    "withdraws",
    "counters",
    "settles",
    "contradicts",
    "incorporated_in",
    "reports",
)
ADDED_LINKS = ("retaliates", "responds_to_step", "fulfils")
COLUMNS = {"act": sa.Text(), "share": sa.Numeric(9, 6), "note": sa.Text()}

STANDING = r"""
CREATE FUNCTION state.standing(asked_agreement uuid, asked_day date) RETURNS json STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    coded record;
    rule jsonb;
    needs uuid[];
    has_rule boolean;
BEGIN
    SELECT a.in_force_on, a.in_force_on_max, a.entry_into_force INTO coded FROM agreement AS a WHERE a.id = asked_agreement;
    rule := coalesce(coded.entry_into_force, '{}');
    -- A rule names parties by slug, which may be a former one.
    needs := ARRAY(
        SELECT DISTINCT coalesce(
            (SELECT p.id FROM party AS p WHERE p.slug = n.slug),
            (SELECT l.record_id FROM slug_alias AS l WHERE l.collection = 'parties' AND l.slug = n.slug)
        )
        FROM jsonb_array_elements_text(coalesce(rule -> 'needs', '[]')) AS n(slug)
    );
    has_rule := coalesce(rule ->> 'parties', rule ->> 'share') IS NOT NULL OR needs <> '{}';
    RETURN (
        WITH act AS MATERIALIZED (
            -- The acts that count on the day; an undated one counts from today on, and after all others.
            SELECT s.party_id, s.position, s.share, s.on_min, s.on_max, coalesce(s.on_max, 'infinity') AS counts_on,
                CASE WHEN s.act IN ('ratified', 'accepted', 'acceded') THEN 'bound' ELSE coalesce(s.act, 'signed') END AS did
            FROM agreement_signature AS s
            WHERE s.agreement_id = asked_agreement AND coalesce(s.capacity, 'party') = 'party'
                AND coalesce(s.on_max, parley_today()) <= asked_day
        ),
        absence AS MATERIALIZED (
            -- A withdrawal counts until an act that certainly came after it.
            SELECT w.party_id, w.counts_on AS from_on, min(again.on_max) AS until_on
            FROM act AS w
            LEFT JOIN act AS again ON again.did = 'bound' AND again.party_id = w.party_id
                AND (again.on_min > w.on_max OR again.on_min = w.on_max AND again.position > w.position)
            WHERE w.did = 'withdrew'
            GROUP BY w.party_id, w.position, w.counts_on
        ),
        event AS (
            -- The days on which a party may be bound or free; at infinity, all acts count.
            SELECT DISTINCT a.party_id, day
            FROM act AS a CROSS JOIN LATERAL unnest(ARRAY[a.counts_on, DATE 'infinity']) AS day
            WHERE a.did IN ('bound', 'withdrew') AND a.party_id IS NOT NULL
        ),
        bound AS MATERIALIZED (
            -- A party has the share of its latest act.
            SELECT e.day, e.party_id, (
                array_agg(b.share ORDER BY b.on_max DESC NULLS LAST, b.position DESC) FILTER (WHERE b.share IS NOT NULL)
            )[1] AS share
            FROM event AS e
            JOIN act AS b ON b.did = 'bound' AND b.party_id = e.party_id AND b.counts_on <= e.day
            WHERE NOT EXISTS (
                SELECT FROM absence AS a
                WHERE a.party_id = e.party_id AND a.from_on <= e.day AND (a.until_on IS NULL OR a.until_on > e.day)
            )
            GROUP BY e.day, e.party_id
        ),
        change AS (
            SELECT e.day,
                n.parties - coalesce(lag(n.parties) OVER own, 0) AS parties,
                n.share - coalesce(lag(n.share) OVER own, 0) AS share,
                n.needed - coalesce(lag(n.needed) OVER own, 0) AS needed
            FROM event AS e
            LEFT JOIN bound AS b ON b.day = e.day AND b.party_id = e.party_id
            CROSS JOIN LATERAL (
                SELECT num_nonnulls(b.party_id) AS parties, coalesce(b.share, 0) AS share,
                    coalesce(b.party_id = ANY (needs), false)::integer AS needed
            ) AS n
            WINDOW own AS (PARTITION BY e.party_id ORDER BY e.day)
        ),
        met AS (
            SELECT t.day
            FROM (
                SELECT c.day, sum(c.parties) OVER until AS parties, sum(c.share) OVER until AS share,
                    sum(c.needed) OVER until AS needed
                FROM change AS c WHERE has_rule
                WINDOW until AS (ORDER BY c.day)
            ) AS t
            WHERE t.parties >= coalesce((rule ->> 'parties')::numeric, 1)
                AND t.share >= coalesce((rule ->> 'share')::numeric, 0)
                AND t.needed = cardinality(needs)
        ),
        entry AS (
            SELECT m.met_on, CASE WHEN m.computed <= DATE '9999-12-31' THEN m.computed END AS computed
            FROM (
                SELECT min(m.day) AS met_on,
                    (min(m.day) + coalesce(rule ->> 'after', 'P0D')::interval)::date AS computed
                FROM met AS m WHERE m.day < 'infinity'
            ) AS m
        ),
        did AS (
            SELECT a.party_id, a.did FROM act AS a WHERE a.did IN ('initialled', 'signed')
            UNION SELECT b.party_id, 'bound' FROM bound AS b WHERE b.day = 'infinity'
            UNION SELECT w.party_id, 'withdrew' FROM act AS w
            WHERE w.did = 'withdrew' AND NOT EXISTS (SELECT FROM bound AS b WHERE b.day = 'infinity' AND b.party_id = w.party_id)
        ),
        listed AS (
            SELECT
                coalesce(json_agg(p.mention ORDER BY p.slug) FILTER (WHERE d.did = 'initialled'), '[]') AS initialled_by,
                coalesce(json_agg(p.mention ORDER BY p.slug) FILTER (WHERE d.did = 'signed'), '[]') AS signed_by,
                coalesce(json_agg(p.mention ORDER BY p.slug) FILTER (WHERE d.did = 'bound'), '[]') AS bound_by,
                coalesce(json_agg(p.mention ORDER BY p.slug) FILTER (WHERE d.did = 'withdrew'), '[]') AS withdrew
            FROM did AS d
            CROSS JOIN LATERAL (
                SELECT p.slug, json_build_object('slug', p.slug, 'name', p.name, 'kind', p.kind) AS mention
                FROM party AS p WHERE p.id = d.party_id OFFSET 0
            ) AS p
        ),
        -- Without conditions, all parties to the agreement must be bound; if it lists none, all that signed.
        expected AS (
            SELECT p.party_id FROM agreement_party AS p WHERE p.agreement_id = asked_agreement
            UNION SELECT d.party_id FROM did AS d
            WHERE d.did = 'signed' AND d.party_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM agreement_party AS p WHERE p.agreement_id = asked_agreement)
        )
        SELECT json_build_object(
            'on', asked_day,
            'word', CASE
                WHEN coalesce(coded.in_force_on_max, entry.computed) <= asked_day THEN 'in_force'
                WHEN EXISTS (SELECT FROM met) THEN 'ratified'
                WHEN NOT has_rule AND EXISTS (SELECT FROM expected) AND NOT EXISTS (
                    SELECT FROM expected AS e
                    WHERE NOT EXISTS (SELECT FROM bound AS b WHERE b.day = 'infinity' AND b.party_id = e.party_id)
                ) THEN 'ratified'
                WHEN EXISTS (SELECT FROM did AS d WHERE d.did = 'bound') THEN 'partly_ratified'
                WHEN EXISTS (SELECT FROM did AS d WHERE d.did = 'withdrew') THEN 'other'
                WHEN EXISTS (SELECT FROM did AS d WHERE d.did = 'signed') THEN 'signed'
                WHEN EXISTS (SELECT FROM did AS d WHERE d.did = 'initialled') THEN 'initialled'
                WHEN EXISTS (SELECT FROM act) THEN 'other'
                ELSE 'none'
            END,
            'initialled_by', listed.initialled_by,
            'signed_by', listed.signed_by,
            'bound_by', listed.bound_by,
            'withdrew', listed.withdrew,
            'parties_counted', (SELECT count(*) FROM bound AS b WHERE b.day = 'infinity'),
            'share_counted', (SELECT trim_scale(sum(b.share)) FROM bound AS b WHERE b.day = 'infinity'),
            'rule_met_on', entry.met_on,
            'computed_in_force_on', entry.computed,
            'in_force_on', coalesce(coded.in_force_on, to_char(entry.computed, 'YYYY-MM-DD')),
            'in_force_on_min', parley_possible_day(coalesce(coded.in_force_on, to_char(entry.computed, 'YYYY-MM-DD')), false),
            'in_force_on_max', parley_possible_day(coalesce(coded.in_force_on, to_char(entry.computed, 'YYYY-MM-DD')), true)
        )
        FROM listed CROSS JOIN entry
    );
END $$
"""


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("agreement_signature", sa.Column(name, kind, nullable=True))
    op.create_check_constraint(op.f("ck_agreement_signature_act"), "agreement_signature", f"act IN {ACTS}")
    op.create_check_constraint(op.f("ck_agreement_signature_share"), "agreement_signature", "share BETWEEN 0 AND 100")
    op.execute("SELECT history.keep('agreement_signature')")
    op.add_column("agreement", sa.Column("entry_into_force", postgresql.JSONB(), nullable=True))
    op.execute("SELECT history.keep('agreement')")
    # `op.execute` would treat a colon as the start of a parameter name.
    op.get_bind().exec_driver_sql(STANDING)
    _allow_links(*LINKS, *ADDED_LINKS)


def downgrade() -> None:
    # Earlier versions are checked too, because `as_of` returns them.
    for table in ("agreement_signature", "history.agreement_signature"):
        _fail_if_any(table, "num_nonnulls(act, share, note) > 0", "signatures with an act, a share or a note")
    for table in ("agreement", "history.agreement"):
        _fail_if_any(table, "entry_into_force IS NOT NULL", "agreements with a rule of entry into force")
    for table in ("demand_link", "history.demand_link"):
        _fail_if_any(table, f"kind IN {ADDED_LINKS}", "links of a new kind")
    _allow_links(*LINKS)
    op.execute("DROP FUNCTION state.standing(uuid, date)")
    _drop_columns("agreement", "entry_into_force")
    _drop_columns("agreement_signature", *COLUMNS)


def _drop_columns(table: str, *names: str) -> None:
    op.execute(f"SELECT known.hide('{table}')")
    op.execute(f"DROP VIEW past.{table}")
    for name in names:
        op.drop_column(table, name)
        op.drop_column(table, name, schema="history")
    op.execute(f"SELECT history.keep('{table}')")


def _allow_links(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_demand_link_kind"), "demand_link", type_="check")
    op.create_check_constraint(op.f("ck_demand_link_kind"), "demand_link", f"kind IN {kinds}")


def _fail_if_any(table: str, condition: str, what: str) -> None:
    """Fail rather than delete data that cannot be recreated."""
    if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE {condition} LIMIT 1").scalar():
        raise RuntimeError(f"There are {what}, which the previous schema cannot store.")
