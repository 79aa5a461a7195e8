"""Results of an evaluation → one HTML page that needs nothing else.

The page is made from a results file alone. It asks for nothing: its content security policy forbids every request and
every script but its own. It is readable without scripts; they only filter.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from hashlib import sha256
from heapq import nsmallest
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.charts import reliability_chart, risk_coverage_chart
from bot.comparison import OUTCOMES
from bot.evaluate import NO_ARTICLE, Verdict
from bot.question_set import QuestionSetError
from bot.results import CONTEXT, RESULT, SUMMARY
from bot.scoreboard import footnotes
from bot.tally import METRICS
from index.languages import LANGUAGES

MAX_QUESTIONS = 1000  # shown; a page of a million would open nowhere
CARDS = (
    "answer_accuracy",
    "decision_accuracy",
    "refusal_precision",
    "refusal_recall",
    "citation_precision",
    "Success@10",
    "ECE",
)
HEAT_MAPS = ("answer_accuracy", "Success@10")
# Those that one looks for first: said with confidence and wrong.
ORDER = (
    Verdict.UNFOUNDED,
    Verdict.WRONG,
    Verdict.REPEATED,
    Verdict.SILENCED,
    Verdict.RIGHT,
    Verdict.REFUSED,
    Verdict.AVOIDED,
)
MEANINGS = {
    Verdict.RIGHT: "answered as accepted",
    Verdict.WRONG: "answered otherwise",
    Verdict.SILENCED: "abstained, and there was an answer",
    Verdict.REFUSED: "abstained, and there was no answer",
    Verdict.UNFOUNDED: "answered, and there was no answer",
    Verdict.AVOIDED: "did not repeat a known wrong answer",
    Verdict.REPEATED: "repeated a known wrong answer",
}
_TEMPLATES = Path(__file__).parent / "templates"
_ACTING = ("Cc", "Cf", "Cs")  # characters that could move or reverse what is read
_JOINERS = "\u200c\u200d"
Tree = Mapping[str, Any]


def write_report(results: Path, page: TextIO) -> None:
    """Write the page of a results file; raises QuestionSetError if the file has no summary."""
    summary = next((tree for tree in _trees(results) if tree["schema"] == SUMMARY), None)
    if summary is None:
        raise QuestionSetError(f"{results} has no summary: the run did not end; run `polyquote eval` again")
    comparison = summary.get("comparison")
    script = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
    template = _environment().get_template("report.html.jinja")
    page.writelines(
        template.generate(
            summary=summary,
            comparison=comparison,
            questions=_worst_first(results),
            cards=[metric for metric in METRICS if metric.name in CARDS and metric.name in summary["overall"]],
            metrics=METRICS,
            heat_maps=[_heat_map(summary, metric) for metric in HEAT_MAPS if metric in summary["overall"]],
            risk_coverage=Markup(  # noqa: S704 - drawn by us from numbers
                risk_coverage_chart(summary["risk_coverage"], (comparison or {}).get("risk_coverage_before", ()))
            ),
            reliability=Markup(reliability_chart(summary["reliability"])),  # noqa: S704 - as above
            style=Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_digest=base64.b64encode(sha256(script.encode()).digest()).decode(),
            footnotes=footnotes(summary),
            meanings={verdict.value: MEANINGS[verdict] for verdict in ORDER},
            outcomes=OUTCOMES,
            languages={code: row.name for code, row in LANGUAGES.items()},
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": _plain,
        "percent": lambda value: f"{100 * value:.0f}%",
        "code": _code,
        "context": lambda text: re.sub(r"\s*\n\s*", "\n", text),  # a page's empty lines say nothing
        "breakable": lambda name: escape(name).replace("_", Markup("_<wbr>")),
    }
    environment.globals |= {"marked": _marked, "context_length": CONTEXT}
    return environment


def _trees(results: Path) -> Iterator[dict[str, Any]]:
    with results.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _worst_first(results: Path) -> list[Tree]:
    """Return the questions to show in the order of `ORDER`, and in that those said with most confidence first."""
    order = {verdict.value: position for position, verdict in enumerate(ORDER)}
    return nsmallest(
        MAX_QUESTIONS,
        (tree for tree in _trees(results) if tree["schema"] == RESULT),
        key=lambda tree: (order[tree["verdict"]], -tree["answer"]["confidence"], tree["line"]),
    )


def _heat_map(summary: Tree, metric: str) -> Tree:
    """Return a metric's rows by question language, each with a figure or None by article language, then overall."""
    matrix, by_article = summary["matrix"], summary["by_article_language"]
    columns = sorted(
        (code for code in by_article if metric in by_article[code]), key=lambda code: (code == NO_ARTICLE, code)
    )
    rows = [
        (code, [row.get(column, {}).get(metric) for column in columns], summary["by_question_language"][code][metric])
        for code, row in matrix.items()
        if metric in summary["by_question_language"][code]
    ]
    last = ("all", [by_article[column][metric] for column in columns], summary["overall"][metric])
    return {"metric": metric, "columns": columns, "rows": [*rows, last]}


def _marked(quote: Tree) -> tuple[str, str, str]:
    """Return what of a quote stands before its answer, the answer, and what stands behind it."""
    if quote["answer_start"] is None:
        return quote["text"], "", ""
    first, last = quote["answer_start"] - quote["start"], quote["answer_end"] - quote["start"]
    return quote["text"][:first], quote["text"][first:last], quote["text"][last:]


def _plain(text: str) -> str:
    return "".join(
        "\ufffd" if unicodedata.category(char) in _ACTING and char not in _JOINERS and not char.isspace() else char
        for char in text
    )


def _code(code: str) -> str:
    """Return a language for an HTML `lang` attribute; empty where it is not known (HTML 3.2.6.2)."""
    return code if code in LANGUAGES else ""
