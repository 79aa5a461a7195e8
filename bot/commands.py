"""What each command does: the stages put together, their words printed, an exit code returned.

Heavy modules are imported by the command that needs them, so that `--help` and `verify` do not wait for models.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config import Config
from bot.terminal import listener, print_json, progress, style_of
from index.errors import ArticleError, PolyQuoteError, StoreError
from index.languages import language

if TYPE_CHECKING:
    from bot.passport import Passport
    from bot.service import Service
    from index.encoders import Encoder
    from index.places import Place
    from index.records import Filter

DONE, ABSTAINED, WRONG = 0, 1, 2
FAULTY = 1  # something was found wrong, or left out


def ask(arguments: argparse.Namespace, config: Config) -> int:
    """Answer a question, or each line of standard input."""
    from bot import render, schema

    service, chosen, style = _service(arguments, config), _filter(arguments), style_of(sys.stdout)

    def one(question: str) -> int:
        if arguments.render == "discord" and not arguments.json:
            return _ask_as_discord(service, question, arguments.max_error, chosen)
        answer = service.ask(question, max_error=arguments.max_error, chosen=chosen, quotes=arguments.top_k)
        if arguments.json:
            print_json(schema.answer_json(answer, explain=arguments.explain))
        else:
            print(render.render_answer(answer, style, explain=arguments.explain))
        return DONE if answer.answered else ABSTAINED

    return _each_question(arguments, one)


def _ask_as_discord(service: "Service", question: str, max_error: float | None, chosen: "Filter") -> int:
    from bot.discord_render import NO_KEY, QUOTES, answer_reply, reply_text
    from bot.phrases import wording

    answer = service.ask(question, max_error=max_error, chosen=chosen, quotes=QUOTES)
    print(reply_text(answer_reply(answer, NO_KEY, wording(question))))
    return DONE if answer.answered else ABSTAINED


def search(arguments: argparse.Namespace, config: Config) -> int:
    """Show the best passages for a question, or for each line of standard input."""
    from bot import render, schema

    service, chosen, style = _service(arguments, config), _filter(arguments), style_of(sys.stdout)

    def one(text: str) -> int:
        question, retrieval = service.search(text, top_k=arguments.top_k, chosen=chosen)
        if arguments.json:
            print_json(schema.search_json(question, retrieval, explain=arguments.explain))
        else:
            print(render.render_search(retrieval, style, explain=arguments.explain))
        return DONE if retrieval.hits else ABSTAINED

    return _each_question(arguments, one)


def _each_question(arguments: argparse.Namespace, one: Callable[[str], int]) -> int:
    """Ask the question of the command line, or every line of standard input; there a bad line costs only itself."""
    from bot import schema

    if arguments.question != ["-"]:
        return one(" ".join(arguments.question))
    worst = DONE
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        try:
            one(text)
        except PolyQuoteError as error:
            worst = WRONG
            if arguments.json:
                print_json(schema.error_json(text, str(error)))
            else:
                print(f"polyquote: {error}", file=sys.stderr)
        sys.stdout.flush()
    return worst


def chat(arguments: argparse.Namespace, config: Config) -> int:
    """Answer one question after another."""
    from bot import render
    from bot.chat import questions

    service, chosen, style = _service(arguments, config), _filter(arguments), style_of(sys.stdout)
    for question in questions(_index_dir(arguments, config) / "history"):
        try:
            print(render.render_answer(service.ask(question, max_error=arguments.max_error, chosen=chosen), style))
        except PolyQuoteError as error:
            print(f"polyquote: {error}", file=sys.stderr)
        print()
    return DONE


def discord(arguments: argparse.Namespace, config: Config) -> int:
    """Run the Discord bot until it is stopped."""
    from bot.credentials import read_token

    token = read_token(os.environ, config.discord.token_file)  # before anything that takes its time
    from bot.discord_app import run
    from bot.live_service import IndexAnswers

    return run(IndexAnswers(_service(arguments, config)), config.discord, token, _index_dir(arguments, config))


def index(arguments: argparse.Namespace, config: Config) -> int:
    """Add folders and files to the index, drop some, or refresh it; or list its generations, or go back to one."""
    from bot.places import place_of
    from bot.service import refresh, roots_of
    from index.encoders import load_encoder

    place = place_of(config, _index_dir(arguments, config))
    if arguments.list:
        return _list(place)
    if arguments.rollback is not None:
        return _roll_back(place, arguments.rollback or None)
    roots = roots_of(place, config.articles.paths, add=arguments.paths, remove=arguments.remove)
    encoder, keep = load_encoder(config.encoder.model), config.index.keep
    if arguments.shard is not None:
        return _index_shard(arguments, place, roots, encoder)
    report = refresh(place, roots, encoder, listener(), keep=keep)
    print(
        f"{'wrote' if report.written else 'up to date:'} generation {report.generation} in {place}:"
        f" {report.added} articles added, {report.removed} removed, {report.unchanged} unchanged;"
        f" {report.passages} passages, {report.encoded} encoded now"
    )
    return FAULTY if report.left_out else DONE


def _list(place: "Place") -> int:
    from bot.history_table import history_table

    past = place.generations()
    for line in history_table(past):
        print(line)
    return FAULTY if any(item.fault for item in past) else DONE


def _roll_back(place: "Place", name: str | None) -> int:
    told = listener()
    chosen = place.roll_back(name, waiting=lambda: told.say(f"another process is writing {place}: waiting for it"))
    print(f"generation {chosen} in {place} answers now; `polyquote index` brings it up to date with its articles")
    return DONE


def _index_shard(arguments: argparse.Namespace, place: "Place", roots: Sequence[Path], encoder: "Encoder") -> int:
    from index.places import MilvusPlace

    if not isinstance(place, MilvusPlace):
        raise StoreError('--shard is for [store] engine = "milvus": the embedded store is written by one machine')
    told = listener()
    outcome = place.update_shard(
        roots,
        encoder,
        arguments.shard,
        progress=told.progress,
        waiting=lambda: told.say(f"another process is writing {place.folder}: waiting for it"),
        wait=arguments.wait,
    )
    for item in outcome.report.left_out:
        told.say(f"left out: {item.reason}")
    done = f"shard {arguments.shard}: {outcome.report.passages} passages, {outcome.report.encoded} encoded now;"
    if outcome.switched:
        print(f"{done} generation {outcome.generation} at {place} answers")
    elif outcome.uncounted:
        others = ", ".join(f"{number}/{arguments.shard.of}" for number in outcome.uncounted)
        print(f"{done} counted, and waiting for the counts of {others}: run this again when they are there")
        return FAULTY
    else:
        others = ", ".join(f"{number}/{arguments.shard.of}" for number in outcome.unwritten)
        print(f"{done} written; generation {outcome.generation} will answer when {others} are written too")
    return FAULTY if outcome.report.left_out else DONE


def doctor(arguments: argparse.Namespace, config: Config) -> int:
    """Show the passport of the index and its faults, and mend it if asked to."""
    from bot.places import place_of
    from index.encoders import load_encoder

    place, encoder = place_of(config, _index_dir(arguments, config)), load_encoder(config.encoder.model)
    passport = _inspected(place, encoder)
    if passport.faults and arguments.fix:
        for fault in passport.faults:
            print(f"fault: {fault}")
        passport = _mended(place, config, encoder)
    for line in passport.lines:
        print(line)
    for fault in passport.faults:
        print(f"fault: {fault}")
    print("something is wrong: `polyquote doctor --fix` rebuilds the index" if passport.faults else "all is well")
    return FAULTY if passport.faults else DONE


def _inspected(place: "Place", encoder: "Encoder") -> "Passport":
    from bot.passport import Passport, inspect_place

    try:
        return inspect_place(place, encoder)
    except StoreError as error:
        return Passport((), (str(error),))


def _mended(place: "Place", config: Config, encoder: "Encoder") -> "Passport":
    """Rebuild an index from what is whole in it and, if that has the fault too, from its articles alone."""
    from bot.service import refresh
    from index.history import known_roots

    roots = [root for root in known_roots(place.folder, config.articles.paths) if root.exists()]
    if not roots:
        raise ArticleError(f"none of the folders that {place} was built from is there: run `polyquote index PATH`")
    keep = config.index.keep
    print("rebuilding the index from its articles")
    refresh(place, roots, encoder, listener(), keep=keep)
    place.discard_damaged(keep=keep)
    passport = _inspected(place, encoder)
    if passport.faults:
        refresh(place, roots, encoder, listener(), keep=keep, afresh=True)
        passport = _inspected(place, encoder)
    return passport


def verify(arguments: argparse.Namespace, config: Config) -> int:
    """Check the quotes of a stored answer against the articles."""
    from bot import render, schema
    from bot.verification import Status
    from bot.verification import verify as verdicts_on
    from index.history import known_roots

    raw = sys.stdin.buffer.read() if str(arguments.answer) == "-" else arguments.answer.read_bytes()
    try:
        claims = schema.read_claims(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise schema.SchemaError(f"{arguments.answer} is not UTF-8: {error.reason}") from error
    roots = arguments.articles or known_roots(_index_dir(arguments, config), config.articles.paths)
    verdicts = verdicts_on(claims, roots)
    print(render.render_verdicts(verdicts, style_of(sys.stdout)) or "no quotes to verify")
    return DONE if all(verdict.status is Status.OK for verdict in verdicts) else FAULTY


def evaluate(arguments: argparse.Namespace, config: Config) -> int:
    """Score answers against a question set."""
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
        progress=progress("asked", "questions"),
        line=print_json if arguments.json else lambda tree: None,
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


def _index_dir(arguments: argparse.Namespace, config: Config) -> Path:
    return Path(arguments.index_dir or config.index.dir)


def _service(arguments: argparse.Namespace, config: Config) -> "Service":
    from bot.service import Service

    return Service(config, _index_dir(arguments, config), listener())


def _filter(arguments: argparse.Namespace) -> "Filter":
    from index.records import Filter

    codes = tuple(language(code).code for code in arguments.language or ())
    return Filter(codes, arguments.source, arguments.since, arguments.until)
