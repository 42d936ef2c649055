"""The SQL statements that find pairs of records that share a key, for each collection."""

from dataclasses import dataclass

#: A key is ignored if more records share it: more than `RARE` for a key of one word, more than `LARGEST` for other
#: keys.
RARE, LARGEST = 10, 30
#: No maximum.
ANY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Pairing:
    """How pairs are found in a collection."""

    table: str
    name: str = "name"
    has_names: bool = True
    #: Which keys are derived from a name in addition to the whole name: pairs of words, the first and last words,
    #: single words, and words combined with the day in this column.
    has_word_pairs: bool = True
    has_ends: bool = False
    has_words: bool = True
    day: str | None = None
    #: SELECT statements that return further keys, as rows of record and key.
    keys: tuple[str, ...] = ()
    #: SELECT statements that return pairs of records that are known to be different, such as a group and its splinter.
    apart: tuple[str, ...] = ()
    #: SQL expression for the slug of a talk in which the records `l` and `r` both took part.
    together: str | None = None


#: SQL for an address without scheme, `www.`, fragment and final slash.
_ADDRESS = "regexp_replace(lower({url}), '^https?://(www\\.)?|#.*$|/+$', '', 'g')"
PAIRINGS = {
    "parties": Pairing(
        "party",
        apart=(
            "SELECT id, splinter_of_id FROM party WHERE splinter_of_id IS NOT NULL",
            "SELECT id, successor_of_id FROM party WHERE successor_of_id IS NOT NULL",
            "SELECT predecessor_id, successor_id FROM party_succession",
            "SELECT member_id, coalition_id FROM party_membership",
            "SELECT body_id, party_id FROM party_mandate",
        ),
        together="""(
            SELECT t.slug FROM delegation d JOIN delegation o ON o.talk_id = d.talk_id JOIN talk t ON t.id = d.talk_id
            WHERE d.party_id = l AND o.party_id = r
            AND num_nulls(d.withdrawn_at, o.withdrawn_at, t.withdrawn_at) = 3 LIMIT 1)""",
    ),
    "people": Pairing(
        "person",
        together="""(
            SELECT t.slug FROM delegation_member m JOIN delegation d ON d.id = m.delegation_id
            JOIN delegation e ON e.talk_id = d.talk_id JOIN delegation_member o ON o.delegation_id = e.id
            JOIN talk t ON t.id = d.talk_id
            WHERE m.person_id = l AND o.person_id = r
            AND num_nulls(d.withdrawn_at, e.withdrawn_at, t.withdrawn_at) = 3 LIMIT 1)""",
    ),
    "places": Pairing("place", apart=("SELECT id, part_of_id FROM place WHERE part_of_id IS NOT NULL",)),
    "sources": Pairing(
        "source",
        name="title",
        has_names=False,
        has_word_pairs=False,
        has_words=False,
        has_ends=True,
        keys=(
            f"SELECT id, {_ADDRESS.format(url='url')} FROM source WHERE url IS NOT NULL",  # noqa: S608 - names of declarations
            f"SELECT id, {_ADDRESS.format(url='archived_url')} FROM source WHERE archived_url IS NOT NULL",  # noqa: S608 - names of declarations
        ),
        apart=("SELECT id, via_id FROM source WHERE via_id IS NOT NULL",),
    ),
    "agreements": Pairing("agreement", name="title", has_names=False, has_word_pairs=False, day="agreed_on_min"),
}
#: SQL for the phonetic key of a word. Spellings of a name in Latin letters differ in vowels, in h, j and y, between c, k, q and g,
#: between s and z, between v and w, and in doubled letters. A word without consonants is left unchanged.
_SOUND = """CASE WHEN word ~ '[bcdfgklmnpqrstvwxz]' AND word !~ '[0-9]' THEN regexp_replace(
  translate(replace(replace(word, 'ph', 'f'), 'x', 'ks'), 'cqgzwaeiouyhj', 'kkksv'), '(.)\\1+', '\\1', 'g') ELSE word END"""


def _key(record: str, key: str, rows: str, most: int | None = None) -> str:
    """Build a SELECT of record, key, and the number of records that may share the key.

    The key is hashed to a number, because PostgreSQL groups numbers ten times as fast as text. If `most` is None, the
    key is sure, such as an identifier: any number of records may share it, and a shared key is enough for a
    comparison."""
    return f"SELECT {record}, hashtextextended({key}, 0), {'NULL::integer' if most is None else most} FROM {rows}"  # noqa: S608 - names of declarations


def _keys(pairing: Pairing) -> list[str]:
    keys = [
        # Any number of records may share a whole phonetic name, but that does not make it a sure key.
        _key("place", "'=' || whole", "wholes", ANY),
        _key("place", "'\"' || text", "names"),
        _key("live.place", "x.scheme || ':' || x.value", "external_id x JOIN live ON live.id = x.record_id"),
        *(_key("live.place", "k.key", f"({one}) AS k(id, key) JOIN live USING (id)") for one in pairing.keys),
    ]
    if pairing.has_words:
        keys.append(_key("place", "sound", "words", RARE))
        # If a name consists of a single misspelled word, no other word can match. Its keys are therefore all variants
        # with one letter missing.
        short = "wholes, generate_series(1, length(whole)) AS n WHERE words = 1 AND length(whole) >= 3"
        keys.append(_key("place", "'-' || overlay(whole PLACING '' FROM n FOR 1)", short, LARGEST))
        keys.append(_key("place", "'-' || whole", "wholes WHERE words = 1 AND length(whole) >= 3", LARGEST))
    if pairing.has_word_pairs:
        both = "words a JOIN words b ON b.name = a.name AND b.sound > a.sound"
        keys.append(_key("a.place", "a.sound || ' ' || b.sound", both, LARGEST))
    if pairing.has_ends:
        keys.append(_key("place", "'<' || array_to_string(sounds[1:4], ' ')", "wholes WHERE words > 4", LARGEST))
        keys.append(_key("place", "'>' || array_to_string(sounds[words - 3:], ' ')", "wholes WHERE words > 4", LARGEST))
    if pairing.day:
        keys.append(
            _key("place", "day || ' ' || sound", "words JOIN live USING (place) WHERE day IS NOT NULL", LARGEST)
        )
    return keys


def _statement(pairing: Pairing) -> str:
    """Build the statement that returns pairs of records, as their positions in the order of ids.

    Only names of tables from declarations are interpolated; every value is bound."""
    table = pairing.table
    others = (
        f"UNION SELECT live.place, n.folded FROM {table}_name n JOIN live ON live.id = n.owner_id"  # noqa: S608 - names of declarations
        if pairing.has_names
        else ""
    )
    every = " UNION ALL ".join(pairing.apart) or "SELECT NULL::uuid, NULL::uuid WHERE false"
    return f"""
WITH live AS MATERIALIZED (
  SELECT id, folded, {pairing.day or "NULL::date"} AS day, row_number() OVER (ORDER BY id)::integer AS place
  FROM {table} WHERE withdrawn_at IS NULL
), apart AS MATERIALIZED (
  SELECT least(a.place, b.place) AS one, greatest(a.place, b.place) AS other FROM ({every}) AS tied(one, other)
  JOIN live a ON a.id = tied.one JOIN live b ON b.id = tied.other
), names AS MATERIALIZED (
  SELECT place, text, row_number() OVER () AS name FROM (
    SELECT place, folded AS text FROM live {others}
    UNION SELECT live.place, t.text FROM unnest($1::text[], $2::text[]) AS t(id, text) JOIN live ON live.id = t.id::uuid
  ) AS every
), spoken AS MATERIALIZED (
  SELECT place, name, n, {_SOUND} AS sound
  FROM names, regexp_split_to_table(text, '[^a-z0-9]+') WITH ORDINALITY AS split(word, n) WHERE word <> ''
), words AS MATERIALIZED (
  SELECT DISTINCT place, name, sound FROM spoken WHERE sound <> ''
), wholes AS MATERIALIZED (
  SELECT place, string_agg(sound, ' ' ORDER BY sound) AS whole, count(*)::integer AS words,
    array_agg(sound ORDER BY n) AS sounds FROM spoken WHERE sound <> '' GROUP BY place, name
), keys(place, key, most) AS (
  SELECT DISTINCT * FROM (
    {" UNION ALL ".join(_keys(pairing))}
  ) AS every
), groups AS MATERIALIZED (
  SELECT array_agg(place ORDER BY place) AS places, min(most) IS NULL AS is_sure FROM keys GROUP BY key
  HAVING count(*) > 1 AND count(*) <= coalesce(min(most), count(*))
), pairs AS MATERIALIZED (
  SELECT a.place AS one, b.place AS other, bool_or(is_sure) AS is_sure
  FROM groups, unnest(places) WITH ORDINALITY AS a(place, n), unnest(places[a.n + 1:a.n + {LARGEST}]) AS b(place)
  GROUP BY a.place, b.place
)
SELECT one, other, is_sure FROM pairs WHERE (one, other) NOT IN (SELECT one, other FROM apart)
"""  # noqa: S608 - names of tables and columns of declarations; every value is bound


PAIR_STATEMENTS = {collection: _statement(pairing) for collection, pairing in PAIRINGS.items()}


def _names(pairing: Pairing) -> str:
    """Build the statement that returns the records ordered by id, each with all its names."""
    others = (
        f" || ARRAY(SELECT n.text FROM {pairing.table}_name n WHERE n.owner_id = r.id ORDER BY n.position, n.id)"  # noqa: S608 - names of declarations
        if pairing.has_names
        else ""
    )
    return (
        f"SELECT r.id::text, ARRAY[r.{pairing.name}]{others} AS names FROM {pairing.table} r"  # noqa: S608 - names of declarations
        " WHERE r.withdrawn_at IS NULL ORDER BY r.id"
    )


NAME_STATEMENTS = {collection: _names(pairing) for collection, pairing in PAIRINGS.items()}
TOGETHER_STATEMENTS = {
    collection: f"SELECT l::text, r::text, {pairing.together} AS slug"  # noqa: S608 - names of declarations
    " FROM (SELECT a::uuid AS l, b::uuid AS r FROM unnest($1::text[], $2::text[]) AS requested(a, b) OFFSET 0) AS pair"
    for collection, pairing in PAIRINGS.items()
    if pairing.together
}
NEWEST_STATEMENT = """
SELECT revision, EXISTS (SELECT FROM revision_change c WHERE c.revision > $1 AND c.collection = ANY ($2::text[])) AS is_touched
FROM head
"""
