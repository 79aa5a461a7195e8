"""Every table of retrieval: `python -m tests.benchmarks.retrieval --data DATASETS --markdown results/retrieval.md`.

Each collection is written to files and indexed as the product does it; queries go through the product's retriever, with
either leg alone and with both, and once more through the dense leg with the weights that the embedded encoder was tuned
from. Documents are ranked by their best passage. The same queries go to `bm25s` and `sentence-transformers` in the same
run. Figures are means over queries with 95% bootstrap intervals; nothing is
asserted. Vectors are kept in `--cache`, so that a second run takes minutes.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot import metrics
from bot.config import Config
from bot.evidence import Located, rank
from bot.provenance import corpus_of, provenance
from bot.question_set import Kind, Question, read_questions
from bot.training.encoder_graph import EncoderGraph, encoder_weights
from bot.training.weights import PackedModel
from index.embedded_encoder import EmbeddedEncoder
from index.encoders import Encoder, load_encoder
from index.fusion import fuse
from index.indexing import update_index
from index.names import make_names
from index.pieces import weights_file
from index.records import Hit
from index.retriever import DIVERSITY, RELEVANCE_FEEDBACK, SENTENCES_SHARE, TOP_K, Retriever
from index.store import Store, open_store
from tests.benchmarks import report
from tests.benchmarks.ablations import ABLATIONS, Ablation, dense_alone, lexical_alone
from tests.benchmarks.cache import CachedEncoder
from tests.benchmarks.datasets import COLLECTIONS, Collection, ranked, write
from tests.benchmarks.rivals import Bm25s, Cosines, Searches, sentence_transformer
from tests.benchmarks.tables import METRICS, Score, average, shortfall, table

Name = TypeVar("Name")
ROOT = Path(__file__).parent.parent.parent
QUESTIONS = ROOT / "bot" / "questions" / "dev.jsonl"
PASSAGES = 60  # searched for a query, which hold more than 10 documents
DENSE = Ablation("dense", "deviations", dense_alone, sentences=SENTENCES_SHARE)
HYBRID = Ablation("hybrid", "deviations", fuse, RELEVANCE_FEEDBACK, DIVERSITY, SENTENCES_SHARE)
LEGS = {"lexical": Ablation("lexical", "deviations", lexical_alone), "dense": DENSE, "hybrid": HYBRID}
UNTUNED = "dense, untuned"
SYSTEMS = (*LEGS, UNTUNED, "bm25s", "sentence-transformers")
ROUNDS = 5  # times that every question is searched for, to time it


@dataclass(frozen=True, slots=True)
class Encoders:
    """The embedded encoder, the same with the weights it was tuned from, and those in sentence-transformers."""

    ours: Encoder
    untuned: Encoder
    theirs: Encoder


@dataclass(frozen=True, slots=True)
class Indexed:
    """A collection, its index, and the rivals over its documents."""

    collection: Collection
    store: Store
    encoder: Encoder
    rivals: Mapping[str, Callable[[str], list[str]]]

    def scores(self, systems: Sequence[str], split: str) -> Iterator[Score]:
        """Yield what each system reaches for every query of a split."""
        for system in systems:
            search = self.rivals[system] if system in self.rivals else partial(self.documents, LEGS[system])
            yield from self._scored(system, search, split)

    def ablated(self, ablation: Ablation, split: str) -> list[Score]:
        """Return what the retriever reaches with another fusion."""
        with _reduced(self.store, ablation):
            return list(self._scored("hybrid", partial(self.documents, ablation), split))

    def documents(self, way: Ablation, query: str) -> list[str]:
        """Return the names of the documents that the retriever finds, a name for each passage."""
        hits = retriever(self.store, self.encoder, way).search(query, top_k=PASSAGES).hits
        return [hit.passage.article.path for hit in hits]

    def _scored(self, system: str, search: Callable[[str], list[str]], split: str) -> Iterator[Score]:
        found: dict[str, list[str]] = {}
        for query in self.collection.queries:
            if query.split == split:
                if query.text not in found:
                    found[query.text] = search(query.text)
                relevances = [name == query.target for name in ranked(found[query.text], query)]
                yield Score(system, query.language, query.target_language, _figures(relevances, 1))


@dataclass(frozen=True, slots=True)
class Development:
    """The development questions over the five articles, with their evidence."""

    store: Store
    encoder: Encoder
    questions: tuple[tuple[Question, tuple[Located, ...]], ...]
    rivals: Mapping[str, Callable[[str], Sequence[Hit]]]

    def scores(self, search: Callable[[str], Sequence[Hit]], system: str) -> tuple[list[Score], list[Score]]:
        """Return what a system reaches for each question, and for each with the evidence of one language at a time."""
        whole, parts = [], []
        for question, located in self.questions:
            hits = search(question.text)
            for code in sorted({place.article.language for quote in located for place in quote.places}):
                there = [quote for quote in located if any(place.article.language == code for place in quote.places)]
                parts.append(Score(system, question.language, code, _evidence(there, hits)))
            whole.append(Score(system, question.language, "all", _evidence(located, hits)))
        return whole, parts

    def searching(self, system: str) -> Callable[[str], Sequence[Hit]]:
        """Return the search of a leg, of both, or of a rival."""
        return self.rivals[system] if system in self.rivals else partial(self.hits, LEGS[system])

    def hits(self, way: Ablation, query: str) -> Sequence[Hit]:
        """Return what the retriever finds."""
        return retriever(self.store, self.encoder, way).search(query, top_k=TOP_K).hits


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds mlqa, xquad and ntrex")
    parser.add_argument("--markdown", type=Path, help="write the page here instead of to standard output")
    parser.add_argument("--cache", type=Path, help="keep vectors here between runs")
    parser.add_argument("--per-pair", type=int, default=200, help="queries of each pair of languages (200)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        page = measure(given.data, given.cache or folder / "cache", folder, given.per_pair)
    if given.markdown:
        given.markdown.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


def measure(data: Path, cache: Path, folder: Path, per_pair: int) -> str:
    """Return the page of results."""
    embedded = load_encoder()
    ours = CachedEncoder(embedded, cache)
    encoders = Encoders(
        ours,
        CachedEncoder(_untuned(folder / "untuned.onnx"), cache),
        CachedEncoder(sentence_transformer(folder / "sentence-transformers"), cache),
    )
    development = _development(folder / "dev", encoders)
    collections = [
        _indexed(read(data).sampled(per_pair), folder / name, encoders) for name, read in COLLECTIONS.items()
    ]
    sections = [
        report.head(provenance(datetime.now()), per_pair),
        report.development({name: development.scores(development.searching(name), name) for name in SYSTEMS}),
    ]
    for indexed in collections:
        _say(f"{indexed.collection.name}: searching")
        sections.append(report.collection(indexed.collection, list(indexed.scores(SYSTEMS, "report")), SYSTEMS))
    choosing = [indexed for indexed in collections if any(q.split == "choose" for q in indexed.collection.queries)]
    sections += [_ablations(development, choosing), _latency(development, embedded)]
    return "\n\n".join(sections) + "\n"


def retriever(store: Store, encoder: Encoder, way: Ablation) -> Retriever:
    """Return the product's retriever with the default configuration's names, and the ablation's way to rank."""
    names = make_names(Config().names, [(one, other) for one, other in store.manifest["names"]])
    return Retriever(
        store,
        encoder,
        names,
        fusion=way.fusion,
        relevance_feedback=way.relevance_feedback,
        diversity=way.diversity,
        sentences=way.sentences,
    )


def _untuned(path: Path) -> EmbeddedEncoder:
    """Return the embedded encoder with the weights that its own were tuned from, which it writes to `path`."""
    packed = PackedModel(weights_file())
    path.write_bytes(EncoderGraph(packed.shape, encoder_weights(packed)).build().SerializeToString())
    return EmbeddedEncoder(path)


def _indexed(collection: Collection, folder: Path, encoders: Encoders) -> Indexed:
    _say(f"{collection.name}: {len(collection.documents)} documents, {len(collection.queries)} queries")
    write(collection, folder / "files")
    for name, encoder in (("index", encoders.ours), ("untuned", encoders.untuned)):
        made = update_index(folder / name, [folder / "files"], encoder, progress=_progress(collection.name))
        for item in made.left_out:
            _say(f"left out: {item.reason}")
    names, texts = zip(*((one.name, one.text) for one in collection.documents), strict=True)
    searches: dict[str, Searches] = {"bm25s": Bm25s(texts), "sentence-transformers": Cosines(texts, encoders.theirs)}
    queries = sorted({query.text for query in collection.queries})
    for encoder in (encoders.ours, encoders.untuned, encoders.theirs):
        encoder.encode_query(queries)  # all at once, since each alone would be a transaction of the cache
    rivals = {name: partial(_named, search.search, names) for name, search in searches.items()}
    before = Indexed(collection, open_store(folder / "untuned"), encoders.untuned, {})
    rivals[UNTUNED] = partial(before.documents, DENSE)
    return Indexed(collection, open_store(folder / "index"), encoders.ours, rivals)


def _development(folder: Path, encoders: Encoders) -> Development:
    _say("development questions")
    for name, encoder in (("index", encoders.ours), ("untuned", encoders.untuned)):
        update_index(folder / name, [ROOT / "seeds"], encoder, progress=_progress("seeds"))
    store = open_store(folder / "index")
    passages = [store.passage(row) for row in range(len(store.passages))]
    texts = [passage.text for passage in passages]
    hits = [Hit(passage, 0.0, None, None, None, None, None) for passage in passages]
    searches: dict[str, Searches] = {"bm25s": Bm25s(texts), "sentence-transformers": Cosines(texts, encoders.theirs)}
    rivals: dict[str, Callable[[str], Sequence[Hit]]] = {
        name: partial(_named, search.search, hits) for name, search in searches.items()
    }
    before = retriever(open_store(folder / "untuned"), encoders.untuned, DENSE)
    rivals[UNTUNED] = lambda query: before.search(query, top_k=TOP_K).hits
    corpus = corpus_of(store)
    with QUESTIONS.open("rb") as lines:
        read = [one for one in read_questions(lines) if isinstance(one, Question) and one.kind is Kind.ANSWERABLE]
    located = tuple((one, tuple(corpus.locate(evidence) for evidence in one.evidence)) for one in read)
    return Development(store, encoders.ours, located, rivals)


def _named(search: Callable[[str, int], list[int]], names: Sequence[Name], query: str) -> list[Name]:
    return [names[row] for row in search(query, PASSAGES)]


def _ablations(development: Development, collections: Sequence[Indexed]) -> str:
    """Return the table on which the fusion was chosen: the development questions and one half of two collections."""
    legs = [score for indexed in collections for score in indexed.scores(("lexical", "dense"), "choose")]
    rows = []
    for ablation in ABLATIONS:
        _say(f"ablation: {ablation.name}")
        with _reduced(development.store, ablation):
            whole, _ = development.scores(partial(development.hits, ablation), "hybrid")
        scores = [score for indexed in collections for score in indexed.ablated(ablation, "choose")]
        groups = (
            [one for one in scores if one.language == one.target_language],
            [one for one in scores if one.language != one.target_language],
        )
        rows.append(
            [
                ablation.name,
                *(f"{_mean(whole, metric):.3f}" for metric in ("Recall@1", "Recall@10", "MRR@10")),
                *(f"{_mean(group, metric):.3f}" for group in groups for metric in ("Recall@1", "Recall@10")),
                *(f"{shortfall([*legs, *scores], metric):+.3f}" for metric in ("Recall@1", "Recall@10")),
            ]
        )
    head = ["fusion", "dev Recall@1", "dev Recall@10", "dev MRR@10", "same R@1", "same R@10", "other R@1", "other R@10",
            "worst pair R@1", "worst pair R@10"]  # fmt: skip
    chosen_on = sum(query.split == "choose" for one in collections for query in one.collection.queries)
    return report.ablations(table(head, rows), chosen_on)


def _mean(scores: Sequence[Score], metric: str) -> float:
    return average(score.values[METRICS.index(metric)] for score in scores)


def _latency(development: Development, embedded: Encoder) -> str:
    """Time warm searches, question encoded and all, over the five articles."""
    search = retriever(development.store, embedded, HYBRID).search
    times = []
    for _ in range(ROUNDS):
        for question, _located in development.questions:
            started = time.perf_counter()
            search(question.text)
            times.append(1000 * (time.perf_counter() - started))
    cuts = statistics.quantiles(times, n=20)
    return report.latency(statistics.median(times), cuts[18], len(times))


@contextmanager
def _reduced(store: Store, ablation: Ablation) -> Iterator[None]:
    """Let a store standardise as an ablation does."""
    full = store.statistics
    store.statistics = ablation.statistics(full)
    try:
        yield
    finally:
        store.statistics = full


def _evidence(located: Sequence[Located], hits: Sequence[Hit]) -> tuple[float, ...]:
    ranking = rank(located, hits[:TOP_K])
    return _figures(ranking.relevances, ranking.relevant)


def _figures(relevances: Sequence[bool], relevant: int) -> tuple[float, ...]:
    """Return the figures in the order of `METRICS`."""
    return (
        *(metrics.recall_at(k, relevances, relevant) for k in (1, 5, 10)),
        metrics.success_at(10, relevances, relevant),
        metrics.reciprocal_rank_at(10, relevances, relevant),
    )


def _progress(name: str) -> Callable[[int, int], None]:
    return lambda done, total: _say(f"{name}: {done} of {total} passages") if done % 640 == 0 else None


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    main()
