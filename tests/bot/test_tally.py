"""Summaries: groups, their figures worked out again from the result lines, and memory that stays flat."""

import tracemalloc
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from bot.question_set import Fault
from bot.results import result_json
from bot.tally import MAX_FAULTS, METRICS, Tally
from tests.bot.scripted import corpus
from tests.bot.test_evaluate import judged


def summary() -> dict[str, Any]:
    tally = Tally()
    for item in judged().values():
        tally.add(item)
    return tally.summary()


def test_each_figure_of_each_group_is_the_mean_over_its_questions() -> None:
    trees = [result_json(item, corpus()) for item in judged().values()]
    groups: dict[tuple[str, ...], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for tree in trees:
        languages = tree["article_languages"]
        for group in [("all",), (tree["language"], "*"), *(("*", code) for code in languages)]:
            for name, value in tree["scores"].items():
                groups[group][name].append(value)
        for code in languages:
            for name, value in tree["scores"].items():
                groups[tree["language"], code][name].append(value)
    found = summary()
    for group, scores in groups.items():
        figures = (
            found["overall"]
            if group == ("all",)
            else found["by_question_language"][group[0]]
            if group[1] == "*"
            else found["by_article_language"][group[1]]
            if group[0] == "*"
            else found["matrix"][group[0]][group[1]]
        )
        for name, values in scores.items():
            assert figures[name]["value"] == pytest.approx(np.mean(values), abs=1e-6), (group, name)
            assert figures[name]["n"] == len(values)
            assert figures[name]["low"] <= figures[name]["value"] <= figures[name]["high"]
        assert set(figures) - {"ECE", "AURC"} == set(scores)


def test_a_question_counts_in_every_language_of_its_evidence() -> None:
    found = summary()
    assert found["matrix"]["en"].keys() == {"vi", "en", "none"}  # q1 has two, q5 has none
    assert found["by_article_language"]["none"]["refusal_recall"]["n"] == 2


def test_figures_stand_in_the_order_of_the_table() -> None:
    names = list(summary()["overall"])
    assert names == [metric.name for metric in METRICS if metric.name in names]


def test_latency_is_by_nearest_rank() -> None:
    tally = Tally()
    (item, *_) = judged().values()
    for milliseconds in range(1, 101):
        object.__setattr__(item, "seconds", milliseconds / 1000)
        tally.add(item)
    assert tally.timing() == {"latency_p50": 0.05, "latency_p95": 0.095}
    assert Tally().timing() == {"latency_p50": None, "latency_p95": None}


def test_a_summary_names_some_faults_and_counts_all() -> None:
    tally = Tally()
    for line in range(MAX_FAULTS + 5):
        tally.add_fault(Fault(line, "not JSON"))
    assert tally.fault_count == MAX_FAULTS + 5
    assert len(tally.summary()["faults"]) == MAX_FAULTS


def test_memory_does_not_grow_with_the_questions() -> None:
    items = list(judged().values())
    tally = Tally()

    def add(rounds: int) -> None:
        for _ in range(rounds):
            for item in items:
                tally.add(item)

    add(10)
    tracemalloc.start()
    add(300)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 20_000
