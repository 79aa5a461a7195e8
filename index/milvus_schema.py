"""How a generation lies in Milvus: collections and their fields, texts in parts, and filters as expressions.

    PREFIX_passages                 an alias: the generation that answers
    PREFIX_passages_000007          a row a passage: its place, text, language, day, unit row and sparse row
    PREFIX_articles_000007          a row an article: what a citation shows, and the file it came from
    PREFIX_terms_000007             a row a term: its number and idf, by the digest of the term
    PREFIX_texts_000007             long texts in parts: articles, the manifest, the languages' statistics, the seal
    PREFIX_shards                   while several machines write a generation: what each of them counted (`shards`)

A passage's sentences are the bytes of their codes (`sentence_vectors`) in Base64, since Milvus keeps no bytes. A sparse
row's dimension is the term's number + 1: dimension 0 is held by passages without a term alone, since an empty
sparse row cannot be stored, and no query asks for it. A collection needs a vector, so those without one have `pad`.
Text in an expression is only ever a code from the table of languages, a date, or hexadecimal digits; the words of a
source are matched with every character that is not a letter or a digit as a wildcard, and then again on our side.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence

import numpy as np

from index.analysis import fold
from index.errors import StoreError
from index.languages import language
from index.milvus_client import Column
from index.passages import SENTENCES
from index.records import ArticleInfo, Filter
from index.sentence_vectors import Codes

FORMAT = 2
PART_BYTES = 60_000  # of a long text, below Milvus' 65,535 bytes to a VARCHAR
MOST_BYTES = 65_535
PASSAGE_BYTES = 8_192  # passages have up to 1,400
NO_TERM = 0  # the sparse dimension of passages without a term
NOTHING = "row < 0"  # an expression that no row satisfies

_PAD = Column("pad", "FLOAT_VECTOR", 2)
PAD = [0.0, 1.0]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEX = re.compile(r"[0-9a-f]{1,64}")

ARTICLES = (
    Column("number", "INT64", primary=True),
    Column("id", "VARCHAR", 64),
    Column("place", "VARCHAR", MOST_BYTES),
    Column("line", "VARCHAR", MOST_BYTES),
    _PAD,
)
TERMS = (
    Column("key", "VARCHAR", 32, primary=True),
    Column("number", "INT64"),
    Column("idf", "FLOAT"),
    _PAD,
)
TEXTS = (
    Column("key", "VARCHAR", 128, primary=True),
    Column("parts", "INT32"),
    Column("data", "VARCHAR", MOST_BYTES),
    _PAD,
)


def passages_columns(dimension: int) -> tuple[Column, ...]:
    """Return the fields of the passages of an encoder with that many dimensions."""
    return (
        Column("row", "INT64", primary=True),
        Column("article", "INT64"),
        Column("start", "INT64"),
        Column("end", "INT64"),
        Column("kind", "INT8"),
        Column("language", "INT8"),
        Column("day", "VARCHAR", 10),
        Column("digest", "VARCHAR", 32),
        Column("text", "VARCHAR", PASSAGE_BYTES),
        Column("dense", "FLOAT_VECTOR", dimension),
        Column("sentences", "VARCHAR", MOST_BYTES),
        Column("sparse", "SPARSE_FLOAT_VECTOR"),
    )


def text_of(codes: Codes) -> str:
    """Return the codes of a passage's sentences as they are stored."""
    return base64.b64encode(codes.tobytes()).decode()


def codes_of(text: str, dimension: int) -> Codes:
    """Return what `text_of` was given, `(SENTENCES, dimension)`."""
    return np.frombuffer(base64.b64decode(text), dtype=np.int8).reshape(SENTENCES, dimension)


def term_key(term: bytes) -> str:
    """Return the primary key of a term, 32 hexadecimal digits, whatever the term is made of."""
    return hashlib.blake2b(term, digest_size=16).hexdigest()


def in_keys(column: str, keys: Sequence[str]) -> str:
    """Return the expression for any of some hexadecimal keys."""
    if not all(_HEX.fullmatch(key) for key in keys):
        raise StoreError(f"{column} is looked up by hexadecimal digits, not {keys!r}")
    return f"{column} in [{', '.join(repr(key) for key in keys)}]".replace("'", '"')


def in_numbers(column: str, numbers: Sequence[int]) -> str:
    """Return the expression for any of some numbers."""
    return f"{column} in [{', '.join(str(int(number)) for number in numbers)}]"


def part_keys(name: str, first: int, parts: int) -> str:
    """Return the expression for some parts of a long text; `name` is ours: a word, or a word and a number."""
    if not re.fullmatch(r"[a-z0-9/-]{1,100}", name):
        raise StoreError(f"{name!r} is not the name of a stored text")
    keys = ", ".join(f'"{name}:{part}"' for part in range(first, parts))
    return f"key in [{keys}]"


def text_rows(name: str, text: str) -> Iterator[dict[str, object]]:
    """Yield the rows of a long text, cut between characters at no more than PART_BYTES bytes."""
    raw, at = text.encode(), 0
    pieces: list[str] = []
    while at < len(raw) or not pieces:
        piece = raw[at : at + PART_BYTES].decode(errors="ignore")
        pieces.append(piece)
        at += len(piece.encode())
    for part, piece in enumerate(pieces):
        yield {"key": f"{name}:{part}", "parts": len(pieces), "data": piece, "pad": PAD}


def place_of(info: ArticleInfo) -> str:
    """Return what a filter on the source is looked for in: the source and the path, folded, in one line."""
    return " ".join(fold(f"{info.source or ''}\n{info.path}").split())


def source_pattern(source: str) -> str:
    """Return a pattern for LIKE that every place holding the source satisfies, and maybe others do.

    It has no character that means anything to the language of expressions, whatever `source` has.
    """
    return "%" + "%".join(re.findall(r"[^\W_]+", fold(source))) + "%"


def expression(chosen: Filter, languages: Sequence[str], articles: Sequence[int] | None) -> str:
    """Return the expression of a filter; `articles` are those of its source, None if it names none.

    Raises LanguageError for a code that is not in the table, StoreError for a date that is none.
    """
    clauses = []
    if chosen.languages:
        codes = {language(code).code for code in chosen.languages}
        numbers = [number for number, code in enumerate(languages) if code in codes]
        clauses.append(in_numbers("language", numbers) if numbers else NOTHING)
    if articles is not None:
        clauses.append(in_numbers("article", articles) if articles else NOTHING)
    for comparison, day in ((">=", chosen.since), ("<=", chosen.until)):
        if day:
            if not _DAY.fullmatch(day):
                raise StoreError(f"a date of a filter is {day!r}: YYYY-MM-DD is accepted")
            clauses += [f'day {comparison} "{day}"', 'day != ""']
    return NOTHING if NOTHING in clauses else " and ".join(dict.fromkeys(clauses))
