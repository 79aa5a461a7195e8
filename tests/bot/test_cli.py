"""The command line as its user meets it: exit codes, one-line errors, pipes, and every command over real files."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bot.service
import index.encoders
from bot.cli import main
from tests.conftest import NEWS, HashingEncoder

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, news: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line over the short articles and gives its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bot.service, "load_encoder", lambda name: HashingEncoder())
    monkeypatch.setattr(index.encoders, "load_encoder", lambda name: HashingEncoder())
    (tmp_path / "config.toml").write_text(f'[articles]\npaths = ["{news}"]\n')

    def command(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_a_question_is_answered_from_an_index_that_builds_itself(run: Run) -> None:
    code, out, err = run("ask", "--max-error", "1", "who", "co-founded", "Twitch?")
    assert code == 0
    assert "[[" in out
    assert "building the index in .polyquote" in err


def test_silence_has_its_own_exit_code(run: Run) -> None:
    code, out, _ = run("ask", "--max-error", "0", "who won the World Cup?")
    assert code == 1
    assert "Nearest passages, none of which is an answer" in out


def test_the_json_of_an_answer_is_one_line(run: Run) -> None:
    code, out, _ = run("ask", "--json", "--max-error", "1", "谁是第二大股东？")
    tree = json.loads(out)
    assert code == 0
    assert out.count("\n") == 1
    assert tree["schema"] == "polyquote.answer/1"
    assert tree["language"] == "zh"


def test_questions_on_standard_input_give_a_line_each_and_a_bad_one_costs_only_itself(run: Run) -> None:
    lines = b"who co-founded Twitch?\n\nQui a acquis Twitch ?\n" + b"\xff\xfe?\n"
    code, out, _ = run("ask", "--json", "-", stdin=lines)
    trees = [json.loads(line) for line in out.splitlines()]
    assert code == 2
    assert [tree["schema"].split("/")[0] for tree in trees] == [
        "polyquote.answer",
        "polyquote.error",
        "polyquote.answer",
        "polyquote.error",
    ]


def test_a_search_shows_hits_and_its_json_has_both_ranks(run: Run) -> None:
    code, out, _ = run("search", "--top-k", "2", "Emmett Shear")
    assert code == 0
    assert out.count("lexical ") == 2
    hits = json.loads(run("search", "--json", "Emmett Shear")[1])["hits"]
    assert hits[0]["lexical_rank"] is not None
    assert (NEWS[hits[0]["article"]["path"]])[hits[0]["start"] : hits[0]["end"]] == hits[0]["text"]


def test_filters_confine_the_search(run: Run) -> None:
    out = run("search", "--json", "--language", "fr", "--language", "zh-TW", "OpenAI")[1]
    assert {hit["article"]["language"] for hit in json.loads(out)["hits"]} == {"fr", "zh"}
    assert run("search", "--since", "2030-01-01", "OpenAI")[0] == 1


def test_explain_shows_the_legs_and_the_terms(run: Run) -> None:
    assert "How it was found:" in run("ask", "--explain", "Emmett Shear?")[1]
    assert "known_terms" in json.loads(run("ask", "--json", "--explain", "Emmett Shear?")[1])["explain"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", ""], "the question is blank"),
        (["ask", "\u200b\u202e"], "the question is blank"),
        (["ask", "a" * 1001], "the question has 1001 characters, at most 1000"),
        (["ask", "--language", "klingon", "who?"], "unknown language 'klingon': known are en, fr, id, vi, zh"),
        (["index", "nowhere"], "nowhere does not exist"),
        (["index", "--remove", "nowhere"], "nowhere is not among the folders"),
        (["verify", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["ask", "--config", "nowhere.toml", "who?"], "cannot read the configuration nowhere.toml"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_use_is_one_line_that_names_the_thing(run: Run, arguments: list[str], message: str) -> None:
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert [line for line in err.splitlines() if not line.startswith("polyquote:")] == []


@pytest.mark.parametrize(
    "arguments",
    [["ask"], ["fly"], ["ask", "--top-k", "0", "x"], ["ask", "--max-error", "2", "x"], ["ask", "--since", "May", "x"]],
    ids=" ".join,
)
def test_an_argument_that_makes_no_sense_is_refused_with_the_usage(run: Run, arguments: list[str]) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert "usage: polyquote" in err


def test_indexing_says_what_it_did_and_the_second_time_that_nothing_was_to_do(run: Run) -> None:
    assert run("index")[1].startswith("wrote generation 000001 in .polyquote: 5 articles added")
    assert run("index")[1].startswith("up to date: generation 000001")


def test_a_bad_article_is_named_and_the_exit_code_says_so(run: Run, news: Path) -> None:
    (news / "bad.txt").write_bytes(b"\x00\x01")
    code, out, err = run("index")
    assert code == 1
    assert "5 articles added" in out
    assert "left out: bad.txt" in err


def test_another_folder_with_another_index_is_another_corpus(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.md").write_text(
        "---\nlanguage: fr\ntitle: Puces\n---\nAltman lance une société de puces.\n"
    )
    assert run("index", "other", "--index-dir", "other.index")[0] == 0
    hits = json.loads(run("search", "--json", "--index-dir", "other.index", "Altman")[1])["hits"]
    assert [(hit["article"]["path"], hit["article"]["title"]) for hit in hits] == [("a.md", "Puces")]


def test_the_doctor_finds_a_fault_and_mends_it(run: Run, tmp_path: Path) -> None:
    run("index")
    assert run("doctor")[1].endswith("all is well\n")
    (next((tmp_path / ".polyquote" / "generations").iterdir()) / "rows.npy").write_bytes(b"x")
    code, out, _ = run("doctor")
    assert code == 1
    assert "rows.npy is truncated" in out
    assert run("ask", "who?")[0] == 2
    assert run("doctor", "--fix")[0] == 0
    assert run("doctor")[0] == 0


@pytest.fixture
def two_generations(run: Run, tmp_path: Path, news: Path) -> Path:
    """Return an index of two generations, the second with an article more."""
    run("index")
    (news / "late.txt").write_text("Sam Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    run("index")
    return tmp_path / ".polyquote"


def test_generations_are_listed(run: Run, two_generations: Path) -> None:
    code, out, _ = run("index", "--list")
    head, second, first = out.splitlines()
    assert code == 0
    assert head.split() == ["generation", "written", "articles", "passages", "size", "made", "with"]
    assert second.startswith("* 000002 ")
    assert first.startswith("  000001 ")
    assert second.endswith("hashing, 64 dimensions")
    (two_generations / "generations" / "000001" / "texts.bin").write_bytes(b"")
    code, out, _ = run("index", "--list")
    assert code == 1
    assert "damaged: " in out.splitlines()[-1]
    assert "texts.bin is truncated" in out.splitlines()[-1]


def test_the_index_is_rolled_back_and_stays_so_until_it_is_run_again(run: Run, two_generations: Path) -> None:
    code, out, _ = run("index", "--rollback")
    assert (code, out.split(" in ")[0]) == (0, "generation 000001")
    for _ in range(2):  # asking does not undo it, although the articles have changed
        code, out, err = run("search", "--json", "Altman back chief executive")
        assert "answering from generation 000001, to which the index was rolled back" in err
        assert "late.txt" not in out
    assert "rolled back to" in run("doctor")[1]
    code, out, _ = run("index")
    assert out.startswith("wrote generation 000003 ")
    assert "late.txt" in run("search", "--json", "Altman back chief executive")[1]
    assert run("index", "--rollback", "000007")[0] == 2
    assert run("index", "--rollback", "1")[0] == 0


def test_listing_and_rolling_back_where_nothing_is_are_one_line(run: Run) -> None:
    for option in ("--list", "--rollback"):
        code, out, err = run("index", option, "--index-dir", "nowhere")
        assert (code, out) == (2, "")
        assert err == "polyquote: no index in nowhere: build one with `polyquote index PATH`\n"


def test_the_generations_that_are_kept_are_configured(run: Run, tmp_path: Path, news: Path) -> None:
    with (tmp_path / "config.toml").open("a") as config:
        config.write("[index]\nkeep = 3\n")
    for number in range(5):
        (news / "late.txt").write_text(f"Edition {number}: Sam Altman is back as the chief.", encoding="utf-8")
        run("index")
    assert len(run("index", "--list")[1].splitlines()) == 1 + 3


@pytest.mark.parametrize("name", ["vectors.npy", "texts.bin", "manifest.json", "manifest.sha256"])
def test_a_damaged_generation_is_named_and_the_one_before_answers(
    run: Run, two_generations: Path, news: Path, name: str
) -> None:
    (news / "late.txt").unlink()  # so that the generation before is up to date
    path = two_generations / "generations" / "000002" / name
    path.write_bytes(path.read_bytes()[:-7])
    code, out, err = run("ask", "--max-error", "1", "who co-founded Twitch?")
    assert code == 0
    assert "Shear" in out
    assert len(err.splitlines()) == 1
    assert name in err
    assert "; answering from generation 000001, written " in err
    assert err.endswith("repair it with `polyquote doctor --fix`\n")
    code, out, _ = run("doctor")
    assert code == 1
    assert name in out.split("fault: ")[1]
    assert run("doctor", "--fix")[0] == 0
    assert run("doctor")[1].endswith("all is well\n")
    assert run("ask", "--max-error", "1", "who co-founded Twitch?")[2] == ""


def test_damage_that_shows_only_in_use_is_passed_over_too(
    run: Run, two_generations: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (news / "late.txt").unlink()
    os.utime(news / "en.txt", ns=(1, 1))
    run("index")  # 000003, which holds what 000001 held
    run("index", "--rollback", "3")
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    path = two_generations / "generations" / "000003" / "passages.npy"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    monkeypatch.setattr("index.checksums.BLOCK", 64 << 10)
    monkeypatch.setattr("index.checksums.Checks.heads", lambda checks: None)  # as if it lay behind the first block
    code, out, err = run("search", "--json", "Emmett Shear")
    assert code == 0
    assert json.loads(out)["hits"]
    assert "passages.npy is altered; answering from generation 000002" in err


def test_an_index_of_the_first_format_is_built_anew(run: Run, two_generations: Path) -> None:
    for directory in (two_generations / "generations").iterdir():
        (directory / "manifest.sha256").unlink()
        manifest = json.loads((directory / "manifest.json").read_bytes())
        (directory / "manifest.json").write_text(json.dumps({**manifest, "format": 1}), encoding="utf-8")
    code, _, err = run("search", "Emmett Shear")
    assert code == 0
    assert "has index format 1, this version reads 3" in err
    assert "building the index" in err
    assert run("doctor")[1].endswith("all is well\n")


def test_the_quotes_of_a_stored_answer_verify_until_the_article_changes(run: Run, tmp_path: Path, news: Path) -> None:
    out = run("ask", "--json", "--max-error", "1", "Emmett Shear, PDG par intérim ?")[1]
    (tmp_path / "answer.json").write_text(out, encoding="utf-8")
    code, verdicts, _ = run("verify", "answer.json")
    assert code == 0
    assert verdicts.startswith("OK")
    for name in NEWS:
        (news / name).write_text(NEWS[name] + "Correction.\n", encoding="utf-8")
    code, verdicts, _ = run("verify", "answer.json")
    assert code == 1
    assert verdicts.startswith("CHANGED")


def test_chat_answers_line_by_line_and_leaves_on_exit(run: Run) -> None:
    code, out, err = run("chat", "--max-error", "1", stdin=b"who co-founded Twitch?\n\n???\nexit\nnever\n")
    assert code == 0
    assert out.count("confidence") == 1
    assert "the question is blank" in err


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(run: Run, tmp_path: Path) -> None:
    run("index")
    script = (
        "import bot.service, sys; from tests.conftest import HashingEncoder; from bot.cli import main\n"
        "bot.service.load_encoder = lambda name: HashingEncoder()\nsys.exit(main(['search', '--json', '-']))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"Shear\n" * 50)
    process.stdin.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in errors
