"""A network in ONNX, opened and run: the one module that knows `onnxruntime`.

A graph may come as a skeleton whose weights are declared and not stored; they are then given from memory.
What a graph computes is the business of whoever opens it: `document_encoder`, and the embedded reader.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import PolyQuoteError

Array = NDArray[Any]


class GraphError(PolyQuoteError):
    """An ONNX graph does not load, or not with the weights it is given."""


class OnnxSession:
    """A loaded graph; safe to share between threads."""

    def __init__(
        self, model: Path, weights: Mapping[str, Array] | None = None, *, threads: int = 0, fuse: bool = True
    ) -> None:
        """Load a graph, giving its external initialisers as `weights`; raises GraphError.

        `threads` work on one run, 0 lets onnxruntime choose. Without `fuse` nodes are run as they are written.
        """
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as errors

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        if not fuse:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        # subtle: the session reads these arrays where they lie, so they are held as long as it is.
        self._given = {name: onnxruntime.OrtValue.ortvalue_from_numpy(value) for name, value in (weights or {}).items()}
        options.add_external_initializers(list(self._given), list(self._given.values()))
        broken = (errors.Fail, errors.InvalidProtobuf, errors.InvalidGraph, errors.NoSuchFile, errors.InvalidArgument)
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except broken as error:
            raise GraphError(f"the model {model} does not load: reinstall polyquote") from error

    def run(self, outputs: Sequence[str], inputs: Mapping[str, Array]) -> list[NDArray[np.float32]]:
        """Return the named outputs for the named inputs."""
        found: list[NDArray[np.float32]] = self._session.run(list(outputs), dict(inputs))
        return found
