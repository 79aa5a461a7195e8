"""`polyquote`: ask · search · chat · index · doctor · verify · eval · discord.

The arguments, and what happens to errors; what a command does stands in `commands`.

Exit codes: 0 answered or done, 1 abstained, or something was found wrong, 2 wrong use or an error in one line.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot import commands
from bot.commands import DONE, WRONG
from bot.config import load_config
from index.errors import PolyQuoteError

if TYPE_CHECKING:
    from bot.gates import Gate
    from index.shards import Shard

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


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
    chosen = parser.add_subparsers(metavar="COMMAND", required=True)

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

    ask = chosen.add_parser("ask", parents=[common, question, filters, sure], help="answer a question with quotes")
    ask.add_argument("--render", choices=("terminal", "discord"), default="terminal", help="whose form to print it in")
    ask.set_defaults(run=commands.ask)
    search = chosen.add_parser("search", parents=[common, question, filters], help="show the best passages")
    search.set_defaults(run=commands.search)
    chat = chosen.add_parser("chat", parents=[common, filters, sure], help="ask one question after another")
    chat.set_defaults(run=commands.chat)
    bot = chosen.add_parser("discord", parents=[common], help="run the Discord bot; its token is in DISCORD_TOKEN")
    bot.set_defaults(run=commands.discord)
    index = chosen.add_parser("index", parents=[common], help="index folders and files, or refresh what is indexed")
    index.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folder or file to add to the index")
    index.add_argument(
        "--remove", action="append", type=Path, default=[], metavar="PATH", help="folder to drop; repeats"
    )
    past = index.add_mutually_exclusive_group()
    past.add_argument("--list", action="store_true", help="show the generations that are kept, and which one answers")
    past.add_argument(
        "--rollback", nargs="?", const="", metavar="NAME", help="let another generation answer; default: the one before"
    )
    index.add_argument(
        "--shard", type=_shard, metavar="I/N", help="this machine's part of N that index together (Milvus only)"
    )
    index.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="how long a shard waits for the others' counts"
    )
    index.set_defaults(run=commands.index)
    doctor = chosen.add_parser("doctor", parents=[common], help="the passport of the index, and what is wrong with it")
    doctor.add_argument("--fix", action="store_true", help="rebuild the index if something is wrong")
    doctor.set_defaults(run=commands.doctor)
    verify = chosen.add_parser("verify", parents=[common], help="check the quotes of a stored answer")
    verify.add_argument("answer", type=Path, help="a file that `ask --json` wrote; `-` for standard input")
    verify.add_argument("--articles", action="append", type=Path, metavar="DIR", help="where the articles are; repeats")
    verify.set_defaults(run=commands.verify)
    evaluation = chosen.add_parser("eval", parents=[common, sure], help="score answers against a question set")
    _add_evaluation(evaluation)
    evaluation.set_defaults(run=commands.evaluate)
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


def _shard(text: str) -> "Shard":
    from index.shards import parse_shard

    try:
        return parse_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


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
