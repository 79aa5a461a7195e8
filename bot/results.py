"""Results of an evaluation → JSON lines: one a question, one a fault, and the summary last.

A result has everything needed to argue about it: the labels, what was said, each quote in its context, each hit and
whether it counts. What differs between two runs of the same stands in `timing`, and nowhere else.
"""

from typing import Any

from bot.evaluate import DEPTH, GOOD, Judged, stands, supporting
from bot.evidence import Corpus
from bot.question_set import Fault
from bot.schema import answer_json

RESULT = "polyquote.result/1"
FAULT = "polyquote.fault/1"
SUMMARY = "polyquote.summary/1"
CONTEXT = 200  # code points of the article kept on each side of a quote
DIGITS = 6  # decimals, so that the last bits of a sum do not make two runs differ


def fault_json(fault: Fault) -> dict[str, Any]:
    """Return the JSON form of a fault."""
    return {"schema": FAULT, "line": fault.line, "reason": fault.reason}


def result_json(judged: Judged, corpus: Corpus) -> dict[str, Any]:
    """Return the JSON form of a result, with everything needed to argue about it; what differs between runs is last."""
    question, ranks = judged.question, judged.ranking.ranks
    answer = answer_json(judged.answer)
    for tree, quote in zip(answer["quotes"], judged.answer.quotes, strict=True):
        text = corpus.text(quote.article.id)
        tree["before"] = text[max(0, quote.start - CONTEXT) : quote.start]
        tree["after"] = text[quote.end : quote.end + CONTEXT]
        tree["verified"] = stands(quote, corpus)
        tree["supports"] = supporting(quote, question, corpus)
    return {
        "schema": RESULT,
        "id": question.id,
        "line": question.line,
        "language": question.language,
        "article_languages": list(judged.article_languages),
        "kind": question.kind.value,
        "question": question.text,
        "answers": list(question.answers),
        "rejected": question.rejected,
        "verdict": judged.verdict.value,
        "good": judged.verdict in GOOD,
        "right": judged.right,
        "outcomes": dict(judged.outcomes),
        "scores": {name: round(value, DIGITS) for name, value in judged.scores.items()},
        "evidence": [
            {
                "article": quote.evidence.article,
                "quote": quote.evidence.quote,
                "places": [[place.start, place.end] for place in quote.places],
                "rank": number,
                "fault": quote.fault,
            }
            for quote, number in zip(judged.located, ranks, strict=True)
        ],
        "hits": [_hit_json(number, judged) for number in range(len(judged.answer.retrieval.hits[:DEPTH]))],
        "answer": answer,
        "timing": {"seconds": round(judged.seconds, 4)},
    }


def _hit_json(number: int, judged: Judged) -> dict[str, Any]:
    hit = judged.answer.retrieval.hits[number]
    return {
        "path": hit.passage.article.path,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": round(hit.score, DIGITS),
        "lexical_rank": hit.lexical_rank,
        "dense_rank": hit.dense_rank,
        "relevant": judged.ranking.relevances[number],
    }
