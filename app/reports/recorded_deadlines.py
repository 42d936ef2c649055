"""The deadlines that processes, talks, proposals and agreements record, as an SQL relation."""

from app.reports.statement import in_processes

#: The owners of deadlines: collection, table, the column with the process, and the first day.
_OWNERS = (
    ("agreements", "agreement", "process_id", "sort_on"),
    ("processes", "process", "id", "started_min"),
    ("proposals", "proposal", "process_id", "sort_on"),
    ("talks", "talk", "process_id", "sort_on"),
)

#: A query of the recorded deadlines of the processes: the owner, and the columns of the deadline. The condition on `deadlines` is
#: that of the indexes, so that only records with deadlines are read.
RECORDED_DEADLINES = " UNION ALL ".join(
    f"""
SELECT '{collection}/' || o.slug AS owner, o.title, o.{process} AS process_id, o.{first_day} AS owner_day, stated.*,
  parley_edtf_day(stated."on", false) AS first_day, parley_edtf_day(stated."on", true) AS last_day
FROM {table} o CROSS JOIN LATERAL jsonb_to_recordset(o.deadlines) AS stated(
  key text, "on" text, set_on text, set_by text, replaces text, note text)
WHERE o.deadlines <> '[]'::jsonb AND o.withdrawn_at IS NULL AND {in_processes(f"o.{process}")}
"""
    for collection, table, process, first_day in _OWNERS
)
