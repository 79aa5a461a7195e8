"""Answers and rankings → figures, each under its name in the literature.

Answers: EM and F1 of SQuAD (Rajpurkar et al. 2016) with the per-language normalisation of MLQA (Lewis et al. 2020),
and the lenient comparison of our question sets. Rankings: Recall@k, Success@k, RR@k and nDCG@k as trec_eval and
`ir_measures` compute them, with binary relevance. Figures on confidence stand in `calibration`, means and intervals in
`tally`. Nothing here knows of passages or articles.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from math import log2

from index.analysis import fold

# Words that MLQA's script drops before comparing; French, which MLQA has not, as FrenchBench in lm-evaluation-harness.
# Other languages drop none: Chinese and Indonesian have no articles.
ARTICLES = {
    "en": re.compile(r"\b(?:a|an|the)\b"),
    "vi": re.compile(r"\b(?:của|là|cái|chiếc|những)\b"),
    "fr": re.compile(r"\b(?:un|une|des|le|la|les)\b"),
}
BY_CHARACTER = frozenset({"zh"})  # MLQA's MIXED_SEGMENTATION_LANGS, of those we have
_HAN = re.compile(r"([\u4e00-\u9fa5])")  # the range that MLQA's script takes for Chinese
MAX_EXCESS = 2  # an answer holds an accepted one if it is at most this many times as long


def exact_match(given: str, accepted: Sequence[str], code: str) -> float:
    """Return 1.0 if the answer equals an accepted one after normalisation in the language `code`, else 0.0 (EM)."""
    tokens = answer_tokens(given, code)
    return float(any(answer_tokens(answer, code) == tokens for answer in accepted))


def f1(given: str, accepted: Sequence[str], code: str) -> float:
    """Return the best token F1 of the answer with an accepted one, Chinese by character."""
    return max((_f1(answer_tokens(given, code), answer_tokens(answer, code)) for answer in accepted), default=0.0)


def answer_tokens(text: str, code: str) -> list[str]:
    """Return the tokens that EM and F1 compare: lower case, without punctuation and articles, as MLQA's script does."""
    kept = "".join(char for char in text.lower() if not _is_punctuation(char) and char not in string.punctuation)
    if code in ARTICLES:
        kept = ARTICLES[code].sub(" ", kept)
    if code in BY_CHARACTER:
        kept = _HAN.sub(r" \1 ", kept)
    return kept.split()


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith("P")


def _f1(given: Sequence[str], accepted: Sequence[str]) -> float:
    shared = sum((Counter(given) & Counter(accepted)).values())
    if not shared:
        return 0.0
    precision, recall = shared / len(given), shared / len(accepted)
    return 2 * precision * recall / (precision + recall)


def compared(text: str) -> str:
    """Return the form in which a question set compares answers: folded, without spaces and punctuation.

    Folding is NFKC, case folding, removal of pinyin in parentheses after a Chinese character, traditional → simplified.
    """
    return "".join(char for char in fold(text) if not (_is_punctuation(char) or char.isspace()))


def same_answer(given: str, other: str) -> bool:
    """Tell whether two answers are the same in compared form; blank ones are the same as nothing."""
    form = compared(given)
    return form != "" and form == compared(other)


def lenient_match(given: str, accepted: Sequence[str]) -> bool:
    """Tell whether an answer is right: an accepted one, a part of one, or one with words around it.

    With words around it, it may be at most `MAX_EXCESS` times as long as the accepted one. Characters are compared, so
    a part may cut a word: `20` passes for an accepted `2014`. EM and F1 are there for that.
    """
    form = compared(given)
    forms = [compared(answer) for answer in accepted]
    return form != "" and any(form in other or _holds(form, other) for other in forms)


def _holds(form: str, other: str) -> bool:
    return other != "" and other in form and len(form) <= MAX_EXCESS * len(other)


def supports(quote: str, accepted: Sequence[str]) -> bool:
    """Tell whether a quote holds an accepted answer, in compared form."""
    form = compared(quote)
    return any(other and other in form for other in map(compared, accepted))


def recall_at(k: int, relevances: Sequence[bool], relevant: int) -> float:
    """Return the share of `relevant` items that are among the first k; `relevances` tells which ranks are relevant."""
    _check(relevant)
    return sum(relevances[:k]) / relevant


def success_at(k: int, relevances: Sequence[bool], relevant: int) -> float:
    """Return 1.0 if a relevant item is among the first k, else 0.0 (DPR calls it top-k accuracy)."""
    _check(relevant)
    return float(any(relevances[:k]))


def reciprocal_rank_at(k: int, relevances: Sequence[bool], relevant: int) -> float:
    """Return 1 / the rank of the first relevant item among the first k, else 0; its mean is MRR@k (Voorhees 1999)."""
    _check(relevant)
    return next((1 / rank for rank, hit in enumerate(relevances[:k], start=1) if hit), 0.0)


def ndcg_at(k: int, relevances: Sequence[bool], relevant: int) -> float:
    """Return the normalised discounted cumulative gain of the first k (Järvelin & Kekäläinen 2002), discount log2."""
    _check(relevant)
    gain = sum(1 / log2(rank + 1) for rank, hit in enumerate(relevances[:k], start=1) if hit)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(k, relevant) + 1))


def _check(relevant: int) -> None:
    if relevant < 1:
        raise ValueError(f"relevant must be at least 1, is {relevant}: a question without evidence has no such figure")
