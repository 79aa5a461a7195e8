"""Scores of queries → tables in Markdown: means with bootstrap intervals, by pair of languages. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.significance import estimate, mean

TOLERANCE = 0.01  # by how much fusion may be below its better leg
LEGS, HYBRID = ("lexical", "dense"), "hybrid"
METRICS = ("Recall@1", "Recall@5", "Recall@10", "Success@10", "MRR@10")


@dataclass(frozen=True, slots=True)
class Score:
    """What a system reached for one query and one language of targets, in the order of `METRICS`."""

    system: str
    language: str
    target_language: str
    values: tuple[float, ...]


def by_pair(scores: Sequence[Score], systems: Sequence[str], metric: str) -> str:
    """Return a table: a row for each pair of languages and for their means, a column for each system.

    The last column is what hybrid has more than its better leg; less than minus TOLERANCE is set in bold.
    """
    number = METRICS.index(metric)
    pairs = sorted({(score.language, score.target_language) for score in scores})
    rows = [(f"{one} → {other}", [(one, other)]) for one, other in pairs]
    same = [pair for pair in pairs if pair[0] == pair[1]]
    if same:
        rows.append(("same language", same))
    rows.append(("other language", [pair for pair in pairs if pair[0] != pair[1]]))
    lines = [_row([metric, "n", *systems, "hybrid − better leg"]), _row(["---", *["---:"] * (len(systems) + 2)])]
    for name, wanted in rows:
        values = {
            system: [
                score.values[number]
                for score in scores
                if score.system == system and (score.language, score.target_language) in wanted
            ]
            for system in systems
        }
        cells = [interval(values[system]) for system in systems]
        lines.append(_row([name, str(len(values[HYBRID])), *cells, _lead(values)]))
    return "\n".join(lines)


def interval(values: Sequence[float]) -> str:
    """Return a mean and its bootstrap interval."""
    if not values:
        return "·"
    value, low, high = estimate(Counter(round(value, 6) for value in values), mean)
    return f"{value:.3f} ({low:.2f}–{high:.2f})"


def average(values: Iterable[float]) -> float:
    """Return the mean; of nothing it is 0."""
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def shortfall(scores: Sequence[Score], metric: str) -> float:
    """Return by how much hybrid is below its better leg at worst, over all pairs, as a negative number or 0."""
    number = METRICS.index(metric)
    groups: dict[tuple[str, str], dict[str, list[float]]] = {}
    for score in scores:
        pair = groups.setdefault((score.language, score.target_language), {})
        pair.setdefault(score.system, []).append(score.values[number])
    return min((min(0.0, _difference(values)) for values in groups.values()), default=0.0)


def _difference(values: dict[str, list[float]]) -> float:
    return average(values[HYBRID]) - max(average(values[leg]) for leg in LEGS)


def _lead(values: dict[str, list[float]]) -> str:
    difference = _difference(values)
    return f"**{difference:+.3f}**" if difference < -TOLERANCE - 1e-9 else f"{difference:+.3f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose first column is text."""
    return "\n".join([_row(head), _row(["---", *["---:"] * (len(head) - 1)]), *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
