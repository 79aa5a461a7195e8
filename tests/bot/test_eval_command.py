"""A whole run: files in, files out, byte for byte the same, in memory that stays flat."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import bot.service
from bot.cli import main
from bot.eval_command import MAX_SAID, Files, Run, run_evaluation, score
from bot.question_set import QuestionSetError
from tests.bot.scripted import QUESTIONS, subject, write_set
from tests.conftest import HashingEncoder

RUN = Run(clock=lambda: 0.0, now=datetime(2026, 11, 22, tzinfo=UTC))


def ticking(step: float) -> Callable[[], float]:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += step
        return now

    return clock


def without_timings(path: Path) -> str:
    trees = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return "\n".join(json.dumps({k: v for k, v in tree.items() if k not in ("timing", "run")}) for tree in trees)


def test_two_runs_differ_in_nothing_but_their_timings(tmp_path: Path) -> None:
    files = Files(write_set(tmp_path / "set.jsonl"))
    for name, step in (("one", 0.01), ("two", 0.02)):
        score(subject(), replace(files, results=tmp_path / name), replace(RUN, clock=ticking(step)), max_error=0.35)
    assert (tmp_path / "one").read_bytes() != (tmp_path / "two").read_bytes()
    assert without_timings(tmp_path / "one") == without_timings(tmp_path / "two")


def test_faults_are_said_named_in_the_results_and_counted(tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl")
    path.write_bytes(path.read_bytes() + b"{\n" * (MAX_SAID + 3))
    said: list[str] = []
    trees: list[dict[str, Any]] = []
    summary = score(subject(), Files(path), replace(RUN, say=said.append, line=trees.append), max_error=0.35)
    assert summary["fault_count"] == MAX_SAID + 3
    assert said[0].startswith("line 7: not JSON")
    assert said[MAX_SAID:] == ["more lines have faults: --results names them all"]
    assert [tree["line"] for tree in trees if tree["schema"] == "polyquote.fault/1"] == list(range(7, 10 + MAX_SAID))


@pytest.mark.parametrize("text", ["", "\n\n", "{\n"])
def test_a_set_without_a_question_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "set.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError, match="has no question that can be scored"):
        score(subject(), Files(tmp_path / "set.jsonl"), RUN, max_error=0.35)


def test_results_never_overwrite_what_is_read(tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl")
    for option in ("results", "report", "markdown"):
        with pytest.raises(QuestionSetError, match="is the question set: write to another file"):
            run_evaluation(subject(), replace(Files(path), **{option: path}), RUN, max_error=0.35)


def test_progress_goes_to_the_end_once(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    run = replace(RUN, progress=lambda done, total: told.append((done, total)))
    score(subject(), Files(write_set(tmp_path / "set.jsonl")), run, max_error=0.35)
    assert told == [(number, 6) for number in range(1, 7)]


def test_markdown_has_the_figures_and_confesses(tmp_path: Path) -> None:
    files = Files(write_set(tmp_path / "dev.jsonl"), markdown=tmp_path / "README.md")
    run_evaluation(subject(), files, RUN, max_error=0.35)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "Made 2026-11-22 at commit" in text
    assert "| answer_accuracy | 0.750 | 0.250–1.000 | 4 | made to answer" in text
    assert "weights and thresholds were chosen while looking at them" in text
    assert not (tmp_path / ".README.md.part").exists()


def test_markdown_tables_go_between_their_marks_and_leave_the_rest_of_the_file(tmp_path: Path) -> None:
    files = Files(write_set(tmp_path / "set.jsonl"), markdown=tmp_path / "README.md")
    run_evaluation(subject(), files, RUN, max_error=0.35)
    once = (tmp_path / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(f"Read this.\n\n{once}\nAnd that.\n", encoding="utf-8")
    run_evaluation(subject(), files, RUN, max_error=0.35)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == f"Read this.\n\n{once}\nAnd that.\n"


def test_what_is_not_there_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match=r"set\.jsonl: no such question set"):
        Files(tmp_path / "set.jsonl").check()
    with pytest.raises(QuestionSetError, match=r"before\.jsonl: no such baseline"):
        Files(baseline=tmp_path / "before.jsonl").check()


# A child writes a set of so many lines as it is read, and says how much memory it took at most.
LONG = """
import json, os, resource, sys, threading
from pathlib import Path
from bot.eval_command import Files, score
from tests.bot.scripted import QUESTIONS, subject
from tests.bot.test_eval_command import RUN
folder, count = Path(sys.argv[1]), int(sys.argv[2])
os.mkfifo(folder / "set")
def feed():
    with open(folder / "set", "w", encoding="utf-8") as stream:
        for number in range(count):
            question = {**QUESTIONS[number % 6], "id": f"question-{number:09}"}
            stream.write(json.dumps(question, ensure_ascii=False) + "\\n")
threading.Thread(target=feed, daemon=True).start()
summary = score(subject(), Files(folder / "set", results=Path(os.devnull)), RUN, max_error=0.35)
print(summary["questions"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(folder: Path, count: int) -> int:
    folder.mkdir()
    done = subprocess.run([sys.executable, "-c", LONG, str(folder), str(count)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    questions, kilobytes = map(int, done.stdout.split())
    assert questions == count
    return kilobytes


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_long_set_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    short, long = peak(tmp_path / "short", 500), peak(tmp_path / "long", 50_000)
    assert long - short < 16_000  # kilobytes; 2 of them the cache of the ids


class TestCommandLine:
    """`polyquote eval` with the hashing encoder and the scripted set's articles."""

    @pytest.fixture
    def arguments(self, tmp_path: Path, news: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        monkeypatch.setattr(bot.service, "load_encoder", lambda name: HashingEncoder())
        monkeypatch.chdir(tmp_path)
        (tmp_path / "config.toml").write_text(f'[articles]\npaths = ["{news}"]\n', encoding="utf-8")
        return ["eval", str(write_set(tmp_path / "set.jsonl"))]

    def test_it_prints_the_figures(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main([*arguments, "--max-error", "1"]) == 0
        out = capsys.readouterr().out
        assert "6 questions (4 answerable, 2 unanswerable) at an error rate of 1" in out
        assert re.search(r"^citation_verified +1\.000 +1\.000–1\.000 +6$", out, re.MULTILINE)

    def test_json_lines_end_with_the_summary(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main([*arguments, "--json"]) == 0
        trees = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [tree["schema"] for tree in trees] == ["polyquote.result/1"] * 6 + ["polyquote.summary/1"]
        assert trees[-1]["made_with"]["encoder"] == "hashing"

    def test_a_gate_that_is_not_kept_is_the_exit_code(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        options = ["--max-error", "1", "--fail-under", "refusal_recall=0.9", "--fail-under", "citation_verified=1"]
        assert main([*arguments, *options]) == 1
        assert "polyquote: refusal_recall is 0, under the 0.9 that was asked for" in capsys.readouterr().err

    def test_a_gate_that_is_none_is_wrong_use(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            main([*arguments, "--fail-under", "accuracy=1"])
        assert "'accuracy' is no figure" in capsys.readouterr().err

    def test_faults_are_the_exit_code_and_nothing_to_score_is_an_error(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        write_set(tmp_path / "set.jsonl", [QUESTIONS[0] | {"language": "xx"}, QUESTIONS[1]])
        assert main(arguments) == 1
        assert "polyquote: line 1: unknown language 'xx'" in capsys.readouterr().err
        (tmp_path / "set.jsonl").write_text("", encoding="utf-8")
        assert main(arguments) == 2

    def test_a_search_that_finds_nothing_is_caught_by_baseline_gate_and_report(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert main([*arguments, "--results", "before.jsonl"]) == 0
        monkeypatch.setattr("index.store.Store.search_lexical", lambda *_: [])
        monkeypatch.setattr("index.store.Store.search_dense", lambda *_: [])
        options = ["--baseline", "before.jsonl", "--fail-under", "Success@10=1", "--report", "report.html"]
        assert main([*arguments, *options]) == 1
        printed = capsys.readouterr()
        assert "worse: q1 (" in printed.out
        assert "polyquote: Success@10 is 0, under the 1 that was asked for" in printed.err
        assert Path("report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
