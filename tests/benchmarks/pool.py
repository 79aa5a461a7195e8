"""Real sentences of five languages with their vectors: what the corpora of the benchmarks are put together from.

The sentences are those of the public question-answering data and of NTREX's news, drawn with a seed; the questions are
asked over the same paragraphs. Encoding is slow, so only some sentences of each language are encoded, once, and kept
in a file: any other sentence stands where an encoded one of its language stands, moved a little.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.training.corpora import load
from bot.training.written import about_news
from index.encoders import Encoder, Vectors, load_encoder
from index.languages import LANGUAGES
from index.sentences import sentences

SEED = 20231120
SENTENCES = 4000  # of each language, where there are so many
ENCODED = 400  # of each language
QUESTIONS = 10  # of each language
BYTES = range(30, 400)  # UTF-8; shorter is a heading, longer a list
NOISE = 0.1  # length of what moves a sentence away from the encoded one


@dataclass(frozen=True, slots=True)
class Pool:
    """The sentences, those of language `i` at `starts[i]:starts[i + 1]`, with unit vectors; and the questions."""

    languages: tuple[str, ...]
    starts: tuple[int, ...]
    sentences: tuple[str, ...]
    vectors: Vectors
    questions: tuple[str, ...]
    question_vectors: Vectors


def load_pool(data: Path, kept: Path) -> Pool:
    """Return the pool of the public datasets in `data`; the vectors are read from the folder `kept`, or put there."""
    texts, questions = _texts(data)
    codes = tuple(sorted(texts))
    encoder = load_encoder()
    ready = [_kept(kept, encoder, texts[code][:ENCODED]) for code in codes]
    rng = np.random.default_rng(SEED)
    vectors = np.concatenate(
        [_moved(encoded, len(texts[code]), rng) for code, encoded in zip(codes, ready, strict=True)]
    )
    starts = tuple(np.cumsum([0, *(len(texts[code]) for code in codes)]).tolist())
    joined = tuple(text for code in codes for text in texts[code])
    return Pool(codes, starts, joined, vectors, tuple(questions), encoder.encode_query(questions))


def _texts(data: Path) -> tuple[dict[str, list[str]], list[str]]:
    rng = random.Random(SEED)  # not a secret: the same sentences every time
    found: dict[str, dict[str, None]] = {code: {} for code in LANGUAGES}
    asked: dict[str, dict[str, None]] = {code: {} for code in LANGUAGES}
    for paragraph in [*load(data), *about_news(data)]:
        for start, end in sentences(paragraph.text, paragraph.language):
            if len(paragraph.text[start:end].encode()) in BYTES:
                found[paragraph.language][paragraph.text[start:end]] = None
        for question in paragraph.questions:
            asked[question.language][question.text] = None
    drawn = {code: rng.sample(sorted(texts), min(SENTENCES, len(texts))) for code, texts in found.items()}
    questions = [text for texts in asked.values() for text in rng.sample(sorted(texts), QUESTIONS)]
    return drawn, questions


def _kept(folder: Path, encoder: Encoder, texts: Sequence[str]) -> Vectors:
    digest = hashlib.sha256("\n".join([encoder.fingerprint, *texts]).encode()).hexdigest()[:16]
    path = folder / f"sentences-{digest}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path, encoder.encode_document(texts))
    vectors: NDArray[np.float32] = np.load(path)
    return vectors


def _moved(encoded: Vectors, count: int, rng: np.random.Generator) -> Vectors:
    """Return `count` unit vectors: the encoded ones, then each of them again and again with noise."""
    noise = rng.standard_normal((count, encoded.shape[1]), dtype=np.float32)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    noise[: len(encoded)] = 0
    vectors = encoded[np.arange(count) % len(encoded)] + noise
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
