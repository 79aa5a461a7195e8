"""`polyquote`: ask · search · chat · index · doctor · verify · eval · discord.

Arguments in, text out: what is said stands in `render` and `passport`, what is done in `service`. Heavy modules are
imported by the command that needs them, so that `--help` and `verify` do not wait for models.

Exit codes: 0 answered or done, 1 abstained, or something was found wrong, 2 wrong use or an error in one line.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot.config import Config, load_config
from index.errors import ArticleError, PolyQuoteError, StoreError
from index.languages import language

if TYPE_CHECKING:
    from tqdm import tqdm

    from bot.gates import Gate
    from bot.render import Style
    from bot.service import Listener, Service
    from index.indexing import Progress
    from index.records import Filter

DONE, ABSTAINED, WRONG = 0, 1, 2
FAULTY = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
BAR_AFTER = 0.3  # seconds of work before a progress bar is worth showing


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments, load_config(arguments.config))
        sys.stdout.flush()
        return code
    except PolyQuoteError as error:
        print(f"polyquote: {error}", file=sys.stderr)
        return WRONG
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            # The reader of our output has gone (`| head`): nothing is left to say, also not at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        print(f"polyquote: {error.filename or 'input or output'}: {error.strerror or error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("polyquote: interrupted; the index is as it was", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="polyquote",
        description="Ask in any language, get the exact quote, cited.",
        epilog='examples:\n  polyquote ask "who replaced Altman?"\n  polyquote index news/ --index-dir news.index\n'
        '  polyquote ask --index-dir news.index --since 2023-11-20 "谁是微软的首席执行官？"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", help="configuration (default: config.toml, if there)")
    common.add_argument("--index-dir", type=Path, metavar="DIR", help="where the index is kept (default: .polyquote)")

    question = argparse.ArgumentParser(add_help=False)
    question.add_argument("question", nargs="+", help="the question; `-` reads one a line from standard input")
    question.add_argument("--json", action="store_true", help="print JSON, one line a question")
    question.add_argument("--explain", action="store_true", help="show what each leg of the search gave")
    question.add_argument("--top-k", type=_positive, metavar="N", help="how many quotes or hits to show")

    filters = argparse.ArgumentParser(add_help=False)
    filters.add_argument("--language", action="append", metavar="CODE", help="only articles in this language; repeats")
    filters.add_argument("--source", metavar="TEXT", help="only articles whose source or path has this text")
    filters.add_argument("--since", type=_day, metavar="DATE", help="only articles dated YYYY-MM-DD or later")
    filters.add_argument("--until", type=_day, metavar="DATE", help="only articles dated YYYY-MM-DD or earlier")

    sure = argparse.ArgumentParser(add_help=False)
    sure.add_argument("--max-error", type=_rate, metavar="RATE", help="how likely an answer may be wrong; 1 = any")

    ask = commands.add_parser("ask", parents=[common, question, filters, sure], help="answer a question with quotes")
    ask.add_argument("--render", choices=("terminal", "discord"), default="terminal", help="whose form to print it in")
    ask.set_defaults(run=_ask)
    search = commands.add_parser("search", parents=[common, question, filters], help="show the best passages")
    search.set_defaults(run=_search)
    chat = commands.add_parser("chat", parents=[common, filters, sure], help="ask one question after another")
    chat.set_defaults(run=_chat)
    bot = commands.add_parser("discord", parents=[common], help="run the Discord bot; its token is in DISCORD_TOKEN")
    bot.set_defaults(run=_discord)
    index = commands.add_parser("index", parents=[common], help="index folders and files, or refresh what is indexed")
    index.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folder or file to add to the index")
    index.add_argument(
        "--remove", action="append", type=Path, default=[], metavar="PATH", help="folder to drop; repeats"
    )
    index.set_defaults(run=_index)
    doctor = commands.add_parser(
        "doctor", parents=[common], help="the passport of the index, and what is wrong with it"
    )
    doctor.add_argument("--fix", action="store_true", help="rebuild the index if something is wrong")
    doctor.set_defaults(run=_doctor)
    verify = commands.add_parser("verify", parents=[common], help="check the quotes of a stored answer")
    verify.add_argument("answer", type=Path, help="a file that `ask --json` wrote; `-` for standard input")
    verify.add_argument("--articles", action="append", type=Path, metavar="DIR", help="where the articles are; repeats")
    verify.set_defaults(run=_verify)
    evaluation = commands.add_parser("eval", parents=[common, sure], help="score answers against a question set")
    _add_evaluation(evaluation)
    evaluation.set_defaults(run=_eval)
    return parser


def _add_evaluation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "questions", nargs="?", metavar="QUESTIONS.jsonl", help="the set (default: the one shipped); `-` reads it"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON lines, the summary last")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write the results there as JSON lines")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="compare with earlier results, by McNemar's test")
    for name, over in (("under", False), ("over", True)):
        parser.add_argument(
            f"--fail-{name}",
            dest="gates",
            type=partial(_gate, over=over),
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"exit with 1 if a figure is {name} a value; repeats",
        )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a page to look at (HTML)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables with their provenance")


def _gate(text: str, *, over: bool) -> "Gate":
    from bot.gates import parse_gate

    try:
        return parse_gate(text, over=over)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    with suppress(PackageNotFoundError):
        return version("polyquote")
    return "(not installed)"


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000")
    return int(text)


def _rate(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")


def _day(text: str) -> str:
    with suppress(ValueError):
        return date.fromisoformat(text).isoformat()
    raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2023-11-20")


# Commands


def _ask(arguments: argparse.Namespace, config: Config) -> int:
    from bot import render, schema
    from bot.discord_render import NO_KEY, QUOTES, answer_reply, reply_text
    from bot.phrases import wording

    service, chosen, style = _service(arguments, config), _filter(arguments), _style(sys.stdout)

    def one(question: str) -> int:
        if arguments.render == "discord" and not arguments.json:
            answer = service.ask(question, max_error=arguments.max_error, chosen=chosen, quotes=QUOTES)
            print(reply_text(answer_reply(answer, NO_KEY, wording(question))))
            return DONE if answer.answered else ABSTAINED
        answer = service.ask(question, max_error=arguments.max_error, chosen=chosen, quotes=arguments.top_k)
        if arguments.json:
            _print_json(schema.answer_json(answer, explain=arguments.explain))
        else:
            print(render.render_answer(answer, style, explain=arguments.explain))
        return DONE if answer.answered else ABSTAINED

    return _each_question(arguments, one)


def _search(arguments: argparse.Namespace, config: Config) -> int:
    from bot import render, schema

    service, chosen, style = _service(arguments, config), _filter(arguments), _style(sys.stdout)

    def one(text: str) -> int:
        question, retrieval = service.search(text, top_k=arguments.top_k, chosen=chosen)
        if arguments.json:
            _print_json(schema.search_json(question, retrieval, explain=arguments.explain))
        else:
            print(render.render_search(retrieval, style, explain=arguments.explain))
        return DONE if retrieval.hits else ABSTAINED

    return _each_question(arguments, one)


def _each_question(arguments: argparse.Namespace, one: Any) -> int:
    """Ask the question of the command line, or every line of standard input; there a bad line costs only itself."""
    from bot import schema

    if arguments.question != ["-"]:
        code: int = one(" ".join(arguments.question))
        return code
    worst = DONE
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        try:
            one(text)
        except PolyQuoteError as error:
            worst = WRONG
            if arguments.json:
                _print_json(schema.error_json(text, str(error)))
            else:
                print(f"polyquote: {error}", file=sys.stderr)
        sys.stdout.flush()
    return worst


def _chat(arguments: argparse.Namespace, config: Config) -> int:
    from bot import render
    from bot.chat import questions

    service, chosen, style = _service(arguments, config), _filter(arguments), _style(sys.stdout)
    for question in questions(_index_dir(arguments, config) / "history"):
        try:
            print(render.render_answer(service.ask(question, max_error=arguments.max_error, chosen=chosen), style))
        except PolyQuoteError as error:
            print(f"polyquote: {error}", file=sys.stderr)
        print()
    return DONE


def _discord(arguments: argparse.Namespace, config: Config) -> int:
    from bot.credentials import read_token

    token = read_token(os.environ, config.discord.token_file)  # before anything that takes its time
    from bot.discord_app import run
    from bot.live_service import IndexAnswers

    return run(IndexAnswers(_service(arguments, config)), config.discord, token, _index_dir(arguments, config))


def _index(arguments: argparse.Namespace, config: Config) -> int:
    from bot.service import refresh, roots_of
    from index.encoders import load_encoder

    place = _index_dir(arguments, config)
    roots = roots_of(place, config.articles.paths, add=arguments.paths, remove=arguments.remove)
    report = refresh(place, roots, load_encoder(config.encoder.model), _listener())
    print(
        f"{'wrote' if report.written else 'up to date:'} generation {report.generation} in {place}:"
        f" {report.added} articles added, {report.removed} removed, {report.unchanged} unchanged;"
        f" {report.passages} passages, {report.encoded} encoded now"
    )
    return FAULTY if report.left_out else DONE


def _doctor(arguments: argparse.Namespace, config: Config) -> int:
    from bot.passport import Passport, inspect_index, known_roots
    from bot.service import refresh
    from index.encoders import load_encoder
    from index.indexing import drop_generations

    place, encoder = _index_dir(arguments, config), load_encoder(config.encoder.model)
    try:
        passport = inspect_index(place, encoder)
    except StoreError as error:
        passport = Passport((), (str(error),))
    if passport.faults and arguments.fix:
        for fault in passport.faults:
            print(f"fault: {fault}")
        print("rebuilding the index from its articles")
        roots = [root for root in known_roots(place, config.articles.paths) if root.exists()]
        if not roots:
            raise ArticleError(f"none of the folders that {place} was built from is there: run `polyquote index PATH`")
        drop_generations(place)
        refresh(place, roots, encoder, _listener())
        passport = inspect_index(place, encoder)
    for line in passport.lines:
        print(line)
    for fault in passport.faults:
        print(f"fault: {fault}")
    print("something is wrong: `polyquote doctor --fix` rebuilds the index" if passport.faults else "all is well")
    return FAULTY if passport.faults else DONE


def _verify(arguments: argparse.Namespace, config: Config) -> int:
    from bot import render, schema
    from bot.passport import known_roots
    from bot.verification import Status, verify

    raw = sys.stdin.buffer.read() if str(arguments.answer) == "-" else arguments.answer.read_bytes()
    try:
        claims = schema.read_claims(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise schema.SchemaError(f"{arguments.answer} is not UTF-8: {error.reason}") from error
    roots = arguments.articles or known_roots(_index_dir(arguments, config), config.articles.paths)
    verdicts = verify(claims, roots)
    print(render.render_verdicts(verdicts, _style(sys.stdout)) or "no quotes to verify")
    return DONE if all(verdict.status is Status.OK for verdict in verdicts) else FAULTY


def _eval(arguments: argparse.Namespace, config: Config) -> int:
    from bot.eval_command import DEV_SET, Files, Run, run_evaluation
    from bot.gates import problems
    from bot.provenance import subject_of
    from bot.scoreboard import render_summary

    given = arguments.questions
    questions = None if given == "-" else Path(given or DEV_SET)
    files = Files(questions, arguments.baseline, arguments.results, arguments.report, arguments.markdown)
    files.check()
    run = Run(
        time.perf_counter,
        datetime.now(UTC),
        say=lambda message: print(f"polyquote: {message}", file=sys.stderr),
        progress=_progress("asked", "questions", every=1),
        line=_print_json if arguments.json else lambda tree: None,
    )
    subject = subject_of(_service(arguments, config), config)
    limit = config.answer.max_error if arguments.max_error is None else arguments.max_error
    summary = run_evaluation(subject, files, run, max_error=limit)
    if not arguments.json:
        print(render_summary(summary))
    found = problems(summary, arguments.gates)
    for problem in found:
        print(f"polyquote: {problem}", file=sys.stderr)
    return FAULTY if found else DONE


# What the commands share


def _index_dir(arguments: argparse.Namespace, config: Config) -> Path:
    return Path(arguments.index_dir or config.index.dir)


def _service(arguments: argparse.Namespace, config: Config) -> "Service":
    from bot.service import Service

    return Service(config, _index_dir(arguments, config), _listener())


def _filter(arguments: argparse.Namespace) -> "Filter":
    from index.records import Filter

    codes = tuple(language(code).code for code in arguments.language or ())
    return Filter(codes, arguments.source, arguments.since, arguments.until)


def _style(stream: TextIO) -> "Style":
    """Return what a stream can show (NO_COLOR: no-color.org; TERM=dumb: terminfo)."""
    from bot.render import Style

    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    encoding = (stream.encoding or "ascii").casefold().replace("-", "")
    return Style(
        color=terminal and not os.environ.get("NO_COLOR"),
        width=shutil.get_terminal_size().columns if stream.isatty() else 80,
        unicode=encoding.startswith("utf"),
    )


def _listener() -> "Listener":
    from bot.service import Listener

    return Listener(lambda message: print(f"polyquote: {message}", file=sys.stderr), _progress())


def _progress(done_to: str = "encoded", things: str = "passages", *, every: int = 64) -> "Progress":
    """Return a report of progress: a bar on a terminal, a line at each tenth elsewhere, both on standard error."""
    shown: list[tqdm[Any]] = []

    def bar(done: int, total: int) -> None:
        if not shown:
            from tqdm import tqdm

            shown.append(tqdm(total=total, unit=f" {things}", delay=BAR_AFTER, dynamic_ncols=True, file=sys.stderr))
        shown[0].update(done - shown[0].n)
        if done == total:
            shown.pop().close()

    def line(done: int, total: int) -> None:
        tenth = total / 10
        if done == total or done // tenth > (done - every) // tenth:
            print(f"polyquote: {done_to} {done} of {total} {things}", file=sys.stderr)

    return bar if sys.stderr.isatty() else line


def _print_json(tree: dict[str, Any]) -> None:
    ascii_only = not (sys.stdout.encoding or "ascii").casefold().startswith("utf")
    print(json.dumps(tree, ensure_ascii=ascii_only))
