"""Where evidence stands, which hits hold it, and what that makes of a ranking."""

from bot.evidence import Corpus, holds, rank
from bot.question_set import Evidence
from index.records import Hit, Passage
from tests.bot.scripted import EN, FR, VI, ZH, corpus, hit
from tests.conftest import article_of


def passage_hit(text: str, start: int, end: int, path: str = "a.txt") -> Hit:
    article = article_of(text, path=path)
    return Hit(Passage(article.info, start, end, text[start:end]), 1.0, None, None, None, None, None)


def place(text: str) -> Corpus:
    article = article_of(text)
    return Corpus([article.info], lambda _: article)


def test_a_hit_holds_a_quote_it_contains_or_covers_by_half() -> None:
    text = "aaaa ABCDEFGH zzzz"
    quote = place(text).locate(Evidence("a.txt", "ABCDEFGH"))
    assert holds(passage_hit(text, 0, 18), quote)
    assert holds(passage_hit(text, 0, 9), quote)  # ABCD: 4 of 8
    assert not holds(passage_hit(text, 0, 8), quote)  # ABC: 3 of 8
    assert holds(passage_hit(text, 7, 18), quote)
    assert not holds(passage_hit("bbbb ABCDEFGH zzzz", 0, 18), quote)  # another article


def test_any_place_of_a_quote_counts() -> None:
    text = "Altman. Shear. Altman."
    quote = place(text).locate(Evidence("a.txt", "Altman"))
    assert [(one.start, one.end) for one in quote.places] == [(0, 6), (15, 21)]
    assert holds(passage_hit(text, 15, 22), quote)


def test_an_article_is_found_by_its_path_and_by_its_file_name() -> None:
    articles = {one.info.id: one for one in (article_of("Shear", path="x/a.txt"), article_of("Altman", path="y/a.txt"))}
    both = Corpus((one.info for one in articles.values()), articles.__getitem__)
    assert both.locate(Evidence("x/a.txt", "Shear")).fault is None
    assert both.locate(Evidence("a.txt", "Altman")).fault is None
    assert both.locate(Evidence("x/a.txt", "Altman")).fault == "the evidence 'Altman' is not in x/a.txt, word for word"
    assert both.locate(Evidence("z.txt", "Altman")).fault == "the article 'z.txt' is not in the index"


def test_quotes_first_held_by_one_hit_are_one_item() -> None:
    articles = corpus()
    located = [
        articles.locate(Evidence("vi.txt", "Emmett Shear thay thế Sam Altman")),
        articles.locate(Evidence("vi.txt", "nêu tên Emmett Shear")),
        articles.locate(Evidence("en.txt", "named Emmett Shear")),
        articles.locate(Evidence("zh.txt", "130億美元")),
        articles.locate(Evidence("zh.txt", "not there")),
    ]
    ranking = rank(located, [hit(FR), hit(VI), hit(EN)])
    assert ranking.ranks == (2, 2, 3, None, None)
    assert ranking.relevances == (False, True, True)
    assert ranking.relevant == 3  # the Vietnamese sentence, the English one, and the Chinese one that no hit holds


def test_a_second_hit_with_the_same_evidence_brings_nothing_new() -> None:
    located = [corpus().locate(Evidence("zh.txt", "微軟向OpenAI投資了130億美元"))]
    ranking = rank(located, [hit(ZH), hit(ZH)])
    assert (ranking.relevances, ranking.relevant) == ((True, False), 1)
