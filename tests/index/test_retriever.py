"""Retrieval: both legs heard, comments behind the article's words, and receipts that say what happened."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from index.encoders import load_encoder
from index.fusion import fuse
from index.indexing import update_index
from index.records import Filter, Kind
from index.retriever import BLIND, DEPTH, Retriever
from index.sentence_vectors import lines
from index.store import open_store
from tests.conftest import HashingEncoder


@pytest.fixture
def retriever(news_index: Path, encoder: HashingEncoder) -> Retriever:
    return Retriever(open_store(news_index), encoder)


def test_a_hit_says_what_each_leg_gave_and_hits_stand_as_fusion_has_them(
    news_index: Path, encoder: HashingEncoder
) -> None:
    retriever = Retriever(open_store(news_index), encoder, relevance_feedback=0, diversity=0)
    hits = retriever.search("Emmett Shear interim chief", top_k=DEPTH).hits
    rows = {hit.passage.id: number for number, hit in enumerate(hits)}
    codes = sorted({hit.passage.article.language for hit in hits})
    fused = fuse(
        {rows[hit.passage.id]: hit.lexical_share for hit in hits if hit.lexical_share is not None},
        {rows[hit.passage.id]: hit.dense_z for hit in hits if hit.dense_z is not None},
        {rows[hit.passage.id]: codes.index(hit.passage.article.language) for hit in hits},
    )
    assert [fused[number] for number in range(len(hits))] == sorted(fused.values(), reverse=True)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].score == fused[0]
    for hit in hits:
        assert (hit.lexical_score is None) == (hit.lexical_rank is None) == (hit.lexical_share is None)


def test_a_passage_that_says_the_query_has_a_share_of_about_one_and_one_that_has_its_name_little(
    retriever: Retriever,
) -> None:
    hits = retriever.search("the board named Emmett Shear interim chief executive on Monday").hits
    shares = {hit.passage.article.language: hit.lexical_share or 0.0 for hit in reversed(hits)}
    assert 0.7 < shares["en"] < 1.5
    assert 0 < shares["vi"] < 0.3


def test_hits_are_best_first_and_the_same_each_time(retriever: Retriever) -> None:
    hits = retriever.search("Emmett Shear").hits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert retriever.search("Emmett Shear").hits == hits


def test_top_k_bounds_the_hits(retriever: Retriever) -> None:
    assert len(retriever.search("OpenAI", top_k=2).hits) == 2


def test_a_blind_lexical_leg_has_no_say_and_is_named(retriever: Retriever) -> None:
    retrieval = retriever.search("zzz qqq")
    assert all(hit.lexical_rank is None for hit in retrieval.hits)
    assert any("lexical leg is blind" in warning for warning in retrieval.warnings)
    assert retrieval.known_terms == ()
    assert "zzz" in retrieval.unknown_terms


def test_a_leg_that_is_blind_in_some_languages_says_in_which(retriever: Retriever) -> None:
    retrieval = retriever.search("微软的财务支持者")
    assert "the lexical leg is blind and has no say in: en, fr, id, vi" in retrieval.warnings
    elsewhere = [hit for hit in retrieval.hits if hit.passage.article.language != "zh"]
    assert all((hit.lexical_share or 0) < BLIND for hit in elsewhere)


def test_a_simplified_question_finds_a_traditional_article_through_the_noise(retriever: Retriever) -> None:
    retrieval = retriever.search("微软的财务支持者")
    assert retrieval.hits[0].passage.article.language == "zh"
    assert retrieval.hits[0].lexical_rank == 1
    assert "财务" in retrieval.known_terms


def test_a_filter_that_leaves_nothing_says_so(retriever: Retriever) -> None:
    retrieval = retriever.search("Altman", chosen=Filter(since="2030-01-01"))
    assert retrieval.hits == ()
    assert retrieval.warnings == ("the filters leave no passage to search",)


def test_another_account_of_what_the_first_hit_says_comes_up(tmp_path: Path, encoder: HashingEncoder) -> None:
    texts = {
        "asked.txt": "Who replaced Altman is known: Emmett Shear of Twitch leads the startup from Monday.\n",
        "told.txt": "Emmett Shear of Twitch leads the startup from Monday.\n",
        "other.txt": "Quarterly revenue of the bakery grew by nine percent.\n",
        "other2.txt": "A glacier in the north lost ice again this summer.\n",
    }
    (tmp_path / "news").mkdir()
    for name, text in texts.items():
        (tmp_path / "news" / name).write_text(f'+++\nlanguage = "en"\n+++\n{text}', encoding="utf-8")
    update_index(tmp_path / "index", [tmp_path / "news"], encoder)
    store = open_store(tmp_path / "index")
    without, fed = (
        Retriever(store, encoder, relevance_feedback=share).search("replaced Altman") for share in (0.0, 0.5)
    )
    assert [found.hits[0].passage.article.path for found in (without, fed)] == ["asked.txt", "asked.txt"]
    assert (without.relevance_feedback, fed.relevance_feedback) == (None, without.hits[0].passage)
    score = [{hit.passage.article.path: hit.score for hit in found.hits}["told.txt"] for found in (without, fed)]
    assert score[1] > score[0] + 0.5
    assert fed.hits[1].passage.article.path == "told.txt"


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_passage_is_scored_by_its_closest_sentence_as_well(
    news_index: Path, encoder: HashingEncoder, share: float
) -> None:
    store, query = open_store(news_index), "Emmett Shear interim chief"
    vector = encoder.encode_query([query])[0]
    bare, mixed = (
        Retriever(store, encoder, relevance_feedback=0, sentences=one).search(query, top_k=DEPTH).hits
        for one in (0.0, share)
    )
    own = {hit.passage.id: hit.dense_z for hit in bare}
    several = 0
    for hit in mixed:
        apart = lines(hit.passage)[1:]
        expected = alone = own[hit.passage.id]
        if apart and alone is not None:
            several += 1
            closest = (encoder.encode_query(apart) @ vector).max()
            language = np.array([store.languages.index(hit.passage.article.language)])
            expected = alone + share * (store.statistics.standardise(vector, np.array([closest]), language)[0] - alone)
        assert hit.dense_z == pytest.approx(expected, abs=0.1)  # eight bits
    assert several > 3
    ranks = [hit.dense_rank or 0 for hit in sorted(mixed, key=lambda hit: -(hit.dense_z or 0))]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("top_k", [1, 3, 10])
@pytest.mark.parametrize("query", ["Emmett Shear interim chief", "OpenAI", "微软的财务支持者"])
def test_a_passage_steps_back_for_each_better_one_of_its_article(retriever: Retriever, query: str, top_k: int) -> None:
    everything = Retriever(retriever.store, retriever.encoder, diversity=0).search(query, top_k=DEPTH).hits
    better: Counter[str] = Counter()
    expected = {}
    for hit in everything:
        article = hit.passage.article.id
        expected[hit.passage.id] = hit.score - 0.7 * better[article]
        better[article] += 1
    hits = Retriever(retriever.store, retriever.encoder, diversity=0.7).search(query, top_k=top_k).hits
    best = sorted(expected, key=lambda one: -expected[one])[:top_k]
    assert [hit.passage.id for hit in hits] == best
    assert [hit.score for hit in hits] == [expected[one] for one in best]


def test_every_article_is_heard_before_one_is_heard_again_where_nothing_else_counts(
    retriever: Retriever,
) -> None:
    diverse = Retriever(retriever.store, retriever.encoder, diversity=1000)
    articles = [hit.passage.article.id for hit in diverse.search("OpenAI Altman", top_k=DEPTH).hits]
    count = len(set(articles))
    assert count > 2
    assert len(set(articles[:count])) == count


def test_what_each_leg_gave_is_what_it_gave_the_question(retriever: Retriever, news_index: Path) -> None:
    without = Retriever(retriever.store, retriever.encoder, relevance_feedback=0)
    legs = [
        {hit.passage.id: (hit.lexical_rank, hit.dense_rank, hit.dense_z) for hit in found.hits}
        for one in (retriever, without)
        for found in [one.search("Emmett Shear interim chief", top_k=DEPTH)]
    ]
    both = legs[0].keys() & legs[1].keys()  # of passages that overlap, another may be kept
    assert len(both) > 3
    assert {one: legs[0][one] for one in both} == {one: legs[1][one] for one in both}


def test_a_comment_ranks_below_the_sentence_that_it_repeats(tmp_path: Path, encoder: HashingEncoder) -> None:
    sentence = "Emmett Shear thay Sam Altman làm CEO OpenAI."
    body = f"Ban lãnh đạo đã họp hôm qua. {sentence} Mọi người đều bất ngờ về việc này."
    text = f"Tin công nghệ\n\n{body}\n\n44 bình luận\n{sentence}\n"
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "forum.txt").write_text(text, encoding="utf-8")
    update_index(tmp_path / "index", [tmp_path / "news"], encoder)
    hits = Retriever(open_store(tmp_path / "index"), encoder).search(sentence).hits
    assert [hit.passage.kind for hit in hits][:2] == [Kind.BODY, Kind.COMMENT]
    assert hits[1].lexical_rank == 1


def test_a_syndicated_copy_does_not_crowd_out_other_articles(tmp_path: Path, encoder: HashingEncoder) -> None:
    wire = (
        "Dewan menunjuk Emmett Shear sebagai CEO sementara OpenAI pada hari Senin, kata dua orang yang mengetahuinya."
    )
    texts = {
        "antara.txt": f"{wire}\n",
        "tempo.txt": f"{wire} (Reuters)\n",
        "kompas.txt": "Shear, salah satu pendiri Twitch, menggantikan Sam Altman sebagai CEO sementara.\n",
    }
    (tmp_path / "news").mkdir()
    for name, text in texts.items():
        (tmp_path / "news" / name).write_text(f'+++\nlanguage = "id"\n+++\n{text}', encoding="utf-8")
    update_index(tmp_path / "index", [tmp_path / "news"], encoder)
    hits = Retriever(open_store(tmp_path / "index"), encoder).search("CEO sementara Emmett Shear").hits
    assert len(hits) == 2
    assert {hit.passage.article.path for hit in hits} > {"kompas.txt"}


def test_a_copy_is_heard_where_what_it_copies_has_stepped_back_too_far(tmp_path: Path, encoder: HashingEncoder) -> None:
    wire = "Dewan memilihnya pada hari Senin. Dua orang mengetahuinya. Emmett Shear kini CEO sementara"
    told = "CEO sementara Emmett Shear. " * 4
    texts = {"antara.txt": f"{told}{wire}.\n", "tempo.txt": f"{wire}, tulisnya.\n"}
    (tmp_path / "news").mkdir()
    for name, text in texts.items():
        (tmp_path / "news" / name).write_text(f'+++\nlanguage = "id"\n+++\n{text}', encoding="utf-8")
    update_index(tmp_path / "index", [tmp_path / "news"], encoder)
    retriever = Retriever(open_store(tmp_path / "index"), encoder, diversity=1000)
    hits = retriever.search("CEO sementara Emmett Shear", top_k=2).hits
    assert [hit.passage.article.path for hit in hits] == ["antara.txt", "tempo.txt"]


def test_passages_that_overlap_do_not_crowd_out_others(retriever: Retriever) -> None:
    hits = retriever.search("OpenAI", top_k=50).hits
    for number, hit in enumerate(hits):
        for other in hits[:number]:
            if hit.passage.article.id == other.passage.article.id:
                shared = min(hit.passage.end, other.passage.end) - max(hit.passage.start, other.passage.start)
                shorter = min(hit.passage.end - hit.passage.start, other.passage.end - other.passage.start)
                assert shared <= shorter / 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("who replaced Altman?", "Emmett Shear"),
        ("Quel pourcentage des employés a signé la lettre ?", "95"),
        ("谁是OpenAI的第二大股东？", "Thrive Capital"),
        ("Ai là giám đốc điều hành của Quora?", "Quora"),
        ("Berapa persen saham Microsoft di OpenAI Global LLC?", "49%"),
    ],
)
def test_a_question_in_each_language_finds_its_answer_in_the_seeds(
    seeds_index: Path, question: str, words: str
) -> None:
    hits = Retriever(open_store(seeds_index), load_encoder()).search(question).hits
    assert any(words in hit.passage.text for hit in hits)
