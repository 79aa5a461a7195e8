"""A graph that cannot be run as it is meant to be is refused when it is loaded, in one line."""

from pathlib import Path

import pytest

from index.onnx_session import GraphError, OnnxSession


@pytest.mark.parametrize("content", [None, b"", b"garbage"], ids=["missing", "empty", "garbage"])
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(GraphError, match=r"x\.onnx does not load") as caught:
        OnnxSession(tmp_path / "x.onnx")
    assert "\n" not in str(caught.value)
