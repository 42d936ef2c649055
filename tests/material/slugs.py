"""The public names of what the material calls by short ids. Slugs never change, so they are written down here."""

FILES = {
    "russia_ukraine_2022_2026": "russia-ukraine",
    "seed_istanbul_2025_06_02": "istanbul-2025-06-02",
    "colombia_farc_2012_2016": "colombia-farc",
    "israel_hamas_2025": "israel-hamas",
    "iran_nuclear_2013_2015": "iran-nuclear",
}
"""The files in the order in which their dossiers are loaded, and the dossiers' slugs."""

ARTICLE = "moscow-times-2025-06-02-memorandum"
MEMORANDUM = "russian-memorandum-2025-06-02"

TALKS = {
    "russia_ukraine_2022_2026": {
        "by-1": "gomel-2022-02-28",
        "by-2": "belovezhskaya-pushcha-2022-03-03",
        "by-3": "brest-2022-03-07",
        "antalya": "antalya-2022-03-10",
        "online-22": "video-talks-2022-03",
        "ist-22": "istanbul-2022-03-29",
        "r1": "istanbul-2025-05-16",
        "r2": "istanbul-2025-06-02",
        "r2-heads": "istanbul-2025-06-02-principals",
        "r2-e3": "istanbul-2025-06-02-europeans",
        "r3": "istanbul-2025-07-23",
        "r3-heads": "istanbul-2025-07-23-principals",
        "alaska": "anchorage-2025-08-15",
        "ge-nov25": "geneva-2025-11-23",
        "ge-nov25-e3": "geneva-2025-11-23-e3",
        "fl-nov25": "florida-2025-11-30",
        "mos-dec25": "moscow-2025-12-02",
        "be-dec25": "berlin-2025-12-14",
        "ad-1": "abu-dhabi-2026-01-23",
        "ad-2": "abu-dhabi-2026-02-04",
        "ge-feb26": "geneva-2026-02-17",
        "ge-feb26-us-ua": "geneva-2026-02-26",
    },
    "seed_istanbul_2025_06_02": {
        "r2": "istanbul-2025-06-02",
        "r2-heads": "istanbul-2025-06-02-principals",
        "r2-plenary": "istanbul-2025-06-02-plenary",
    },
    "colombia_farc_2012_2016": {
        "expl": "havana-exploratory-2012",
        "oslo": "hurdal-2012-10-18",
        "havana": "havana-table-2012",
        "c10": "havana-cycle-10",
        "c18": "havana-cycle-18",
        "c39": "havana-cycle-39",
        "cartagena": "cartagena-2016-09-26",
        "revised": "bogota-2016-11-24",
    },
    "iran_nuclear_2013_2015": {
        "alm1": "almaty-2013-02-26",
        "alm2": "almaty-2013-04-05",
        "ge13": "geneva-2013-11-20",
        "vi14a": "vienna-2014-02-18",
        "vi14b": "vienna-2014-11-18",
        "laus": "lausanne-2015-03-26",
        "vi15": "vienna-2015-06-27",
    },
    "israel_hamas_2025": {
        "doha-jan": "doha-2025-01-11",
        "wh-sep": "white-house-2025-09-29",
        "sharm-oct": "sharm-el-sheikh-2025-10-06",
        "sharm-summit": "sharm-el-sheikh-2025-10-13",
    },
}

PROPOSALS = {
    "russia_ukraine_2022_2026": {
        "comm-22": "istanbul-communique-2022",
        "draft-0415": "draft-treaty-2022-04-15",
        "putin-0614": "putin-conditions-2024-06-14",
        "ru-oral-0516": "russian-oral-demands-2025-05-16",
        "ua-30day-0516": "ukrainian-proposals-2025-05-16",
        "ua-memo": "ukrainian-memorandum-2025-05-28",
        "ru-memo": MEMORANDUM,
        "ru-r3": "russian-proposals-2025-07-23",
        "ua-r3": "ukrainian-proposals-2025-07-23",
        "us-28": "us-28-point-plan-2025",
        "e3-cp": "e3-counter-proposal-2025",
        "plan-20": "us-ukrainian-20-point-plan-2025",
        "ru-donbas-26": "russian-demand-on-donbas-2026",
    },
    "seed_istanbul_2025_06_02": {"ru-memo": MEMORANDUM},
    "colombia_farc_2012_2016": {
        "ga": "general-agreement-2012",
        "bilat": "farc-bilateral-ceasefire-2012",
        "uni-2015": "farc-unilateral-ceasefire-2015",
        "farc-0611": "farc-proposals-2013-06-11",
        "farc-part10": "farc-participation-proposals-2013",
        "farc-12": "farc-constituent-assembly-plan-2013",
        "farc-end10": "farc-end-of-conflict-proposals-2015",
        "farc-truce15": "farc-truce-proposal-2015",
        "final1": "final-agreement-2016-08",
        "final2": "final-agreement-2016-11",
    },
    "iran_nuclear_2013_2015": {
        "jpoa": "joint-plan-of-action-2013",
        "param": "lausanne-parameters-2015",
        "rouhani": "iranian-demand-on-sanctions-2015",
        "embargo": "iranian-demand-on-embargoes-2015",
        "jcpoa": "joint-comprehensive-plan-of-action-2015",
    },
    "israel_hamas_2025": {
        "jan-deal": "gaza-agreement-2025-01",
        "plan20": "us-20-point-plan-gaza-2025",
        "hamas-guar": "hamas-demands-2025-10",
        "phase1": "gaza-first-phase-2025-10",
    },
}

PARTIES = {
    "US": "united-states",
    "TR": "turkiye",
    "AE": "united-arab-emirates",
    "GB": "united-kingdom",
    "E3": "e3",
    "GUAR": "prospective-guarantor-states",
    "THIRD": "third-states",
    "INTL": "international-community",
    "UA-WEST": "western-allies-of-ukraine",
    "FOREIGN": "foreign-supporters-of-ukraine",
    "UOC-MP": "uoc-mp",
    "CO-GOV": "colombia-government",
    "FARC": "farc-ep",
    "UN": "united-nations",
    "CO-VOTERS": "colombian-electorate",
    "P5P1": "p5-plus-1",
    "WEST": "western-members-of-p5-plus-1",
    "UNSC": "un-security-council",
    "IAEA": "iaea",
    "PIJ": "palestinian-islamic-jihad",
    "PFLP": "pflp",
    "PA": "palestinian-authority",
    "REG": "regional-partners",
}
"""Where the name without its brackets is not the slug."""

PEOPLE = {
    "mbz": "mohamed-bin-zayed",
    "abz": "abdullah-bin-zayed",
    "mbar": "mohammed-bin-abdulrahman",
    "tamim": "tamim-bin-hamad",
}

DEMANDS = {"jpoa-r": "right", "f12-a": "composition"}
"""Where the end of the material's id says nothing."""

SOURCES = {
    "mt-art": ARTICLE,
    "art": ARTICLE,
    "tass": "tass-24117657",
    "mt-related-1": "moscow-times-prisoner-exchange-headline",
    "mt-related-2": "moscow-times-summer-offensive-headline",
    "interfax-unnamed": "interfax-unnamed-source-2025-06-02",
    "state-agencies": "russian-state-agencies-memorandum",
    "afp-photo": "afp-photo-caption-2025-06-02",
}
"""The article, and what it names. The others: publisher, date and title."""

RELAYED = {
    "walaw still calls Budanov": "Walaw still calls Budanov",
    "(ru-memo II.2.6)": "(Russian memorandum, II.2.6)",
    "lexology-bad misdates": "A Lexology note misdates",
    "See seed_istanbul_2025_06_02.json": "The article has a dossier of its own.",
    "the seed file 000_72662a066b6b602a.txt": "the file at hand",
    "Only the headline is in the seed.": "Only the headline is in the article.",
    'date_confidence "low" on a source': "A caveat with confidence low on a source's date",
    'Responses with "implied": true': "Responses marked as implied",
    'scope "whole_proposal"': "no scope",
    "kept in conflicting_reports with their own sources": "kept as contradicting citations",
}
"""Passages of notes that speak of the material's files and keys, and what they say to a reader of the database."""
