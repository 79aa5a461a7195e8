"""The page as text: whole, escaped, self-contained, with every question and its answer marked."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest

import bot.report
from bot.charts import reliability_chart, risk_coverage_chart
from bot.eval_command import Files, run_evaluation
from bot.question_set import QuestionSetError
from bot.report import write_report
from tests.bot.scripted import FR, QUESTIONS, Scripted, answer, script, subject, write_set
from tests.bot.test_eval_command import RUN

NASTY = '<script>alert("x")</script> \u202eQui a racheté & vendu Twitch ?'
VOID = {"meta", "link", "input", "br", "wbr"}


class Page(HTMLParser):
    """Takes a page apart and holds it to being well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.marks: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name in ("src", "href", "action") and value]
        assert not any(name.startswith("on") for name in given), f"{tag} has a script of its own"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "mark":
            self.marks.append(data)


def written(folder: Path) -> Path:
    """Write the page of a run that is compared with one that never abstained, with a fault and a nasty question."""
    nasty = {"id": 'n"1', "language": "fr", "question": NASTY, "answers": ["2014"], "evidence": []}
    feedback = {"question": QUESTIONS[1]["question"], "language": "und", "verdict": "wrong", "answer": "2014"}
    questions = [*QUESTIONS, nasty, feedback | {"quotes": [], "generation": "000001", "time": "2026-11-22"}]
    service = Scripted(script() | {NASTY: answer(NASTY, "2014", 0.6, FR, (FR,))})
    files = Files(write_set(folder / "set.jsonl", questions), results=folder / "before.jsonl")
    run_evaluation(subject(service), files, RUN, max_error=1.0)
    with (folder / "set.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("{not <json>\n")
    files = Files(files.questions, baseline=files.results, report=folder / "report.html")
    run_evaluation(subject(service), files, RUN, max_error=0.35)
    return folder / "report.html"


@pytest.fixture
def text(tmp_path: Path) -> str:
    return written(tmp_path).read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_its_ids_are_unique(text: str) -> None:
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    targets = [link[1:] for link in page.links if link.startswith("#")]
    assert set(targets) <= set(page.ids)


def test_the_page_asks_for_nothing(text: str) -> None:
    assert [link for link in Page(text).links if not link.startswith(("#", "data:,"))] == []
    assert "@import" not in text
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)
    assert "default-src 'none'" in text


def test_every_question_is_there_wrong_ones_first_and_surest_first(text: str) -> None:
    order = re.findall(r'id="q-(\S+?)" data-language="\w+" data-verdict="(\w+)"', text)
    assert order == [
        ("q6", "unfounded"),
        ("q3", "wrong"),
        ("feedback-8", "repeated"),
        ("n%221", "silenced"),
        ("q4", "silenced"),
        ("q1", "right"),
        ("q2", "right"),
        ("q5", "refused"),
    ]


def test_each_answer_is_marked_inside_its_quote(text: str) -> None:
    assert sorted(set(Page(text).marks)) == sorted({"Sam Altman", "130億美元", "2014", "Brad Lightcap", "Emmett Shear"})
    # In context: what stands before and behind the quote in the article.
    assert "…nêu" not in text
    assert "Người phát ngôn từ chối bình luận." in text


def test_what_people_wrote_is_escaped_and_cannot_reverse_the_page(text: str) -> None:
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "\u202e" not in text
    assert "{not &lt;json&gt;" not in text  # the fault gives the reason, not the line
    assert "line 9: not JSON" in text


def test_the_baseline_is_told_question_by_question(text: str) -> None:
    assert '<a href="#q-q5">q5</a> (decision)' in text
    assert 'data-change="better"' in text
    assert 'data-change="worse"' in text


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert written(tmp_path / "one").read_bytes() == written(tmp_path / "two").read_bytes()


def test_a_page_shows_so_many_questions_and_says_where_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.report, "MAX_QUESTIONS", 2)
    page = written(tmp_path).read_text(encoding="utf-8")
    assert re.findall(r'id="q-(\w+)" data', page) == ["q6", "q3"]
    assert "2 questions of 8; the others are in the results file" in page


def test_results_of_a_run_that_did_not_end_make_no_page(tmp_path: Path) -> None:
    (tmp_path / "half.jsonl").write_text(json.dumps({"schema": "polyquote.fault/1"}) + "\n", encoding="utf-8")
    with pytest.raises(QuestionSetError, match="has no summary: the run did not end"):
        write_report(tmp_path / "half.jsonl", StringIO())


def test_a_set_of_one_kind_makes_a_page_too(tmp_path: Path) -> None:
    for name, questions in (("none", QUESTIONS[4:]), ("all", QUESTIONS[:1])):
        files = Files(write_set(tmp_path / f"{name}.jsonl", questions), report=tmp_path / f"{name}.html")
        run_evaluation(subject(), files, replace(RUN, clock=iter(range(100)).__next__), max_error=0.35)
        Page((tmp_path / f"{name}.html").read_text(encoding="utf-8"))


def test_charts_take_their_colours_from_the_page() -> None:
    for chart in (
        risk_coverage_chart([{"coverage": 0.5, "risk": 0.1}, {"coverage": 1.0, "risk": 0.3}]),
        risk_coverage_chart([], []),
        reliability_chart([{"low": 0.8, "high": 0.9, "n": 3, "confidence": 0.85, "accuracy": 0.67}]),
    ):
        assert chart.startswith("<svg")
        assert set(re.findall(r"#[0-9a-f]{6}", chart)) <= {"#000000"}
        assert "var(--ink)" in chart


@pytest.mark.slow
def test_the_command_line_loads_neither_templates_nor_plots_until_a_report_is_asked_for() -> None:
    code = "import sys, bot.eval_command, bot.cli; print([m for m in ('jinja2', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
