"""Links between the points of one text and those of an earlier one, as a coder reads the two texts.

Each link is a claim of ours, not of a source: its note says what is alike and what differs in the words of the two points, which
cite their sources. `repeats` needs the same words, `widens` and `narrows` need that one point contains the other; all else
is `amends`, which has no direction. Where the later text is only known in part, a missing word proves nothing, and the kind is
never `narrows`.
"""

LINEAGE: dict[str, list[tuple[str, str, str]]] = {
    # Russia: the draft of 2022, the conditions of 2024, the demands of May 2025, the memorandum, July 2025, 2026.
    "p24-2": [
        ("amends", "d15-1", "2022: no alliances, no foreign bases or contingents; 2024: NATO aspirations given up. Only two of the"
         " conditions of 2024 were seen."),
    ],
    "o516-1": [
        ("amends", "d15-1", "Neutrality and no foreign troops in both; weapons of mass destruction are added, alliances and the"
         " constitution are not mentioned."),
    ],
    "o516-4": [("widens", "d15-4", "2022: Crimea recognised as Russian; 2025: five regions, Crimea among them.")],
    "o516-5": [
        ("amends", "p24-1", "The ceasefire is conditional in both; 2024: the four regions are handed over, 2025: Ukrainian forces"
         " leave the regions."),
    ],
    "rm-I-1a": [("repeats", "o516-4", "The same five regions, with international recognition in both.")],
    "rm-I-2a": [("amends", "o516-1", "Neutrality in both; the memorandum spells it out as joining no military alliance or coalition."
                 " It splits the point of May.")],
    "rm-I-2b": [("widens", "o516-1", "May: no foreign troops; June: no foreign formations, bases, military infrastructure or other"
                 " military activity of third states.")],
    "rm-I-4": [("widens", "o516-1", "May: no weapons of mass destruction on its soil; June: no acceptance or transit of them"
                " either.")],
    "rm-I-5a": [("amends", "d15-9", "Ceilings on forces and weapons in both. The memorandum names no figure; those of the annex of"
                 " 2022 are reported differently.")],
    "rm-I-6a": [("amends", "o516-3", "Rights of Russian speakers in both; Russians are added, the European standards are not"
                 " mentioned.")],
    "rm-I-6b": [("repeats", "d15-5", "Russian as an official language in both.")],
    "rm-I-7a": [("amends", "d15-6", "Nazism and neo-Nazism in both; 2022: propaganda, also of fascism and aggressive nationalism;"
                 " 2025: glorifying and promoting.")],
    "rm-I-7b": [("amends", "d15-6", "2022: organisations are banned; 2025: nationalist organisations and parties are dissolved.")],
    "rm-I-8a": [("amends", "d15-7", "Sanctions lifted by both sides; 2022: those imposed since 2014; 2025: all current economic"
                 " sanctions and restrictions.")],
    "rm-I-10": [("repeats", "o516-2", "Both sides give up claims for war damage.")],
    "rm-II-1": [
        ("amends", "o516-5", "The withdrawal from the regions as the condition of a ceasefire in both; May: only after it; June: from"
         " its start (III.5), with a pull-back from Russia's borders added."),
    ],
    "r3-2": [("amends", "rm-III-2", "A truce for bodies in both; 2 to 3 days in June, 24 to 48 hours in July, which adds the"
              " wounded.")],
    "ru26-1": [("amends", "rm-I-1b", "Names only the part of Donetsk region that Ukraine holds. Whether the demand on the other"
                " regions was dropped is not reported.")],
    # Ukraine: the communiqué and the draft of 2022, the proposals of May 2025, the memorandum, July 2025.
    "d15-1": [
        ("amends", "comm-1", "Permanent neutrality in both; the draft anchors it in the constitution."),
        ("amends", "comm-4", "No alliances, no foreign bases or contingents in both; exercises and EU membership are not"
         " mentioned."),
    ],
    "d15-2": [("amends", "comm-2", "Eleven possible guarantors in the communiqué; five in the draft, and two in dispute (Belarus,"
               " Türkiye).")],
    "d15-3": [("amends", "comm-3", "Guarantees do not apply to Crimea and Sevastopol in both; the areas of Donetsk and Luhansk are"
               " not mentioned.")],
    "um-1": [("amends", "u516-1", "A full and unconditional ceasefire in both; the memorandum makes it the precondition of peace"
              " negotiations. Section III has its duration.")],
    "um-8": [("widens", "u516-1", "30 days in May; at least 30 days, renewable, in the memorandum.")],
    "um-10": [("amends", "u516-2", "A meeting of the leaders in both; the memorandum adds what they settle.")],
    "u3-1": [("amends", "um-10", "A meeting of the leaders in both; Trump, Erdoğan and a day are added, what they settle is not"
              " mentioned.")],
    "u3-2": [("repeats", "um-1", "A full and unconditional ceasefire in both; July names strikes on civilian infrastructure.")],
    # The plan of 20 points supersedes that of 28.
    "p20-1": [("repeats", "us28-1", "Ukraine's sovereignty: confirmed, reaffirmed.")],
    "p20-2": [("amends", "us28-2", "A non-aggression agreement in both; monitoring of the line of contact is added, the ambiguities"
               " of 30 years are not mentioned.")],
    "p20-3": [("repeats", "us28-5", "Security guarantees for Ukraine in both.")],
    "p20-4": [
        ("amends", "us28-6", "A ceiling on Ukraine's forces: 600,000, then 800,000 in peacetime."),
        ("repeats", "e3-2", "The figure and the words of the E3: 800,000 in peacetime."),
    ],
    "p20-5": [("amends", "us28-10", "A guarantee that lapses if Ukraine attacks; 28 points: of the United States, paid for;"
               " 20 points: of the United States, NATO and Europeans, like Article 5.")],
    "p20-7": [("widens", "us28-11", "EU membership with market access meanwhile in both; eligible, then by a fixed date.")],
    "p20-8": [("amends", "us28-12", "Reconstruction in both; a package without a figure, then funds of up to 800 billion"
               " dollars.")],
    "p20-11": [("repeats", "us28-18", "Ukraine non-nuclear in both; the 20 points name the NPT.")],
    "p20-12": [("amends", "us28-19", "The Zaporizhzhia plant in both; under the IAEA, then under joint management.")],
    "p20-14a": [("amends", "us28-21", "De facto recognition and Russia's leaving of other regions in both; 28 points: of Crimea,"
                 " Luhansk and Donetsk; 20 points: of the line of contact.")],
    "p20-14b": [("amends", "us28-21", "A demilitarised part of Donetsk region, then of Donbas; Ukraine leaves it, then both pull back.")],
    "p20-14c": [("amends", "us28-21", "The Ukrainian-held part of Donetsk region, then of Donbas; a demilitarised buffer, then a free"
                 " economic zone subject to a referendum.")],
    # Other negotiations.
    "f12-1": [("amends", "f611-2", "A constituent assembly in both; the 12 points make it part of the ratification.")],
    "ft-1": [("repeats", "bilat-1", "A bilateral ceasefire, a bilateral truce; before a final agreement, as a step to the definitive"
              " ceasefire. The coders of the file count one demand in three proposals.")],
    "jc-1": [("amends", "par-1", "6,104 centrifuges in both; from about 19,000, or from almost 20,000; the texts differ"
              " on how many enrich.")],
    "jc-2": [("repeats", "par-3", "300 kg for 15 years in both; the stock before is given on different bases.")],
    "jc-3": [("amends", "par-5", "Fordow gets another use in both; the final text makes it a research centre, and years are not"
              " reported.")],
    "jc-4": [("amends", "par-6", "Arak redesigned in both; so that it cannot make plutonium is added, the 15 years are not"
              " reported.")],
    "ph-1": [("amends", "g-3", "Israel withdraws to an agreed line in both; 24 hours are added.")],
}  # fmt: skip
"""The later demand → the kind of link, the earlier demand, and what is alike and what differs."""

BASIS = "the coder's reading of the two texts"
