"""How sure to be: P(the answer is right) as a function of its strength, fitted on questions the reader never saw.

The parts of the public sets that are kept from training (MLQA's half A, TyDi's and IDK-MRC's validation files, PIAF's
articles set aside) are pooled into one corpus of five languages' paragraphs and asked end to end, as a user would.
Every second question's paragraph is left out of the corpus, so that it has no answer there. Logistic regression (Platt
1999) gives the `Weights` of `support`.

How often an answer of a given strength is right depends on the corpus too: a pool of unrelated paragraphs says a thing
once or not at all, a few articles on one story say it often. So the bias, one number, is fitted on the questions over
the seed articles, the development ones and those of the check set, each judged by a bias that was fitted without it.

    python -m bot.training.calibrate ../shared/datasets --questions 400
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.config import Config
from bot.eval_command import CHECK_SET, DEV_SET
from bot.metrics import lenient_match
from bot.reader import Span, load_reader
from bot.service import Service
from bot.support import WEIGHTS, Weights, group
from bot.training.corpora import load_piaf_aside
from index.encoders import load_encoder
from index.indexing import update_index
from index.names import Names
from index.records import Hit
from index.retriever import Retriever
from index.store import open_store

SEED = 20231122
FILES = {
    "mlqa/dev-context-{}-question-{}.json": [(c, q) for c in ("en", "vi", "zh") for q in ("en", "vi", "zh")],
    "tydiqa-goldp-id/valid.json": [("id", "id")],
    "idk-mrc/valid.json": [("id", "id")],
}
NAMES = Names(())


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a paragraph: the answers accepted, none where the paragraph is known not to answer it."""

    question: str
    context: str
    language: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What the search and the reader made of a question, kept so that weights can be tried without reading again."""

    asked: Asked
    answers: tuple[str, ...]
    hits: tuple[Hit, ...]
    spans: tuple[Span, ...]


def main() -> None:
    """Print the weights, and how well they predict on the half of the questions they were not fitted on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder of the public datasets")
    parser.add_argument("--questions", type=int, default=600)
    arguments = parser.parse_args()
    asked = _sample(list(_questions(arguments.data)), arguments.questions)
    with tempfile.TemporaryDirectory() as temporary:
        reads = _read(asked, Path(temporary))
    half = len(reads) // 2
    weights = _fit_weights(reads[:half])
    _report(reads[half:], weights)
    print(f"fitted on the first half: {weights}")
    print(f"fitted on all: {_fit_weights(reads)}")
    _report_bias()


def _report_bias() -> None:
    """Print the bias that the questions over the seeds give, and what it does for those it was not fitted on."""
    sets = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in (DEV_SET, CHECK_SET)}
    lines = [json.loads(line) for some in sets.values() for line in some]
    names = np.repeat(list(sets), [len(some) for some in sets.values()])
    with tempfile.TemporaryDirectory() as temporary:
        update_index(Path(temporary), [Path(path) for path in Config().articles.paths], load_encoder())
        service = Service(Config(), Path(temporary))
        answers = [service.ask(line["question"], max_error=1.0) for line in lines]
    given = np.array([one.confidence for one in answers])
    strengths = (np.log(given / (1 - given)) - WEIGHTS.bias) / WEIGHTS.slope
    right = np.array([_is_right(one.answer or "", line["answers"]) for one, line in zip(answers, lines, strict=True)])
    answerable = np.array([bool(line["answers"]) for line in lines])
    others = ~np.eye(len(lines), dtype=bool)
    biases = np.array([_fit_bias(strengths[mask], right[mask]) for mask in others])
    guess = 1 / (1 + np.exp(-(biases + WEIGHTS.slope * strengths)))
    print(f"bias on the questions over the seeds: {_fit_bias(strengths, right):.2f}; each left out in turn:")
    for name in sets:
        for limit in (0.6, 0.5, 0.4, 0.3):
            here, spoken = names == name, 1 - guess <= limit
            print(
                f"{name}, --max-error {limit}: {(here & spoken & right).sum()} right,"
                f" {(here & spoken & answerable & ~right).sum()} wrong, {(here & ~spoken & answerable).sum()} silent,"
                f" {(here & ~spoken & ~answerable).sum()} of {(here & ~answerable).sum()} refused"
            )


def _fit_bias(strengths: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the bias at which as many answers are expected to be right as are, by Newton's method."""
    bias = 0.0
    for _ in range(50):
        guess = 1 / (1 + np.exp(-(bias + WEIGHTS.slope * strengths)))
        bias += float((right - guess).sum() / (guess * (1 - guess)).sum())
    return bias


def _fit_weights(reads: Sequence[Read]) -> Weights:
    """Fit what makes a candidate right, then what makes the strongest answer of a question right."""
    rows, right = [], []
    for read in reads:
        for hit, span in zip(read.hits, read.spans, strict=True):
            if np.isfinite(span.margin):
                rows.append((span.margin, hit.score))
                right.append(_is_right(hit.passage.text[span.start : span.end], read.answers))
    _, margin, retrieval = _logistic(np.array(rows), np.array(right))
    weights = Weights(retrieval=max(0.0, float(retrieval / margin)))
    strengths, correct = _strengths(reads, weights)
    bias, slope = _logistic(strengths[:, None], correct)
    return replace(weights, bias=float(bias), slope=float(slope))


def _strengths(reads: Sequence[Read], weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    best = [group(read.hits, read.spans, NAMES, weights)[0] for read in reads]
    right = [_is_right(one.best.text, read.answers) for one, read in zip(best, reads, strict=True)]
    return np.array([one.strength for one in best]), np.array(right)


def _questions(data: Path) -> Iterator[Asked]:
    for pattern, pairs in FILES.items():
        for context_language, question_language in pairs:
            tree = json.loads((data / pattern.format(context_language, question_language)).read_text(encoding="utf-8"))
            articles = tree["data"] if isinstance(tree, dict) else [{"paragraphs": tree}]
            for article in articles:
                for paragraph in article["paragraphs"]:
                    for item in paragraph["qas"]:
                        answers = tuple(answer["text"] for answer in item.get("answers", []))
                        empty = item.get("is_impossible", False) or not any(answers)
                        yield Asked(item["question"], paragraph["context"], context_language, () if empty else answers)
    for aside in load_piaf_aside(data):
        for question in aside.questions:
            if question.start is not None:
                yield Asked(question.text, aside.text, "fr", (question.answer,))


def _sample(asked: list[Asked], count: int) -> list[Asked]:
    """Return a sample that has as many questions about each language's paragraphs."""
    chance = random.Random(SEED)
    by_language: dict[str, list[Asked]] = {}
    for one in asked:
        by_language.setdefault(one.language, []).append(one)
    share = count // len(by_language)
    chosen = [one for group in by_language.values() for one in chance.sample(group, min(share, len(group)))]
    chance.shuffle(chosen)
    return chosen


def _read(asked: Sequence[Asked], folder: Path) -> list[Read]:
    kept = {one.context: one.language for one in asked[::2]}
    (folder / "articles").mkdir()
    for number, (context, code) in enumerate(sorted(kept.items())):
        front = f'+++\ntitle = "{number}"\nlanguage = "{code}"\n+++\n'
        (folder / "articles" / f"{number:05d}.txt").write_text(front + context, encoding="utf-8")
    encoder, reader = load_encoder(), load_reader()
    update_index(folder / "index", [folder / "articles"], encoder, progress=lambda done, total: print(done, total))
    retriever = Retriever(open_store(folder / "index"), encoder)
    reads = []
    for one in asked:
        hits = retriever.search(one.question, top_k=Config().answer.passages).hits
        spans = reader.read(one.question, [hit.passage.text for hit in hits])
        reads.append(Read(one, one.answers if one.context in kept else (), hits, tuple(spans)))
    return reads


def _is_right(given: str, answers: Sequence[str]) -> bool:
    return lenient_match(given, answers)


def _logistic(features: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return bias and weights by Newton's method on the log-likelihood, with Platt's smoothed targets."""
    positive, negative = int(right.sum()), int((~right).sum())
    target = np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        guess = 1 / (1 + np.exp(-design @ weights))
        hessian = (design * (guess * (1 - guess))[:, None]).T @ design + 1e-6 * np.eye(len(weights))
        weights += np.linalg.solve(hessian, design.T @ (target - guess))
    return weights


def _report(reads: Sequence[Read], weights: Weights) -> None:
    """Print reliability and the price of silence on questions that the weights were not fitted on."""
    strengths, right = _strengths(reads, weights)
    guess = 1 / (1 + np.exp(-(weights.bias + weights.slope * strengths)))
    answerable = np.array([bool(read.answers) for read in reads])
    print(f"{len(reads)} questions held out, {answerable.sum()} with an answer, {right.sum()} of them right")
    print("P(right)    n  right")
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (guess >= low) & (guess < low + 0.1)
        if inside.any():
            print(f"{low:.1f}-{low + 0.1:.1f}  {inside.sum():4d}  {right[inside].mean():.2f}")
            error += float(inside.mean() * abs(right[inside].mean() - guess[inside].mean()))
    print(f"expected calibration error: {error:.3f}")
    for limit in (0.6, 0.5, 0.4, 0.3, 0.2, 0.1):
        spoken = 1 - guess <= limit
        wrong = 1 - right[spoken].mean() if spoken.any() else 0.0
        refused = (~spoken[~answerable]).mean()
        print(
            f"--max-error {limit}: speaks on {spoken.mean():.2f} of all, wrong on {wrong:.2f} of those;"
            f" refuses {refused:.2f} of those without an answer, silent on {(~spoken[answerable]).mean():.2f} of others"
        )


if __name__ == "__main__":
    main()
