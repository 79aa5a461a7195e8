"""What may stop a release: bounds on figures, faults of the question set, and outcomes that got worse than before."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from typing import Any

from bot.tally import LOWER_IS_BETTER, METRICS, TIMES

_KNOWN = tuple(metric.name for metric in (*METRICS, *TIMES))


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound that an overall figure must keep: `--fail-under` for what should be high, `--fail-over` for the rest."""

    name: str
    bound: float

    def problem(self, summary: dict[str, Any]) -> str | None:
        """Return in what the summary fails the gate; a figure that does not exist fails it too."""
        found = {**summary["run"], **{name: figure["value"] for name, figure in summary["overall"].items()}}
        value = found.get(self.name)
        if value is None:
            return f"{self.name} has no value: no question of the set has a part in it"
        low = self.name in LOWER_IS_BETTER
        if value > self.bound if low else value < self.bound:
            return f"{self.name} is {value:.4g}, {'over' if low else 'under'} the {self.bound:g} that was asked for"
        return None


def parse_gate(text: str, *, over: bool) -> Gate:
    """Return the gate that `name=value` describes; raises ValueError with what is accepted."""
    name, _, bound = text.partition("=")
    if name not in _KNOWN:
        raise ValueError(f"{name!r} is no figure: known are {', '.join(_KNOWN)}")
    if (name in LOWER_IS_BETTER) != over:
        right = "--fail-under" if over else "--fail-over"
        raise ValueError(f"{name} is better when {'high' if over else 'low'}: use {right} {text}")
    with suppress(ValueError):
        if isfinite(float(bound)):
            return Gate(name, float(bound))
    raise ValueError(f"{text!r} is not name=value, like {_KNOWN[0]}=0.75")


def problems(summary: dict[str, Any], gates: Sequence[Gate]) -> list[str]:
    """Return why a release should stop: faults of the set, gates not kept, and what got significantly worse."""
    found = []
    if summary["fault_count"]:
        found.append(f"the question set has {summary['fault_count']} faults, named above")
    found += [problem for gate in gates if (problem := gate.problem(summary))]
    comparison = summary.get("comparison", {})
    for outcome in comparison.get("significantly_worse", ()):
        test = comparison["tests"][outcome]
        found.append(
            f"{outcome} got worse than the baseline: {test['worse']} questions worse, {test['better']} better,"
            f" p = {test['p_holm']:.2g}"
        )
    return found
