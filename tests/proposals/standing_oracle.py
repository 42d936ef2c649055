"""The standing of an agreement, computed a second time in plain Python from its body (rules in `app/guides/state-rules.md`).

It looks at every calendar day on which something may change, and shares no code with the application beyond the oracle of
demand states, from which it takes the reading of dates.
"""

import calendar
import re
from datetime import date, timedelta
from typing import Any

from tests.demands.oracle import first_day, last_day

Row = dict[str, Any]
BINDING = {"ratified", "accepted", "acceded"}


def _counts(act: Row, day: date, today: date) -> bool:
    last = last_day(act.get("on"))
    return act.get("capacity") in (None, "party") and (last <= day if last else day >= today)


def _certainly_after(later: Row, place: int, earlier: Row, earlier_place: int) -> bool:
    first, last = first_day(later.get("on")), last_day(earlier.get("on"))
    if first is None or last is None:
        return False
    return first > last or (first == last and place > earlier_place)


def bound(acts: list[Row], day: date, today: date) -> dict[str, float | None]:
    """The bound parties on a day, each with its share."""
    found: dict[str, float | None] = {}
    counted = [(place, act) for place, act in enumerate(acts) if _counts(act, day, today) and act.get("party")]
    for party in {act["party"] for _, act in counted}:
        own = [(place, act) for place, act in counted if act["party"] == party]
        consents = [(place, act) for place, act in own if act.get("act") in BINDING]
        leaves = [(place, act) for place, act in own if act.get("act") == "withdrew"]
        if consents and all(any(_certainly_after(c, at, w, place) for at, c in consents) for place, w in leaves):
            latest = sorted(consents, key=lambda one: (last_day(one[1].get("on")) or date.min, one[0]))
            shares = [act["share"] for _, act in latest if act.get("share") is not None]
            found[party] = shares[-1] if shares else None
    return found


def _is_met(rule: Row, parties: dict[str, float | None]) -> bool:
    if rule.get("parties") is None and rule.get("share") is None and not rule.get("needs"):
        return False
    return (
        bool(parties)
        and len(parties) >= (rule.get("parties") or 0)
        and round(sum(share or 0 for share in parties.values()), 6) >= (rule.get("share") or 0)
        and set(rule.get("needs") or ()) <= set(parties)
    )


def _plus(day: date, duration: str | None) -> date:
    years, months, weeks, days = (
        int(n or 0) for n in re.findall(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", duration or "P")[0]
    )
    over, month = divmod(day.month - 1 + months, 12)
    year = day.year + years + over
    moved = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return moved + timedelta(weeks=weeks, days=days)


def standing(agreement: Row, day: date, today: date) -> Row:
    """What the API says, with parties by slug."""
    acts, rule = agreement.get("signatures", []), agreement.get("entry_into_force") or {}
    counted = [act for act in acts if _counts(act, day, today)]
    now = bound(acts, day, today)

    def by(*words: str | None) -> list[str]:
        return sorted({act["party"] for act in counted if act.get("party") and act.get("act") in words})

    dated = [act for act in acts if act.get("on")]
    changes = sorted(last for act in dated if (last := last_day(act["on"])) and last <= day)
    met_on = next((change for change in changes if _is_met(rule, bound(dated, change, today))), None)
    computed = _plus(met_on, rule.get("after")) if met_on else None
    coded = agreement.get("in_force_on")
    found: Row = {
        "on": day.isoformat(),
        "initialled_by": by("initialled"),
        "signed_by": by(None, "signed"),
        "bound_by": sorted(now),
        "withdrew": sorted(set(by("withdrew")) - set(now)),
        "parties_counted": len(now),
        "share_counted": round(sum(share or 0 for share in now.values()), 6)
        if any(share is not None for share in now.values())
        else None,
        "rule_met_on": met_on and met_on.isoformat(),
        "computed_in_force_on": computed and computed.isoformat(),
        "in_force_on": coded or (computed and computed.isoformat()),
    }
    has_rule = rule.get("parties") is not None or rule.get("share") is not None or bool(rule.get("needs"))
    expected = set(agreement.get("parties") or found["signed_by"])
    in_force = last_day(coded) if coded else computed
    if in_force and in_force <= day:
        word = "in_force"
    elif met_on or _is_met(rule, now) or (not has_rule and expected and expected <= set(now)):
        word = "ratified"
    elif now:
        word = "partly_ratified"
    elif found["withdrew"]:
        word = "other"
    elif any(act.get("act") in (None, "signed") for act in counted):
        word = "signed"
    elif any(act.get("act") == "initialled" for act in counted):
        word = "initialled"
    else:
        word = "other" if counted else "none"
    return {"word": word, **found}
