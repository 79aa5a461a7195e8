"""A block is checked once, where it is touched, and by nothing else."""

from pathlib import Path

import numpy as np
import pytest

from index.checksums import BLOCK, SUMS, Checks, blocks_of, file_sha256, summed, sums_array
from index.errors import IndexDamaged

SIZE = 3 * BLOCK + 5


@pytest.fixture
def checks(tmp_path: Path) -> Checks:
    """Return the checks of two files, `a` of one block and `b` of four, of which only the first was read in full."""
    files = {"a": bytes(range(200)), "b": np.random.default_rng(1).bytes(SIZE)}
    sums = b""
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
        digest, blocks = summed(tmp_path / name)
        assert digest == file_sha256(tmp_path / name)
        sums += blocks
    np.save(tmp_path / SUMS, sums_array(sums), allow_pickle=False)
    return Checks(tmp_path, {name: len(raw) for name, raw in files.items()}, {"a"})


def flip(path: Path, at: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def test_blocks_are_counted_up() -> None:
    assert [blocks_of(size) for size in (0, 1, BLOCK, BLOCK + 1, SIZE)] == [0, 1, 1, 2, 4]


@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK, 2 * BLOCK, SIZE - 1])
def test_a_flipped_bit_is_found_in_its_block_and_nowhere_else(tmp_path: Path, checks: Checks, at: int) -> None:
    flip(tmp_path / "b", at)
    for start in range(0, SIZE, BLOCK):
        if start // BLOCK == at // BLOCK:
            with pytest.raises(IndexDamaged, match="b is altered"):
                checks.span("b", start, start + 1)
        else:
            checks.span("b", start, start + 1)
    with pytest.raises(IndexDamaged, match="b is altered"):
        checks.whole("b")


def test_a_span_over_the_edge_of_blocks_checks_both(tmp_path: Path, checks: Checks) -> None:
    flip(tmp_path / "b", 2 * BLOCK)
    checks.span("b", BLOCK, 2 * BLOCK)
    with pytest.raises(IndexDamaged):
        checks.span("b", 2 * BLOCK - 1, 2 * BLOCK + 1)


def test_what_is_known_to_be_sound_is_not_read_again(tmp_path: Path, checks: Checks) -> None:
    checks.whole("b")
    for name in ("a", "b"):
        (tmp_path / name).unlink()
        checks.whole(name)
    checks.span("c", 0, 10)  # not a file of this generation: nothing to say


@pytest.mark.parametrize("span", [(-1, 3), (0, SIZE + 1), (SIZE, SIZE + 1)])
def test_a_span_that_the_file_does_not_have_is_damage(checks: Checks, span: tuple[int, int]) -> None:
    with pytest.raises(IndexDamaged, match="b is altered: it has no bytes"):
        checks.span("b", *span)


def test_an_empty_span_is_nothing(tmp_path: Path, checks: Checks) -> None:
    (tmp_path / "b").unlink()
    checks.span("b", 7, 7)


def test_a_file_that_cannot_be_read_is_damage(tmp_path: Path, checks: Checks) -> None:
    (tmp_path / "b").unlink()
    with pytest.raises(IndexDamaged, match="b cannot be read"):
        checks.heads()


def test_rows_of_an_array_are_checked_by_where_they_stand_in_its_file(tmp_path: Path) -> None:
    rows = np.arange(40_000, dtype=np.float32).reshape(-1, 4)
    np.save(tmp_path / "v.npy", rows)
    _, sums = summed(tmp_path / "v.npy")
    np.save(tmp_path / SUMS, sums_array(sums), allow_pickle=False)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    size = (tmp_path / "v.npy").stat().st_size
    last = BLOCK // 16  # a row has 16 bytes, and the header's 128 put the row of this number into the second block
    flip(tmp_path / "v.npy", BLOCK)
    checks = Checks(tmp_path, {"v.npy": size}, ())
    checks.rows("v", mapped, 0, last - 8)
    with pytest.raises(IndexDamaged):
        checks.rows("v", mapped, last - 8, last - 7)
