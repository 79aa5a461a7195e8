"""A graph that cannot be run as it is meant to be is refused when it is loaded, in one line."""

from pathlib import Path

import numpy as np
import pytest

from index.document_encoder import SKELETON, weights
from index.onnx_session import GraphError, OnnxSession
from index.pieces import Pieces


def test_a_skeleton_without_its_weights_is_refused() -> None:
    with pytest.raises(GraphError, match="does not load: reinstall polyquote"):
        OnnxSession(SKELETON)


@pytest.mark.parametrize("content", [None, b"", b"garbage"], ids=["missing", "empty", "garbage"])
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(GraphError, match=r"x\.onnx does not load") as caught:
        OnnxSession(tmp_path / "x.onnx")
    assert "\n" not in str(caught.value)


def test_the_session_keeps_the_weights_it_was_given() -> None:
    given = weights(Pieces())
    session = OnnxSession(SKELETON, given, threads=1, fuse=False)
    rows = np.full((1, 3, 384), 0.01, dtype=np.float32)
    (before,) = session.run(["mean"], {"rows": rows})
    del given
    (after,) = session.run(["mean"], {"rows": rows})
    np.testing.assert_array_equal(before, after)
    assert before.shape == (1, 384)
