"""The summary of an evaluation, as it is read on a terminal and in Markdown: pure functions over its JSON tree."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.comparison import OUTCOMES
from bot.tally import METRICS, TIMES

MATRIX_METRIC = "answer_accuracy"
MAX_NAMED = 20  # questions named on a terminal; results and report have all of them
Tree = Mapping[str, Any]


def render_summary(summary: Tree) -> str:
    """Return a summary for a terminal."""
    blocks = [_head(summary), _table(_figure_rows(summary))]
    matrix = matrix_rows(summary)
    if len(matrix) > 1:
        blocks.append(f"{MATRIX_METRIC} by question language (rows) and article language (columns)\n{_table(matrix)}")
    blocks.append(_latency(summary))
    if "comparison" in summary:
        blocks.append(_comparison(summary["comparison"]))
    return "\n\n".join(blocks)


def render_markdown(summary: Tree) -> str:
    """Return a summary as Markdown tables, with what it was made with and what is to be known of it."""
    made, run = summary["made_with"], summary["run"]
    title = f"Made {run['date']} at commit `{run['commit'] or 'unknown'}`, Python {run['python']}, {run['machine']}."
    blocks = [
        title,
        _head(summary) + ".",
        _markdown_table(_figure_rows(summary, meaning=True)),
        f"`{MATRIX_METRIC}` by question language (rows) and article language (columns), n in parentheses:",
        _markdown_table(matrix_rows(summary)),
        "By question language:",
        _markdown_table(_group_rows(summary["by_question_language"])),
        _latency(summary) + ".",
        _markdown_table(
            [("made with", ""), *((key, f"`{value}`") for key, value in made.items() if value is not None)]
        ),
        "\n".join(f"- {note}" for note in footnotes(summary)),
    ]
    if "comparison" in summary:
        blocks.append("Against the baseline:\n\n" + _markdown_table(_test_rows(summary["comparison"])))
    return "\n\n".join(blocks) + "\n"


def footnotes(summary: Tree) -> list[str]:
    """Return what a reader of the figures should hold against them."""
    kinds = summary["kinds"]
    notes = [
        "Intervals are 95% percentile bootstrap, 1000 resamples, seeded. One without width says that all values are"
        " alike, not that the figure is certain.",
        f"{kinds.get('answerable', 0)} questions have an answer, {kinds.get('unanswerable', 0)} have none:"
        f" one question more or less moves a figure over all by {100 / summary['questions']:.1f} points, one of a group"
        " by more.",
        "`answer_accuracy` compares characters and forgives what stands around an answer, or is missing from it;"
        " EM and F1 forgive less.",
        "A citation supports an answer if it holds an accepted string; that it also means it, nobody checked.",
        "A question whose evidence is in several languages counts in each of them; `none` has no evidence.",
        "ECE comes out too high over few answers, and its interval higher still: resampling adds noise to each bin.",
        "Latencies are of this machine, warm but for the first question, one question at a time.",
    ]
    if summary["made_with"].get("questions") == "dev.jsonl":
        notes.append(
            "These are the development questions: weights and thresholds were chosen while looking at them, so other"
            " questions will do worse."
        )
    if str(summary["run"]["commit"] or "").endswith("-dirty"):
        notes.append("The working tree had changes that the commit has not.")
    if summary["fault_count"]:
        notes.append(f"The set has {summary['fault_count']} faults; what they concern was left out.")
    return notes


def matrix_rows(summary: Tree, metric: str = MATRIX_METRIC) -> list[tuple[str, ...]]:
    """Return the rows of the language matrix, headings first; a cell is `value (n)`, or a dot where there is none."""
    matrix = summary["matrix"]
    columns = sorted(
        {code for row in matrix.values() for code, figures in row.items() if metric in figures},
        key=lambda code: (code == "none", code),
    )
    rows: list[tuple[str, ...]] = [("", *columns, "all")]
    for code, row in matrix.items():
        whole = summary["by_question_language"][code]
        if metric in whole:
            rows.append((code, *(_cell(row.get(column, {}), metric) for column in columns), _cell(whole, metric)))
    by_article = summary["by_article_language"]
    last = [_cell(by_article[column], metric) for column in columns]
    return [*rows, ("all", *last, _cell(summary["overall"], metric))]


def _head(summary: Tree) -> str:
    kinds = ", ".join(f"{n} {kind}" for kind, n in summary["kinds"].items())
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in summary["verdicts"].items())
    return f"{summary['questions']} questions ({kinds}) at an error rate of {summary['max_error']:g}: {verdicts}"


def _figure_rows(summary: Tree, *, meaning: bool = False) -> list[tuple[str, ...]]:
    before = summary.get("comparison", {}).get("overall_before", {})
    rows: list[tuple[str, ...]] = [
        ("", "value", "95% interval", "n", *(["before"] if before else []), *(["what"] if meaning else []))
    ]
    for metric in METRICS:
        if metric.name in summary["overall"]:
            figure = summary["overall"][metric.name]
            interval = f"{figure['low']:.3f}–{figure['high']:.3f}"
            past = [f"{before[metric.name]['value']:.3f}" if metric.name in before else ""] if before else []
            row = (metric.name, f"{figure['value']:.3f}", interval, str(figure["n"]), *past)
            rows.append((*row, metric.meaning) if meaning else row)
    return rows


def _group_rows(groups: Mapping[str, Tree]) -> list[tuple[str, ...]]:
    names = [metric.name for metric in METRICS if any(metric.name in figures for figures in groups.values())]
    return [("", *groups), *((name, *(_cell(figures, name) for figures in groups.values())) for name in names)]


def _cell(figures: Tree, metric: str) -> str:
    return f"{figures[metric]['value']:.2f} ({figures[metric]['n']})" if metric in figures else "·"


def _latency(summary: Tree) -> str:
    run = summary["run"]
    return "seconds an answer: " + ", ".join(f"{time.name[8:]} {run[time.name]:.3f}" for time in TIMES)


def _comparison(comparison: Tree) -> str:
    lines = [_table(_test_rows(comparison))]
    lines += [f"{way}: {_named(comparison[way])}" for way in ("worse", "better") if comparison[way]]
    for key, words in (("not_in_baseline", "are not in the baseline"), ("only_in_baseline", "only the baseline has")):
        if comparison[key]:
            lines.append(f"{comparison[key]} questions {words}")
    return "\n".join(lines)


def _test_rows(comparison: Tree) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("against the baseline", "better", "worse", "same", "McNemar p", "Holm")]
    for outcome, test in comparison["tests"].items():
        counts = (str(test[key]) for key in ("better", "worse", "same"))
        rows.append((f"{outcome} ({OUTCOMES[outcome]})", *counts, f"{test['p']:.3g}", f"{test['p_holm']:.3g}"))
    return rows


def _named(items: Sequence[Mapping[str, str]]) -> str:
    named = ", ".join(f"{item['id']} ({item['outcome']})" for item in items[:MAX_NAMED])
    return named + (f" and {len(items) - MAX_NAMED} more" if len(items) > MAX_NAMED else "")


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in pairs).rstrip()
        for pairs in (enumerate(zip(row, widths, strict=True)) for row in rows)
    )


def _markdown_table(rows: Iterable[Sequence[str]]) -> str:
    head, *body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    numeric = (all(row[column][:1] in "0123456789·" for row in body) for column in range(len(head)))
    rule = ["---:" if numbers else "---" for numbers in numeric]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))
