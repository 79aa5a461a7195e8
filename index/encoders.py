"""Text → unit vectors: the embedded encoder, or any model of `sentence-transformers` by name or path.

The embedded one needs no network and no torch: `embedded_encoder`. It has the method names of `SentenceTransformer`,
so that any model is one `Encoder`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedded_encoder import EMBEDDED, EmbeddedEncoder
from index.errors import EncoderError

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
    return EmbeddedEncoder() if name == EMBEDDED else SentenceTransformerEncoder(name)


def mismatch(built_with: Mapping[str, Any], encoder: Encoder) -> str | None:
    """Say what an index was built with, by its manifest's entry, where that is not the encoder in use."""
    if built_with["fingerprint"] == encoder.fingerprint:
        return None
    made = f"the encoder {built_with['name']!r}, the configuration names {encoder.name!r}"
    if built_with["name"] == encoder.name:
        made = f"other weights of the encoder {encoder.name!r}"
    return f"built with {made}: run `polyquote index`"


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
