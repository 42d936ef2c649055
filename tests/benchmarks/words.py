"""What the made-up texts are made of. All names are invented; no sentence is of a document."""

from itertools import islice, product

#: What is asked, by the top issue's code: `{place}`, `{n}` and `{party}` are filled in. The first are the frequent ones.
PHRASES = {
    "PROC": (
        "{party} sends a delegation with full powers to the next round in {place}",
        "The agenda of the next {n} days is settled before the talks resume",
        "{party} accepts a mediator and a secretariat of {n} people in {place}",
        "The parties keep what is said in the room at {place} confidential",
    ),
    "CEAS": (
        "{party} observes a ceasefire along the line at {place} for {n} days",
        "A general ceasefire enters into force {n} hours after the signature",
        "{party} halts shelling of {place} and of the roads that lead there",
        "Observers report every violation of the truce near {place} within {n} hours",
    ),
    "SECT": (
        "{party} reduces its army to {n} thousand soldiers",
        "Fighters assemble at {place}, hand over their weapons and are demobilised",
        "The police of {place} is rebuilt with {n} officers from both communities",
        "Demining teams clear {n} square kilometres around {place}",
    ),
    "WDRW": (
        "{party} withdraws its troops from {place} within {n} days",
        "Foreign forces leave the country through {place}",
        "Heavy weapons are moved {n} kilometres behind the line at {place}",
        "A buffer zone of {n} kilometres is drawn around {place}",
    ),
    "TERR": (
        "{party} recognises the border at {place} as it stood before the war",
        "The status of {place} is decided by a referendum after {n} years",
        "{party} gives up its claim to sovereignty over {place}",
        "The line of contact near {place} becomes no border",
    ),
    "DECE": (
        "{place} receives autonomy with a parliament of {n} seats",
        "{party} passes a law on the special status of {place}",
        "Taxes raised in {place} stay there for {n} years",
    ),
    "GOVN": (
        "{party} holds elections within {n} days, also in {place}",
        "The constitution is amended by the assembly in {place}",
        "Martial law is lifted in {place}",
        "A commission against corruption with {n} members is set up",
    ),
    "POWR": (
        "A transitional government of {n} ministers takes office",
        "{party} leaves {n} posts in the cabinet to the opposition of {place}",
        "Each community holds a veto over laws that concern {place}",
    ),
    "HUMA": (
        "{party} opens a humanitarian corridor from {place} for {n} hours a day",
        "Aid convoys of {n} trucks reach {place} without inspection",
        "Refugees return to their homes in {place} in safety",
        "Hospitals and waterworks of {place} are not attacked",
    ),
    "DETN": (
        "{party} releases {n} prisoners of war held in {place}",
        "The parties carry out a prisoner exchange, {n} for {n}, at {place}",
        "{party} hands over the remains of {n} fallen soldiers",
        "Children taken from {place} are reunited with their families",
    ),
    "JUST": (
        "{party} grants an amnesty to those who fought at {place}",
        "A special court of {n} judges tries crimes committed in {place}",
        "{party} pays reparation to the victims of {place}",
    ),
    "RIGH": (
        "{party} restores the citizenship of the people of {place}",
        "An ombudsman reports on rights in {place} every {n} months",
        "Newspapers and broadcasters of {place} work without censorship",
    ),
    "GRPS": (
        "Women hold {n} seats in every commission, also in {place}",
        "{party} protects the minority of {place}",
        "Indigenous communities of {place} are consulted within {n} days",
    ),
    "ECON": (
        "{party} lifts sanctions on banks and ports of {place}",
        "Frozen assets of {n} million are released for the reconstruction of {place}",
        "Trade through {place} is free of customs for {n} years",
        "{party} pays compensation for the pipeline at {place}",
    ),
    "RESO": (
        "{party} shares the water of the dam at {place}",
        "Grain ships leave the port of {place} under inspection",
        "The nuclear plant near {place} is run by neutral engineers",
        "Land around {place} is returned to {n} families",
    ),
    "CULT": (
        "The language of {place} is taught in its schools",
        "{party} returns {n} manuscripts to the monastery of {place}",
        "Monuments in {place} remain where they stand",
    ),
    "EXTL": (
        "{party} declares permanent neutrality and joins no alliance",
        "Enrichment at {place} stays below {n} per cent",
        "{party} limits the range of its missiles to {n} kilometres",
        "{party} opens an embassy in {place}",
    ),
    "IMPL": (
        "Guarantors verify the agreement on the ground in {place}",
        "A joint commission meets in {place} every {n} days",
        "{party} receives security guarantees for {n} years",
        "Disputes about {place} go to arbitration",
    ),
    "TRAD": (
        "{party} cuts its duties on goods from {place} by {n} per cent",
        "Certificates issued in {place} are recognised within {n} days",
        "{party} buys {n} shiploads of grain a year",
    ),
    "CLIM": (
        "{party} reduces its emissions by {n} per cent",
        "The forest around {place} is left standing for {n} years",
        "{party} pays into the fund for the coast at {place}",
    ),
    "LABO": (
        "Wages at the works in {place} rise by {n} per cent",
        "{party} keeps all {n} jobs in {place}",
        "Nobody works more than {n} hours a week",
    ),
}

#: What follows a demand; the first are by far the most frequent.
TAILS = (
    "",
    ", as verified by observers",
    " after the signing of the agreement",
    ", without preconditions",
    " under the supervision of the guarantors",
    ", in accordance with the roadmap",
    " once the ceasefire holds",
    ", and reports on it to the mediator",
    " before the donors' conference",
    ", subject to ratification by parliament",
    " except in areas under quarantine",
    ", with the consent of the elders",
    " until the archives are opened",
    ", irrespective of the tribunal's verdict",
)

QUOTES = (
    "стороны обязуются соблюдать режим прекращения огня",
    "las partes se comprometen a un cese al fuego bilateral",
    "сторони обмінюються військовополоненими за формулою всіх на всіх",
    "нейтральный статус закрепляется в конституции",
    "la entrega de armas será verificada por la comisión",
    "les parties conviennent d'un échange de prisonniers",
    "вывод войск завершается в течение тридцати дней",
)

#: What an answer says, by stance; the first are the frequent ones, most of them handed down to each demand.
STANCES = (
    ("rejected", "This is unacceptable and was refused at the table"),
    ("accepted", "Agreed without reservation"),
    ("under_study", "The text is being examined in the capital"),
    ("no_comment", None),
    ("accepted_in_part", "Agreed for the northern sector only"),
    ("conditional", "Possible once the ceasefire holds"),
    ("countered", "A different wording was handed over"),
    ("deferred", "Left to a later round"),
    ("implemented", "Reported as carried out"),
    ("declared_moot", "Settled by events"),
    ("implemented_in_part", "Begun, and halted after some weeks"),
)

PARTY_NAMES = (
    ("state", "Republic of {}"),
    ("government", "Government of {}"),
    ("armed_group", "{} Liberation Front"),
    ("state", "Kingdom of {}"),
    ("armed_group", "People's Army of {}"),
    ("political_party", "{} National Congress"),
    ("authority", "{} Provisional Authority"),
    ("igo", "{} Regional Organisation"),
    ("community", "Elders of {}"),
    ("ngo", "{} Relief Committee"),
)

PUBLISHERS = (
    "Courier",
    "Gazette",
    "Herald",
    "News Agency",
    "Observer",
    "Radio",
    "Review",
    "Telegraph",
    "Times",
    "Wire",
)

_FIRST = "ka vel tor mi sar du ban ile gor pe zan kor lu ro shi nav ost bel da rim kha ur jel mo tri yas vo gal ne sul"
_MIDDLE = "ra di lo ma ne vi sto ge ba ri do ke shu la ti mer no za be ku sha ven go pi"
_LAST = "vo grad sk ia na burg sti dor mar bad lin to rovka pol ra"
_CYRILLIC = {
    "sh": "ш", "kh": "х", "a": "а", "b": "б", "d": "д", "e": "е", "g": "г", "i": "и", "j": "ж", "k": "к", "l": "л",
    "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "y": "ы", "z": "з",
}  # fmt: skip


def places(count: int) -> list[str]:
    """Invented names of places, ever the same; about ten thousand differ."""
    # The first syllable turns fastest, so that neighbours in rank look unlike.
    made = (
        (first + middle + last).capitalize()
        for last, middle, first in product(_LAST.split(), _MIDDLE.split(), _FIRST.split())
    )
    return list(islice(dict.fromkeys(made), count))


def people(count: int) -> list[tuple[str, str, str]]:
    """Invented names of people: as usual, in Cyrillic, and in another romanisation."""
    first, middle, last = _FIRST.split(), _MIDDLE.split(), ("ov", "ienko", "adze", "ani", "ez", "in", "uri", "son")
    found = []
    for n in range(count):
        given = first[n % len(first)] + middle[n // 7 % len(middle)]
        family = first[n // 3 % len(first)] + middle[n // 11 % len(middle)] + last[n % len(last)]
        # A number in words would be no name: a second family name keeps large ledgers from repeating people.
        if n >= 5_000:
            family += "-" + first[n // 97 % len(first)] + middle[n // 29 % len(middle)]
        usual = f"{given.title()} {family.title()}"
        other = usual.replace("ie", "e").replace("j", "zh").replace("y", "i").replace("sh", "sch").replace("o", "u")
        found.append((usual, _in_cyrillic(usual.lower()).title(), other))
    return found


def _in_cyrillic(name: str) -> str:
    for latin, letter in _CYRILLIC.items():
        name = name.replace(latin, letter)
    return name
