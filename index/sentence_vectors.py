"""The vectors of a passage's sentences, in eight bits a component, beside the passage's own.

A passage of three sentences lies between what each of them says, and a question asks for one. So a passage that was
found is scored by its own cosine and that of its closest sentence (multi-vector representations: Luan et al. 2021; the
most similar of several: Khattab & Zaharia 2020). A vector is stored as ⌊127 v / max|v|⌉: its length gives the scale
back, and zeros are no sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import readable
from index.encoders import Encoder, Vectors
from index.passages import SENTENCES
from index.records import Passage
from index.sentences import sentences

LARGEST = 127  # of a code
Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """Of passages: their unit vectors, `(n, dim)` float32, and their sentences' codes, `(n, SENTENCES, dim)` int8."""

    passages: Vectors
    sentences: Codes

    def __len__(self) -> int:
        """Return the number of passages."""
        return len(self.passages)

    def __getitem__(self, rows: Any) -> "PassageVectors":
        """Return some of them."""
        return PassageVectors(self.passages[rows], self.sentences[rows])

    def __setitem__(self, rows: Any, others: "PassageVectors") -> None:
        """Write others in the place of some."""
        self.passages[rows], self.sentences[rows] = others.passages, others.sentences


def lines(passage: Passage) -> list[str]:
    """Return what is encoded of a passage: its readable text, and its first sentences where it has several."""
    spans = sentences(passage.text, passage.article.language)[:SENTENCES]
    apart = [readable(passage.text[start:end]) for start, end in spans]
    return [readable(passage.text), *(apart if len(apart) > 1 else ())]


def encode(texts: Sequence[Sequence[str]], encoder: Encoder) -> PassageVectors:
    """Encode passages and their sentences, as `lines` gives them: the longest first, and each text once."""
    unique = sorted(dict.fromkeys(chain.from_iterable(texts)), key=lambda text: -len(text.encode()))
    place = {text: number for number, text in enumerate(unique)}
    vectors = encoder.encode_document(unique)
    codes = quantised(vectors)
    apart = np.zeros((len(texts), SENTENCES, encoder.dimension), dtype=np.int8)
    for row, (_, *several) in enumerate(texts):
        if several:
            apart[row, : len(several)] = codes[[place[text] for text in several]]
    return PassageVectors(vectors[[place[whole] for whole, *_ in texts]], apart)


def quantised(vectors: Vectors) -> Codes:
    """Return the codes of unit vectors, whatever their shape before the last axis; of a vector of zeros, zeros."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    return np.asarray(np.rint(vectors * (LARGEST / np.where(largest > 0, largest, 1))), dtype=np.int8)


def best_cosines(codes: Codes, query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of each passage's closest sentence with the query `(dim,)`, `(n,)`; NaN where it has none."""
    wide = codes.reshape(-1, len(query)).astype(np.float32)
    # subtle: einsum adds up in one order, wherever a row stands, so that what is the same ties.
    squares = np.einsum("ij,ij->i", wide, wide)
    products = np.einsum("ij,j->i", wide, query)
    with np.errstate(invalid="ignore"):  # 0 / 0, where there is no sentence
        cosines = (products / np.sqrt(squares)).reshape(codes.shape[:2])
    best: NDArray[np.float32] = np.fmax.reduce(cosines, axis=1, initial=np.nan)
    return best
