"""`polyquote eval`: a question set and a service → results, a summary, a report, tables.

Results are written as they come, so a set of any length is scored in flat memory and an interrupted run leaves what it
had. What became of a single question is decided in `evaluate`.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from bot.comparison import Baseline, Comparison
from bot.evaluate import evaluate
from bot.provenance import Subject, provenance, question_digest
from bot.question_set import Fault, QuestionSetError, read_questions
from bot.results import fault_json, result_json
from bot.scoreboard import render_markdown
from bot.tally import Tally

DEV_SET = Path(__file__).parent / "questions" / "dev.jsonl"
CHECK_SET = DEV_SET.with_name("check.jsonl")  # of others' hands, and chosen on since
HELD_SET = DEV_SET.with_name("held.jsonl")  # nothing was chosen on it, nor is it to be
MAX_SAID = 20  # faults said one by one; the results name them all
BEGIN, END = "<!-- polyquote eval -->", "<!-- end of polyquote eval -->"  # around the tables in a Markdown file
Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Files:
    """What is read and what is written; a `questions` of None is standard input, others that are None are left out."""

    questions: Path | None = DEV_SET
    baseline: Path | None = None
    results: Path | None = None
    report: Path | None = None
    markdown: Path | None = None

    def check(self) -> None:
        """Raise QuestionSetError for what is not there to be read, or what writing would destroy."""
        for read, what in ((self.questions, "question set"), (self.baseline, "baseline")):
            if read and not read.exists():
                raise QuestionSetError(f"{read}: no such {what}: check the path")
            for written in (self.results, self.report, self.markdown):
                if written and read and written.exists() and read.exists() and written.samefile(read):
                    raise QuestionSetError(f"{written} is the {what}: write to another file")


@dataclass(frozen=True, slots=True)
class Run:
    """How a run tells the time and what it has to say; `line` takes each JSON tree as it comes."""

    clock: Callable[[], float]
    now: datetime
    say: Callable[[str], None] = lambda message: None
    progress: Callable[[int, int], None] = lambda done, total: None
    line: Callable[[Tree], None] = lambda tree: None


def run_evaluation(subject: Subject, files: Files, run: Run, *, max_error: float) -> Tree:
    """Score a question set, write the files, and return the summary.

    Raises QuestionSetError for a set without a single question, and OSError for files that cannot be read or written.
    """
    files.check()
    with _results_file(files) as results:
        summary = score(subject, replace(files, results=results), run, max_error=max_error)
        if files.report and results:
            from bot.report import write_report

            _replace(files.report, lambda file: write_report(results, file))
        if files.markdown:
            text = _with_section(files.markdown, render_markdown(summary))
            _replace(files.markdown, lambda file: file.write(text))
    return summary


def score(subject: Subject, files: Files, run: Run, *, max_error: float) -> Tree:
    """Score a question set and return the summary; results are written and told as they come."""
    tally = Tally()
    with ExitStack() as stack:
        questions = stack.enter_context(_opened(files.questions))
        baseline = stack.enter_context(Baseline(files.baseline)) if files.baseline else None
        comparison = Comparison(baseline) if baseline else None
        sink = stack.enter_context(files.results.open("w", buffering=1, encoding="utf-8")) if files.results else None

        def write(tree: Tree) -> None:
            if sink:
                sink.write(json.dumps(tree, ensure_ascii=False) + "\n")
            run.line(tree)

        total = _line_count(files.questions)
        read = read_questions(questions)
        for item in evaluate(read, subject.service, subject.corpus, max_error=max_error, clock=run.clock):
            if isinstance(item, Fault):
                tally.add_fault(item)
                _say_fault(item, tally.fault_count, run.say)
                write(fault_json(item))
                continue
            tally.add(item)
            tree = result_json(item, subject.corpus)
            if comparison:
                tree = {**tree, "baseline": comparison.add(item), "timing": tree["timing"]}
            write(tree)
            if item.question.line < total:
                run.progress(item.question.line, total)
        if not tally.questions:
            raise QuestionSetError(f"{files.questions or 'standard input'} has no question that can be scored")
        if total:
            run.progress(total, total)
        summary = {
            **tally.summary(),
            "max_error": max_error,
            "made_with": {**subject.made_with, **question_digest(files.questions)},
            **({"comparison": comparison.summary()} if comparison else {}),
            "run": {**tally.timing(), **provenance(run.now)},
        }
        write(summary)
    return summary


@contextmanager
def _results_file(files: Files) -> Iterator[Path | None]:
    """Give the file for results: the one asked for, else a temporary one if a report is to be made of it."""
    if files.results or not files.report:
        yield files.results
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "results.jsonl"


def _with_section(path: Path, tables: str) -> str:
    """Return the file with the tables between its marks; a file that has none is written anew, with them."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        before, after = "# Results\n\n", "\n"
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def _replace(path: Path, write: Callable[[TextIO], object]) -> None:
    """Write a file beside its place and move it there, so that nobody sees half of it."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            write(file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _opened(path: Path | None) -> BinaryIO:
    if path is None:
        return os.fdopen(os.dup(0), "rb")
    return path.open("rb")


def _line_count(path: Path | None) -> int:
    """Return the number of lines, 0 where it cannot be known before they are read."""
    if path is None or not path.is_file():
        return 0
    count, last = 0, b"\n"
    with path.open("rb") as file:
        for block in iter(lambda: file.read(2**20), b""):
            count, last = count + block.count(b"\n"), block
    return count + (not last.endswith(b"\n"))


def _say_fault(fault: Fault, count: int, say: Callable[[str], None]) -> None:
    if count <= MAX_SAID:
        say(f"line {fault.line}: {fault.reason}")
    elif count == MAX_SAID + 1:
        say("more lines have faults: --results names them all")
