"""The demands that agreements took up without adopting the text that contains them, as outcomes record it."""


def _from(table: str, owner: str) -> str:
    """Build the query for one table of outcomes; `owner` is the table of the talks or processes that have them."""
    return f"""
  SELECT o.demand_id, o.agreement_id, o.note FROM {table} AS o
  JOIN {owner} AS held ON held.id = o.{owner}_id AND held.withdrawn_at IS NULL
  WHERE o.demand_id IS NOT NULL AND o.agreement_id IS NOT NULL AND o.kind IN ('agreement', 'partial_agreement', 'signature')"""


#: The rows demand_id, agreement_id and note of the outcomes of talks and processes in which something was agreed, and which
#: name the agreement and a demand.
TAKEN_UP = f"{_from('talk_outcome', 'talk')}\n  UNION ALL{_from('process_outcome', 'process')}"
