"""A network in ONNX, opened and run: the one module that knows `onnxruntime`.

What a graph computes is the business of whoever opens it: `embedded_encoder`, and the embedded reader.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from index.errors import PolyQuoteError

Array = NDArray[Any]


class GraphError(PolyQuoteError):
    """An ONNX graph does not load."""


class OnnxSession:
    """A loaded graph; safe to share between threads."""

    def __init__(
        self,
        model: Path | bytes,
        *,
        threads: int = 0,
        fuse: bool = True,
        spin: bool = True,
    ) -> None:
        """Load a graph from its file or its bytes; raises GraphError.

        `threads` work on one run, 0 lets onnxruntime choose. Without `fuse` nodes are run as they are written; without
        `spin` threads do not wait for the next run in a loop.
        """
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as errors

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        if not fuse:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        if not spin:
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        broken = (errors.Fail, errors.InvalidProtobuf, errors.InvalidGraph, errors.NoSuchFile, errors.InvalidArgument)
        try:
            self._session = onnxruntime.InferenceSession(
                model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
            )
        except broken as error:
            name = "made in memory" if isinstance(model, bytes) else model
            raise GraphError(f"the model {name} does not load: reinstall polyquote") from error

    def run(self, outputs: Sequence[str], inputs: Mapping[str, Array]) -> list[Array]:
        """Return the named outputs for the named inputs."""
        found: list[Array] = self._session.run(list(outputs), dict(inputs))
        return found
