"""Results, one at a time → figures: overall, by question language, by article language, and by both.

A figure is the mean of a score over the questions that have a part in it, but for ECE and AURC, which are read off the
confidences. Only counts of distinct values are kept, so memory does not grow with the questions; confidences are
counted at the four decimals that answers show. A question with evidence in several languages counts in each of them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from bot.calibration import Cell, area_under_risk_coverage, expected_calibration_error, reliability, risk_coverage
from bot.evaluate import DEPTH, Judged
from bot.question_set import Fault
from bot.results import DIGITS, SUMMARY
from bot.significance import estimate, mean

MAX_FAULTS = 100  # named in a summary; results name all of them
CURVE_POINTS = 200  # of the risk–coverage curve in a summary


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure's name, what it is of, and whether more of it is better."""

    name: str
    meaning: str
    higher_is_better: bool = True


METRICS = (
    Metric("answer_accuracy", "made to answer: the answer is an accepted one, part of one, or holds one"),
    Metric("EM", "made to answer: exact match after MLQA's normalisation"),
    Metric("F1", "made to answer: token overlap, Chinese by character"),
    Metric("decision_accuracy", "right, or rightly abstained"),
    Metric("coverage", "questions that were answered"),
    Metric("selective_accuracy", "answered questions that were answered rightly"),
    Metric("refusal_precision", "abstentions on questions that have no answer"),
    Metric("refusal_recall", "questions without an answer that were refused"),
    Metric("citation_precision", "quotes shown that hold an accepted answer"),
    Metric("citation_recall", "questions with an answer that got a quote holding it"),
    Metric("citation_verified", "quotes that stand where they say"),
    Metric("Recall@1", "evidence that the first hit holds"),
    Metric("Recall@5", "evidence among the first 5 hits"),
    Metric(f"Recall@{DEPTH}", f"evidence among the first {DEPTH} hits"),
    Metric(f"Success@{DEPTH}", f"questions with any evidence among the first {DEPTH} hits"),
    Metric(f"MRR@{DEPTH}", "1 / rank of the first hit with evidence"),
    Metric(f"nDCG@{DEPTH}", "evidence found, discounted by rank"),
    Metric("regressions_avoided", "known wrong answers that were not given again"),
    Metric("ECE", "gap between confidence and accuracy", higher_is_better=False),
    Metric("AURC", "area under the risk–coverage curve", higher_is_better=False),
)
TIMES = (
    Metric("latency_p50", "seconds; half of the answers came faster", higher_is_better=False),
    Metric("latency_p95", "seconds; 95 of 100 answers came faster", higher_is_better=False),
)
LOWER_IS_BETTER = frozenset(metric.name for metric in (*METRICS, *TIMES) if not metric.higher_is_better)
_ON_CONFIDENCE = {"ECE": expected_calibration_error, "AURC": area_under_risk_coverage}
_Group = tuple[str, ...]


class Tally:
    """Counts results and gives the summary of those counted so far."""

    def __init__(self) -> None:
        self._scores: dict[_Group, dict[str, Counter[float]]] = {}
        self._cells: dict[_Group, Counter[Cell]] = {}
        self._kinds: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._milliseconds: Counter[int] = Counter()
        self._faults: list[Fault] = []
        self.fault_count = 0

    @property
    def questions(self) -> int:
        """How many questions were counted."""
        return self._verdicts.total()

    def add_fault(self, fault: Fault) -> None:
        """Count what is wrong with the set."""
        self.fault_count += 1
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(fault)

    def add(self, judged: Judged) -> None:
        """Count a result in every group that it belongs to."""
        self._kinds[judged.question.kind.value] += 1
        self._verdicts[judged.verdict.value] += 1
        self._milliseconds[ceil(judged.seconds * 1000)] += 1
        for group in _groups(judged):
            scores = self._scores.setdefault(group, {})
            for name, value in judged.scores.items():
                scores.setdefault(name, Counter())[value] += 1
            if judged.right is not None:
                cell = (round(judged.answer.confidence, 4), judged.right)
                self._cells.setdefault(group, Counter())[cell] += 1

    def summary(self) -> dict[str, Any]:
        """Return the summary as a JSON tree, without what differs between two runs of the same."""
        cells = self._cells.get(("all",), Counter())
        return {
            "schema": SUMMARY,
            "questions": self.questions,
            "kinds": dict(sorted(self._kinds.items())),
            "verdicts": dict(sorted(self._verdicts.items())),
            "fault_count": self.fault_count,
            "faults": [{"line": fault.line, "reason": fault.reason} for fault in self._faults],
            "overall": self._figures(("all",)),
            "by_question_language": {group[1]: self._figures(group) for group in self._of("question")},
            "by_article_language": {group[1]: self._figures(group) for group in self._of("article")},
            "matrix": self._matrix(),
            "risk_coverage": _curve(cells),
            "reliability": [_rounded(asdict(bin_)) for bin_ in reliability(cells)],
        }

    def timing(self) -> dict[str, float | None]:
        """Return the latency percentiles in seconds, by nearest rank, to the millisecond."""
        return {"latency_p50": self._percentile(50), "latency_p95": self._percentile(95)}

    def _percentile(self, percent: int) -> float | None:
        below, wanted = 0, ceil(self._milliseconds.total() * percent / 100)
        for milliseconds in sorted(self._milliseconds):
            below += self._milliseconds[milliseconds]
            if below >= wanted:
                return milliseconds / 1000
        return None

    def _of(self, kind: str) -> list[_Group]:
        return sorted(group for group in self._scores if group[0] == kind)

    def _matrix(self) -> dict[str, dict[str, Any]]:
        matrix: dict[str, dict[str, Any]] = {}
        for group in self._of("both"):
            matrix.setdefault(group[1], {})[group[2]] = self._figures(group)
        return matrix

    def _figures(self, group: _Group) -> dict[str, Any]:
        """Return the figures of a group in the order of `METRICS`; those that nothing has a part in are left out."""
        scores, cells = self._scores.get(group, {}), self._cells.get(group, Counter())
        figures = {}
        for metric in METRICS:
            if metric.name in _ON_CONFIDENCE and cells:
                figures[metric.name] = _figure(cells.total(), estimate(cells, _ON_CONFIDENCE[metric.name]))
            elif metric.name in scores:
                counts = scores[metric.name]
                figures[metric.name] = _figure(counts.total(), estimate(counts, mean))
        return figures


def _groups(judged: Judged) -> Iterator[_Group]:
    yield ("all",)
    yield ("question", judged.question.language)
    for code in judged.article_languages:
        yield ("article", code)
        yield ("both", judged.question.language, code)


def _figure(n: int, values: tuple[float, float, float]) -> dict[str, float]:
    value, low, high = (round(number, DIGITS) for number in values)
    return {"value": value, "low": low, "high": high, "n": n}


def _curve(cells: Counter[Cell]) -> list[dict[str, float]]:
    points = risk_coverage(cells, cells.total())
    step = max(1, ceil(len(points) / CURVE_POINTS))
    kept = points[:1] + points[step:-1:step] + points[1:][-1:]
    return [_rounded(asdict(point)) for point in kept]


def _rounded(tree: Mapping[str, float]) -> dict[str, float]:
    return {key: round(value, DIGITS) if isinstance(value, float) else value for key, value in tree.items()}
