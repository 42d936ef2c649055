"""Places: what the material names, the towns that contain them, and where those lie."""

import re

from tests.material.book import Book, Dossier, Record, coded
from tests.material.fields import Fields
from tests.material.words import COUNTRIES

CITIES: dict[str, tuple[str, str, float, float]] = {
    "istanbul": ("Istanbul", "TR", 28.9784, 41.0082),
    "antalya": ("Antalya", "TR", 30.7133, 36.8969),
    "anchorage": ("Anchorage", "US", -149.9003, 61.2181),
    "geneva": ("Geneva", "CH", 6.1432, 46.2044),
    "moscow": ("Moscow", "RU", 37.6173, 55.7558),
    "berlin": ("Berlin", "DE", 13.405, 52.52),
    "abu-dhabi": ("Abu Dhabi", "AE", 54.3773, 24.4539),
    "havana": ("Havana", "CU", -82.3666, 23.1136),
    "hurdal": ("Hurdal", "NO", 11.05, 60.43),
    "cartagena": ("Cartagena de Indias", "CO", -75.4794, 10.391),
    "bogota": ("Bogotá", "CO", -74.0721, 4.711),
    "almaty": ("Almaty", "KZ", 76.8512, 43.222),
    "vienna": ("Vienna", "AT", 16.3738, 48.2082),
    "lausanne": ("Lausanne", "CH", 6.6323, 46.5197),
    "doha": ("Doha", "QA", 51.531, 25.2854),
    "washington": ("Washington", "US", -77.0369, 38.9072),
    "sharm-el-sheikh": ("Sharm el-Sheikh", "EG", 34.33, 27.9158),
}
"""Towns: name, country, longitude, latitude. A venue in a town has the town's point, and says so (precision city)."""

VENUES = {
    "antalya": ("regnum-carya-hotel", "Regnum Carya hotel, Antalya", "antalya"),
    "dolmabahce": ("dolmabahce-palace", "Dolmabahçe Palace, Istanbul", "istanbul"),
    "ciragan": ("ciragan-palace", "Çırağan Palace, Istanbul", "istanbul"),
    "elmendorf": ("joint-base-elmendorf-richardson", "Joint Base Elmendorf-Richardson, Anchorage", "anchorage"),
    "geneva-ic": ("intercontinental-geneva", "Intercontinental Hotel, Geneva", "geneva"),
    "kremlin": ("kremlin", "Kremlin, Moscow", "moscow"),
    "havana": ("palacio-de-las-convenciones", "Palacio de las Convenciones, Havana", "havana"),
    "geneva": ("palais-des-nations", "Palais des Nations, Geneva", "geneva"),
    "vienna": ("palais-coburg", "Palais Coburg, Vienna", "vienna"),
    "wh": ("white-house", "White House, Washington", "washington"),
}
REGIONS = {
    "gomel": "gomel-region",
    "brest": "brest-region",
    "florida": "florida",
    "belovezh": "belovezhskaya-pushcha",
    "online": "video-conference",
    "donetsk": "donetsk-region",
    "luhansk": "luhansk-region",
    "zaporizhzhia": "zaporizhzhia-region",
    "kherson": "kherson-region",
    "crimea": "crimea",
    "border": "russian-ukrainian-border",
}


NAMED_IN_TEXTS = {
    "donetsk": "Donetsk region",
    "luhansk": "Luhansk region",
    "zaporizhzhia": "Zaporizhzhia region",
    "kherson": "Kherson region",
    "crimea": "Crimea",
    "border": "Russian border / border areas",
}
WORDS = {
    "donetsk": re.compile("Donetsk|\\bDPR"),
    "luhansk": re.compile("Luhansk|\\bLPR"),
    "zaporizhzhia": re.compile("Zaporizhzhia(?! nuclear| plant)"),
    "kherson": re.compile("Kherson"),
    "crimea": re.compile("Crimea"),
    "border": re.compile("the borders|Russia's borders"),
}
_FOUR = ["donetsk", "luhansk", "zaporizhzhia", "kherson"]
BY_REFERENCE = {"p24-1": _FOUR, "rm-I-1b": [*_FOUR, "crimea"], "o516-5": [*_FOUR, "crimea"]}
"""Demands on "the regions" or "those territories" of the point before."""


def convert_places(book: Book, dossier: Dossier, file: str, rows: list[Fields]) -> None:
    for entry in rows:
        with entry as place:
            _convert(book, dossier, file, place)


def city(book: Book, dossier: Dossier, slug: str) -> str:
    """The town's record; made where it is first needed."""
    if book.find("places", slug) is None:
        name, country, lon, lat = CITIES[slug]
        point = {"lon": lon, "lat": lat, "precision": "city"}
        book.add(dossier, "places", {"slug": slug, "name": name, "kind": "city", "countries": [country]} | point)
    return slug


def regions(book: Book, dossier: Dossier) -> None:
    """The regions that the demands are about. The article describes them; texts at home here name them, too."""
    for key, name in NAMED_IN_TEXTS.items():
        countries = ["RU", "UA"] if key == "border" else ["UA"]
        kind = "area" if key == "border" else "region"
        book.add(dossier, "places", {"slug": REGIONS[key], "name": name, "kind": kind, "countries": countries})


def places_in(file: str, key: str, text: str) -> list[str]:
    """The regions that a demand of the Russia–Ukraine file names."""
    if not file.startswith("russia"):
        return []
    named = BY_REFERENCE.get(key) or [place for place, words in WORDS.items() if words.search(text)]
    return [REGIONS[place] for place in named]


def _convert(book: Book, dossier: Dossier, file: str, place: Fields) -> None:
    key, name, kind = place.take("id"), place.take("name"), place.take("kind")
    country, note, sources = place.take("country"), place.take("note"), place.some("source_ids")
    record: Record
    venue = VENUES.get(key)
    if venue and name.split(",")[0].split(" (")[0] in (venue[1].split(",")[0], "Havana"):
        town = city(book, dossier, venue[2])
        point = {"lon": CITIES[town][2], "lat": CITIES[town][3], "precision": "city"}
        record = {"slug": venue[0], "name": venue[1], "kind": "venue", "part_of": town}
        record |= {"countries": [COUNTRIES[country]]} | point
    elif key in REGIONS:
        countries = ["RU", "UA"] if country == "Russia–Ukraine" else [COUNTRIES[country]] if country else []
        made = {"slug": REGIONS[key], "name": name, "kind": kind, "countries": countries}
        if key == "belovezh":
            made["part_of"] = REGIONS["brest"]
        record = book.find("places", REGIONS[key]) or made
        assert (record["name"], record["kind"]) == (name, kind), key
    else:
        slug = {"abudhabi": "abu-dhabi", "sharm": "sharm-el-sheikh"}.get(key, key)
        record = book.get("places", city(book, dossier, slug))
        assert COUNTRIES[country] in record["countries"], key
    book.name(file, "places", key, record["slug"])
    if name != record["name"]:
        coded(record, "name", name)
    is_ours = book.find("places", record["slug"]) is None or record in dossier.records["places"].values()
    if note and is_ours:
        record.setdefault("notes", []).append(note)
    if book.find("places", record["slug"]) is None:
        book.add(dossier, "places", record)
    for source in sources:
        source = book.slug(file, "sources", source)
        book.cite_from(dossier, "places", record["slug"], source, note=None if is_ours else note)
