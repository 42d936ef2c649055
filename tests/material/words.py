"""The words of the material and the words of our closed lists. What is mapped is kept in `coded_from`."""

PARTY_KINDS = {
    "state": "state",
    "armed_group": "armed_group",
    "media": "media",
    "organisation": "igo",
    "group": "unspecified_group",
    "other": "other",
}
PARTY_KINDS_BY_ID = {
    "CO-GOV": "government",
    "UOC-MP": "religious_body",
    "E3": "coalition",
    "P5P1": "coalition",
    "WEST": "coalition",
    "CO-VOTERS": "electorate",
    "PA": "authority",
}
"""Where the material's word is wider than ours."""

ROLES_IN_BRACKETS = {
    "guarantor": "guarantor",
    "accompanying": "accompanying",
    "coordinator": "coordinator",
    "outside the talks": "mentioned",
}
"""Brackets after a party's name that say what it is in the process; they are no part of the name."""

MEMBERS = {
    "e3": ("FR", "DE", "GB"),
    "p5-plus-1": ("CN", "FR", "DE", "RU", "GB", "US"),
    "western-members-of-p5-plus-1": ("US", "GB", "FR", "DE"),
}

COUNTRIES = {
    "Ukraine": "UA",
    "Türkiye": "TR",
    "Belarus": "BY",
    "United States": "US",
    "Switzerland": "CH",
    "Russia": "RU",
    "Germany": "DE",
    "United Arab Emirates": "AE",
    "Cuba": "CU",
    "Norway": "NO",
    "Colombia": "CO",
    "Kazakhstan": "KZ",
    "Austria": "AT",
    "Qatar": "QA",
    "Egypt": "EG",
}

WIKIDATA = {
    "russia": "Q159",
    "ukraine": "Q212",
    "united-states": "Q30",
    "turkiye": "Q43",
    "belarus": "Q184",
    "united-arab-emirates": "Q878",
    "switzerland": "Q39",
    "germany": "Q183",
    "france": "Q142",
    "united-kingdom": "Q145",
    "poland": "Q36",
    "cuba": "Q241",
    "norway": "Q20",
    "venezuela": "Q717",
    "chile": "Q298",
    "iran": "Q794",
    "china": "Q148",
    "israel": "Q801",
    "austria": "Q40",
    "kazakhstan": "Q232",
    "qatar": "Q846",
    "egypt": "Q79",
    "european-union": "Q458",
    "nato": "Q7184",
    "united-nations": "Q1065",
}

TALK_FORMATS: dict[str, tuple[str, str]] = {
    "bilateral delegations": ("round", "direct"),
    "trilateral ministerial": ("ministerial", "mediated"),
    "video conference": ("series", "virtual"),
    "trilateral, Türkiye presiding": ("round", "mediated"),
    "two principals": ("principals", "direct"),
    "in-person, two principals": ("principals", "direct"),
    "plenary of delegations": ("plenary", "direct"),
    "consultation": ("consultation", "direct"),
    "bilateral summit (US–Russia), three on three": ("summit", "direct"),
    "bilateral (US–Ukraine), with separate E3 meeting": ("bilateral", "direct"),
    "bilateral (US–Ukraine)": ("bilateral", "direct"),
    "bilateral (US–Russia)": ("bilateral", "direct"),
    "US–Ukraine with European leaders": ("other", "direct"),
    "trilateral security working group": ("trilateral", "mediated"),
    "trilateral with working groups": ("trilateral", "mediated"),
    "trilateral": ("trilateral", "mediated"),
    "bilateral, secret": ("consultation", "mediated"),
    "bilateral with guarantors": ("round", "mediated"),
    "bilateral with guarantors and UN": ("round", "mediated"),
    "signing": ("signing", "direct"),
    "P5+1 and Iran": ("round", "direct"),
    "P5+1 and Iran, ministers": ("ministerial", "direct"),
    "indirect (proximity) through mediators": ("round", "proximity"),
    "bilateral announcement": ("bilateral", "direct"),
    "summit of mediators and guests": ("summit", "direct"),
}
"""The material's word for a talk's format, and our kind and format."""

SERIES = {"havana-table-2012", "video-talks-2022-03"}

DURATION_BOUNDS: dict[str, str | None] = {
    "just under": "at_most",
    "about": "about",
    "just over": "at_least",
    "one account; others: under two hours": None,
}

OUTCOMES = {
    "document_exchange": "document_handed_over",
    "list_handed_over": "document_handed_over",
    "document_published": "proposal_made",
    "final_agreement": "agreement",
    "referendum": "vote",
}

PROPOSAL_TYPES = {
    "memorandum": "memorandum",
    "communiqué / treaty outline": "communique",
    "draft treaty": "draft",
    "public statement": "statement",
    "oral demands (reported by sources)": "oral",
    "oral proposal": "oral",
    "oral proposals": "oral",
    "oral demand": "oral",
    "oral demands": "oral",
    "draft peace plan": "plan",
    "counter-proposal": "counter_proposal",
    "draft framework": "framework",
    "framework": "framework",
    "framework agreement": "agreement_text",
    "interim agreement": "agreement_text",
    "final agreement": "agreement_text",
    "mediated agreement": "agreement_text",
    "demand": "other",
    "unilateral step": "other",
    "communiqué": "communique",
    "series of proposals": "other",
    "plan": "plan",
    "mediator plan": "plan",
}

ACCOUNT_KINDS = {
    "istanbul-communique-2022": "excerpt",
    "draft-treaty-2022-04-15": "excerpt",
    "ukrainian-memorandum-2025-05-28": "text",
    "russian-memorandum-2025-06-02": "text",
    "us-28-point-plan-2025": "excerpt",
    "e3-counter-proposal-2025": "excerpt",
    "general-agreement-2012": "text",
    "lausanne-parameters-2015": "text",
    "us-20-point-plan-gaza-2025": "text",
}
"""How the points of a proposal were seen; the others are known from reports."""

POINTS_SAID = {
    "istanbul-communique-2022": 10,
    "us-28-point-plan-2025": 28,
    "us-ukrainian-20-point-plan-2025": 20,
    "farc-participation-proposals-2013": 10,
    "farc-constituent-assembly-plan-2013": 12,
    "farc-end-of-conflict-proposals-2015": 10,
    "us-20-point-plan-gaza-2025": 20,
}
"""How many points a proposal has by its title or a note, where the material has no field for it."""

SEEN_IN_PART = {
    "istanbul-communique-2022",
    "ukrainian-memorandum-2025-05-28",
    "us-ukrainian-20-point-plan-2025",
    "farc-participation-proposals-2013",
    "farc-constituent-assembly-plan-2013",
}
"""Proposals of which fewer points or sections are coded than the material counts, or a note says that they were not seen."""

ACTS = {
    "demand": "demand",
    "conditional_provision": "provision",
    "agenda_item": "agenda_item",
    "agreed_term": "provision",
}
ADOPTED_TEXTS = {"interim agreement", "framework", "final agreement", "mediated agreement"}
"""Types of proposals whose points are the provisions of what was agreed."""

DRAFTED_TEXTS = {"communiqué / treaty outline", "draft treaty"}
"""Types of proposals that outline a treaty: what all its authors put forward is a provision of it."""

NOT_IN_THE_TEXT = {"jpoa-r"}
"""Points claimed of an adopted text that the other side denies to be in it."""

ACTS_BY_NOTE = {
    "comm-1": "offer",
    "comm-4": "undertaking",
    "uni-1": "undertaking",
    "rm-III-3": "undertaking",
    "e3-1": "not_demanded",
}
"""Demands whose note or text says in words that they are something else than a demand."""

STANCES = {"partially_accepted": "accepted_in_part"}

ASSESSMENTS = {
    "publisher_characterisation": "characterisation",
    "party_characterisation": "characterisation",
    "publisher_prediction": "prediction",
    "unnamed_source_claim": "claim",
    "expectation_before_publication": "expectation",
}

SOURCE_KINDS = {
    "news_article": "news",
    "linked_page": "state_media",
    "related_article_headline": "headline",
    "unnamed_source": "other",
    "primary_document_publication": "state_media",
    "primary_document_copy": "document_copy",
    "database_record": "dataset_record",
    "photo_caption": "photo_caption",
}
