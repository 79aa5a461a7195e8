"""Two runs over the same questions: what got better, what got worse, and whether that can be chance.

Runs are paired by the questions' ids. Each outcome (the decision, the forced answer, the refusal, the evidence) is
compared by McNemar's exact test over the pairs that have it, with Holm's correction for their number. The baseline is
kept in a temporary file, so that it may be as long as it likes.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.evaluate import Judged
from bot.question_set import QuestionSetError
from bot.results import FAULT, RESULT, SUMMARY
from bot.significance import SIGNIFICANT, holm, mcnemar

# In the order in which they matter: the first that differs says whether a question got better or worse.
OUTCOMES = {
    "decision": "right, or rightly abstained",
    "answer": "made to answer, right",
    "refusal": "refused, without an answer",
    "evidence": "evidence found",
}
MAX_NAMED = 1000  # questions named in a summary as better or worse


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a question in the baseline."""

    verdict: str
    answer: str | None
    outcomes: Mapping[str, bool]


class Baseline:
    """The results of an earlier run, by question; a context manager, since it holds a temporary file."""

    def __init__(self, path: Path) -> None:
        """Read the results; raises QuestionSetError naming the line that is none."""
        self.summary: dict[str, Any] | None = None
        self.questions = 0
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("CREATE TABLE past (id TEXT PRIMARY KEY, question TEXT, past TEXT) WITHOUT ROWID")
        self._rows.execute("BEGIN")
        for tree in _results(path):
            if tree["schema"] == SUMMARY:
                self.summary = tree
            elif tree["schema"] == RESULT:
                self._keep(path, tree)
        if not self.questions:
            self._rows.close()
            raise QuestionSetError(f"{path} has no results: make it with `polyquote eval --results {path}`")

    def __enter__(self) -> "Baseline":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._rows.close()

    def _keep(self, path: Path, tree: Mapping[str, Any]) -> None:
        try:
            answer = tree["answer"]["answer"]
            past = {"verdict": tree["verdict"], "answer": answer, "outcomes": tree["outcomes"]}
            row = (tree["id"], tree["question"], json.dumps(past))
            self._rows.execute("INSERT OR REPLACE INTO past VALUES (?, ?, ?)", row)
        except (KeyError, TypeError, sqlite3.Error) as error:
            raise QuestionSetError(f"{path}: a result without {error}: make it anew with `polyquote eval`") from None
        self.questions += 1

    def find(self, judged: Judged) -> Past | None:
        """Return what became of the same question, None if it was not asked or was worded otherwise."""
        row = self._rows.execute("SELECT question, past FROM past WHERE id = ?", (judged.question.id,)).fetchone()
        return Past(**json.loads(row[1])) if row and row[0] == judged.question.text else None


def _results(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                tree = json.loads(line)
            except ValueError as error:
                raise QuestionSetError(f"{path}: line {number} is not JSON ({error}): is the file whole?") from None
            if not isinstance(tree, dict) or tree.get("schema") not in (RESULT, FAULT, SUMMARY):
                raise QuestionSetError(f"{path}: line {number} is no result: give a file of `polyquote eval --results`")
            yield tree


def change(judged: Judged, past: Past) -> tuple[str, str | None]:
    """Return `better`, `worse` or `same`, and the outcome that says so."""
    now = judged.outcomes
    for outcome in OUTCOMES:
        if outcome in now and outcome in past.outcomes and now[outcome] != past.outcomes[outcome]:
            return ("better" if now[outcome] else "worse"), outcome
    return "same", None


class Comparison:
    """Counts the pairs and gives their tests."""

    def __init__(self, baseline: Baseline) -> None:
        """Take the baseline that questions are compared with."""
        self._baseline = baseline
        self._counts: dict[str, Counter[str]] = {outcome: Counter() for outcome in OUTCOMES}
        self._named: dict[str, list[dict[str, str]]] = {"worse": [], "better": []}
        self._paired = self._alone = 0

    def add(self, judged: Judged) -> dict[str, Any] | None:
        """Count a result; return what there is to say of it, None if the baseline has not its question."""
        past = self._baseline.find(judged)
        if past is None:
            self._alone += 1
            return None
        self._paired += 1
        for outcome, now in judged.outcomes.items():
            if outcome in past.outcomes:
                before = past.outcomes[outcome]
                self._counts[outcome]["same" if now == before else "better" if now else "worse"] += 1
        direction, outcome_changed = change(judged, past)
        if outcome_changed and len(self._named[direction]) < MAX_NAMED:
            self._named[direction].append({"id": judged.question.id, "outcome": outcome_changed})
        return {"verdict": past.verdict, "answer": past.answer, "change": direction, "outcome": outcome_changed}

    def summary(self) -> dict[str, Any]:
        """Return the tests as a JSON tree; `significantly_worse` names the outcomes that a gate should stop at."""
        p_values = [mcnemar(counts["better"], counts["worse"]) for counts in self._counts.values()]
        tests = {
            outcome: {
                **{key: counts[key] for key in ("better", "worse", "same")},
                "p": round(p, 6),
                "p_holm": round(adjusted, 6),
            }
            for (outcome, counts), p, adjusted in zip(self._counts.items(), p_values, holm(p_values), strict=True)
        }
        worse = [
            name for name, test in tests.items() if test["p_holm"] < SIGNIFICANT and test["worse"] > test["better"]
        ]
        before = self._baseline.summary or {}
        return {
            "paired": self._paired,
            "not_in_baseline": self._alone,
            "only_in_baseline": self._baseline.questions - self._paired,
            "tests": tests,
            "significantly_worse": worse,
            **self._named,
            "overall_before": before.get("overall", {}),
            "risk_coverage_before": before.get("risk_coverage", []),
            "made_with_before": before.get("made_with", {}),
        }
