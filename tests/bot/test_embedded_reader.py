"""The embedded reader reads five languages, on the text's own positions; how well is measured elsewhere."""

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.embedded_reader import LEAST_WINDOW, MODEL, EmbeddedReader, ReaderError
from bot.reader import load_reader

MAX_BYTES = 30 << 20
READER = EmbeddedReader()

PASSAGES = [
    "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear thay thế Sam Altman. Người phát ngôn từ chối bình luận.",
    "En 2014, Amazon a acquis Twitch pour près d’un milliard de dollars.",
    "微軟向OpenAI投資了130億美元,,是其主要的財(cái)務(wù)支持者。",
    "Pada 30 November 2022, ChatGPT diluncurkan, dan jutaan pengguna berdatangan.",
]


def test_the_model_is_small_enough_to_ship() -> None:
    assert MODEL.stat().st_size <= MAX_BYTES


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        ("who replaced Altman?", PASSAGES[0], "Emmett Shear"),
        ("En quelle année Amazon a-t-il acquis Twitch ?", PASSAGES[1], "2014"),
        ("微软向OpenAI投资了多少？", PASSAGES[2], "130億美元"),
        ("Kapan ChatGPT diluncurkan?", PASSAGES[3], "30 November 2022"),
    ],
)
def test_a_plain_question_gets_the_plain_answer(question: str, passage: str, answer: str) -> None:
    span = READER.read(question, [passage])[0]
    assert answer in passage[span.start : span.end]
    assert span.margin > 0


def test_the_passage_that_answers_has_the_highest_margin() -> None:
    margins = [span.margin for span in READER.read("Kapan ChatGPT diluncurkan?", PASSAGES)]
    assert max(margins) == margins[3]


def test_spans_come_in_the_order_of_the_texts_and_do_not_depend_on_their_neighbours() -> None:
    question = "who replaced Altman?"
    together = READER.read(question, PASSAGES)
    for span, passage in zip(together, PASSAGES, strict=True):
        alone = READER.read(question, [passage])[0]
        assert (alone.start, alone.end) == (span.start, span.end)
        # int8 activations are scaled over a whole batch, so a margin moves a little with its company.
        assert alone.margin == pytest.approx(span.margin, abs=1.5)


def test_side_by_side_the_text_that_answers_has_the_highest_margin_wherever_it_stands() -> None:
    for order in permutations(range(len(PASSAGES))):
        margins = READER.compare("Kapan ChatGPT diluncurkan?", [PASSAGES[number] for number in order])
        assert order[margins.index(max(margins))] == 3
        assert max(margins) > 0


def test_as_many_texts_are_compared_as_can_be_read_at_once() -> None:
    long = PASSAGES[1] + " Il est rapporté que la réunion a duré longtemps, sans décision." * 8
    question = "En quelle année Amazon a-t-il acquis Twitch ?"
    assert len(READER.compare(question, [PASSAGES[0], *[long] * 8])) in range(2, 6)
    assert len(READER.compare(question, [long * 8, PASSAGES[0]])) == 1
    assert READER.compare("who?", []) == []


def test_an_answer_deep_in_a_long_text_is_found() -> None:
    filler = "Il est rapporté que la réunion a duré longtemps, sans décision. " * 60
    text = filler + PASSAGES[1] + " " + filler
    span = READER.read("En quelle année Amazon a-t-il acquis Twitch ?", [text])[0]
    assert text[span.start : span.end].removeprefix("En ") == "2014"


def test_the_least_window_still_gets_to_the_end_of_a_text_and_a_smaller_one_is_refused() -> None:
    text = "Il est rapporté que la réunion a duré longtemps, sans décision. " * 8 + PASSAGES[3]
    span = EmbeddedReader(window=LEAST_WINDOW).read("Kapan ChatGPT diluncurkan? " * 20, [text])[0]
    assert "30 November 2022" in text[span.start : span.end]
    with pytest.raises(ValueError, match=f"{LEAST_WINDOW} is the least"):
        EmbeddedReader(window=LEAST_WINDOW - 1)


def test_an_empty_text_has_an_empty_span_that_nothing_is_below() -> None:
    span = READER.read("who?", ["", PASSAGES[0]])[0]
    assert (span.start, span.end) == (0, 0)
    assert span.margin == float("-inf")
    assert READER.read("who?", []) == []


def test_a_model_that_is_no_model_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"garbage")
    with pytest.raises(ReaderError, match="does not load") as caught:
        EmbeddedReader(tmp_path / "x.onnx")
    assert "\n" not in str(caught.value)


pieces = st.sampled_from(
    [
        "Emmett Shear ",
        "財(cái)聯(lián)社",
        ",，",
        "Lãnh đạo",
        "La\u0303nh ",
        "👩‍👩‍👧",
        "ﬁn ",
        "\u200b",
        "130億",
        "\n",
        " ",
    ]
)


@given(st.lists(pieces | st.text(max_size=8), max_size=20).map("".join))
@settings(max_examples=40)
def test_offsets_are_exact_in_any_text(text: str) -> None:
    span = READER.read("谁 replaced Altman?", [text])[0]
    assert 0 <= span.start <= span.end <= len(text)
    assert text[span.start : span.end] == text[span.start : span.end].strip()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_any_hugging_face_model_reads_behind_the_same_contract(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForQuestionAnswering, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "Emmett", "Shear"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
        model_max_length=64,
    )
    fast.save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=6,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=64,
    )
    BertForQuestionAnswering(config).save_pretrained(tmp_path)
    texts = ["Emmett Shear " * 100, "", "Shear"]
    reader = load_reader(str(tmp_path))
    spans = reader.read("who ?", texts)
    assert len(spans) == 3
    assert all(0 <= span.start <= span.end <= len(text) for span, text in zip(spans, texts, strict=True))
    assert texts[0][spans[0].start : spans[0].end].strip() != ""
    assert spans[1].margin == float("-inf")
    forth, back = reader.compare("who ?", ["Emmett Shear", "Shear"]), reader.compare("who ?", ["Shear", "Emmett Shear"])
    assert forth == pytest.approx(back[::-1], abs=1e-5)
    assert len(reader.compare("who ?", ["Shear", *["Emmett Shear " * 12] * 5])) == 3
    assert len(reader.compare("who ?", texts[:1])) == 1
    assert reader.compare("who ?", []) == []


@pytest.mark.slow
def test_a_reader_that_is_not_there_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="does not load") as caught:
        load_reader(str(tmp_path / "none"))
    assert "\n" not in str(caught.value)
