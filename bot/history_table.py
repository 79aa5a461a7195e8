"""The generations of an index as `polyquote index --list` shows them: pure text."""

from collections.abc import Iterator, Sequence

from index.history import Past

_UNITS = ("B", "kB", "MB", "GB", "TB")


def history_table(generations: Sequence[Past]) -> Iterator[str]:
    """Yield a line a generation, an asterisk at the one that CURRENT names, and what is wrong with a damaged one."""
    yield "  generation  written                    articles  passages      size  made with"
    for past in generations:
        mark = "*" if past.answers else " "
        if past.created:
            size = "" if past.size is None else readable_size(past.size)
            row = f"{past.created:<25}  {past.articles:>8}  {past.passages:>8}  {size:>8}  {past.made_with}"
        else:
            row = ""
        yield f"{mark} {past.name:<10}  {row}".rstrip()
        if past.fault:
            yield f"              damaged: {past.fault}"


def readable_size(size: float) -> str:
    """Return a number of bytes in the largest of the decimal units of which it has one or more."""
    power = 0
    while size >= 1000 and power < len(_UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.1f} {_UNITS[power]}" if power else f"{size} B"
