"""What else ranks passages: each library behind one function, over the same postings and vectors as the index.

`bm25s` and `faiss` come with the extra `bench`; one that is not installed is left out. What they return is
used to check that they were asked the same thing: scores, or the rows of the best.
"""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from index.lexical import K1, B
from index.retriever import DEPTH
from index.store import Store
from tests.benchmarks.corpus import Corpus, sentence_terms

Scores = NDArray[np.floating]
Lexical = Callable[[Sequence[str]], Scores]
Dense = Callable[[NDArray[np.float32]], NDArray[np.int64]]

BUILT_UP_TO = 100_000  # passages; more than a minute of building beyond, or more memory than the rest together
NEIGHBOURS, BREADTH, SOUGHT = 16, 40, 200  # of an HNSW graph: links a node, candidates in building and in searching


def lexical_libraries(corpus: Corpus, store: Store) -> dict[str, Lexical]:
    """Return what scores every passage for the terms of a query."""
    found: dict[str, Lexical] = {}
    if len(store.passages) <= BUILT_UP_TO:
        said = sentence_terms(corpus.pool)
        okapi = BM25Okapi([[term for one in passage for term in said[one]] for passage in corpus.members().tolist()])
        found["rank_bm25"] = lambda terms: np.asarray(okapi.get_scores(list(terms)))
    if importlib.util.find_spec("bm25s"):
        found["bm25s"] = _bm25s(store)
    return found


def _bm25s(store: Store) -> Lexical:
    """Give bm25s the matrix that it would make itself: the products of a passage's row and a term's idf, by term."""
    import bm25s

    postings = store.postings
    weights = np.repeat(postings.idf, np.diff(postings.indptr))
    model = bm25s.BM25(k1=K1, b=B)
    model.scores = {
        "data": np.asarray(postings.values * weights, dtype=np.float32),
        "indices": np.array(postings.rows),
        "indptr": np.array(postings.indptr),
        "num_docs": postings.n_passages,
    }
    model.nonoccurrence_array = None
    number = {term.decode(): place for place, term in enumerate(postings.terms)}

    def scores(terms: Sequence[str]) -> Scores:
        found: Scores = model.get_scores_from_ids([number[term] for term in terms if term in number])
        _best(found)  # as the lexical leg does; rank_bm25 is let off
        return found

    return scores


def dense_libraries(vectors: NDArray[np.float32]) -> dict[str, Dense]:
    """Return what finds the DEPTH rows of the largest inner product with a query, best first."""
    held = np.array(vectors)
    found: dict[str, Dense] = {"numpy": lambda query: _best(held @ query)}
    if importlib.util.find_spec("faiss"):
        import faiss

        flat = faiss.IndexFlatIP(held.shape[1])
        flat.add(held)
        found["faiss flat"] = lambda query: _found(flat, query)
        if len(held) <= BUILT_UP_TO:
            graph = faiss.IndexHNSWFlat(held.shape[1], NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
            graph.hnsw.efConstruction, graph.hnsw.efSearch = BREADTH, SOUGHT
            graph.add(held)
            found["faiss HNSW"] = lambda query: _found(graph, query)
    return found


def _best(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    depth = min(DEPTH, len(scores))
    some = np.argpartition(-scores, depth - 1)[:depth]
    return some[np.argsort(-scores[some])]


def _found(index: Any, query: NDArray[np.float32]) -> NDArray[np.int64]:
    rows: NDArray[np.int64] = index.search(query[None, :], min(DEPTH, index.ntotal))[1][0]
    return rows
