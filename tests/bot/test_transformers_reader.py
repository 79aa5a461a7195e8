"""The Hugging Face reader takes questions of any length, windows of any size, and threads; its models are tiny ones.

A tokenizer that knows a dozen words and a network small enough to write down; how well such models answer is not asked.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.embedded_reader import MAX_QUESTION, ReaderError
from bot.transformers_reader import TransformersReader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

WORDS = "[PAD] [UNK] [CLS] [SEP] Shear who replaced Altman the board has met Mu ##rati r ##ati ati".split()
FILLER = "the board has met " * 200
PASSAGE = "Altman the board replaced Shear has met"


def save(folder: Path, *, longest: int = 512, layers: int = 1) -> Path:
    """Save a model whose tokens are words, but for `Murati`, which is two.

    Without layers its logits are 2 at `Shear` and -2 at every other token.
    """
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForQuestionAnswering, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
        model_max_length=longest,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    model = BertForQuestionAnswering(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=8,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=8,
            max_position_embeddings=512,
            initializer_range=1.0,
        )
    )
    if not layers:
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.zero_()
            embeddings = model.bert.embeddings
            embeddings.LayerNorm.weight.fill_(1)
            signs = torch.tensor([1.0, -1.0] * 4)
            embeddings.word_embeddings.weight.copy_(-signs.expand(len(WORDS), 8))
            embeddings.word_embeddings.weight[WORDS.index("Shear")] = signs
            model.qa_outputs.weight.copy_(signs.expand(2, 8) / 4)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> TransformersReader:
    return TransformersReader(str(save(tmp_path_factory.mktemp("model"))))


@pytest.mark.parametrize("words", [0, 1, MAX_QUESTION, MAX_QUESTION + 1, 260, 300, 380, 400, 1000])
@pytest.mark.parametrize("longest", [5, 6, 7, 8, 20, 64, 300, 512, 10**30])
def test_the_end_of_a_text_is_reached_whatever_the_question_and_the_window(
    tmp_path: Path, longest: int, words: int
) -> None:
    reader = TransformersReader(str(save(tmp_path, longest=longest, layers=0)))
    text, question = f"{FILLER}Shear", "who " * words
    near, far = reader.read(question, ["Shear", text])
    assert text[far.start : far.end] == "Shear"
    assert far.margin == near.margin == pytest.approx(2 + 2 - (-2 - 2), abs=1e-3)
    assert reader.compare(question, ["Shear"]) == pytest.approx([2 + 2 - (-2 - 2)], abs=1e-3)


def test_of_a_question_too_long_what_is_asked_at_its_end_is_read(reader: TransformersReader) -> None:
    asked = "who replaced Altman " + "has the board met " * 16
    last = " ".join(asked.split()[-MAX_QUESTION:])
    for long in (f"{'Shear met Altman ' * 200}{last}", f"{'met ' * 400}{last}"):
        assert reader.read(long, [PASSAGE]) == reader.read(last, [PASSAGE])
        assert reader.compare(long, [PASSAGE, "Shear"]) == reader.compare(last, [PASSAGE, "Shear"])
    assert reader.read(f"Shear {last.partition(' ')[2]}", [PASSAGE]) != reader.read(last, [PASSAGE])


def test_a_word_that_the_cut_parts_may_have_more_tokens_than_before(reader: TransformersReader) -> None:
    rest = " who" * (MAX_QUESTION - 1)
    # Mu ##rati and 63 are 65: the first goes. r ##ati and 63 are 65 again: what is left is ati and 63.
    assert reader.read(f"Murati{rest}", [PASSAGE]) == reader.read(f"ati{rest}", [PASSAGE])
    assert reader.read(f"ati{rest}", [PASSAGE]) != reader.read(f"met{rest}", [PASSAGE])


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns a thousand times as often as they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 1000)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_threads_that_read_and_compare_at_once_get_what_each_gets_alone(reader: TransformersReader) -> None:
    def read(_: int) -> object:
        return reader.read("who replaced Altman", [FILLER, PASSAGE])

    def compare(_: int) -> object:
        return reader.compare("who", [f"Shear {FILLER}"] * 3)

    alone = [read(0), compare(0)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda number: (read, compare)[number % 2](number), range(160)))
    assert together == alone * 80


def test_a_window_that_no_question_and_text_fit_into_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="a window of 4 tokens, 3 of them special") as caught:
        TransformersReader(str(save(tmp_path, longest=4)))
    assert "\n" not in str(caught.value)
