"""Names: what one article calls Ultraman, another Altman and a third 阿爾特曼, is one man."""

from hypothesis import given
from hypothesis import strategies as st

from index.analysis import words
from index.names import Names, make_names, mentions, mine

GIVEN = {"Altman": ["Ultraman", "Altam"], "Shear": ["Hill"]}


def _mined(*texts: str) -> list[tuple[str, str]]:
    return mine([mentions(texts)])


def test_a_gloss_behind_a_transliteration_is_mined() -> None:
    text = "解雇CEO山姆?阿爾特曼(Sam Altman),。和前董事長雷格·布洛克曼（Greg Brockman）"
    assert _mined(text) == [("布洛克曼", "Brockman"), ("阿爾特曼", "Altman")]


def test_a_gloss_is_mined_whichever_way_round_it_stands() -> None:
    assert _mined("CEO Sam Altman（山姆·阿爾特曼）và") == [("阿爾特曼", "Altman")]


def test_a_name_is_mined_with_its_near_spellings() -> None:
    names = make_names({}, _mined("Dario Amodei; puis Amoldei. 達里奧·阿莫迪(Dario Amodei)"))
    assert {other for _, other in names.variants("Amoldei?")} == {"amodei", "阿莫迪"}


def test_pinyin_and_glosses_without_a_separator_are_not_mined() -> None:
    assert _mined("財(cái)聯(lián)社", "微軟(Microsoft)", "新興技術中心(CSET)的", "Shear (Emmett Shear)") == []


def test_names_are_those_of_the_whole_however_the_articles_are_shared_out() -> None:
    texts = [
        "OpenAI met. OpenAI, 山姆?阿爾特曼(Sam Altman)",
        "Karyawan OpenAl pergi.",
        "Ilya Sutskever",
        "Ilya Stutskever",
    ]
    shared_out = mine(mentions([text]) for text in texts)
    assert shared_out == mine([mentions(texts)])
    assert {("openal", "openai"), ("stutskever", "sutskever"), ("阿爾特曼", "Altman")} <= set(shared_out)


def test_any_name_of_a_group_finds_the_others() -> None:
    names = make_names(GIVEN, [("阿爾特曼", "Altman")])
    assert names.variants("who replaced Altman?") == [
        ("altman", "altam"),
        ("altman", "ultraman"),
        ("altman", "阿尔特曼"),
    ]
    assert {other for _, other in names.variants("阿爾特曼在哪里？")} == {"altman", "altam", "ultraman"}
    assert names.variants("who owns Twitch?") == []


def test_a_name_inside_another_word_is_not_that_name() -> None:
    assert make_names(GIVEN).variants("the Altmans met downhill in Churchill") == []


def test_groups_that_share_a_name_are_one() -> None:
    names = make_names({"Altman": ["Ultraman"], "Sam": ["Ultraman"]})
    assert {other for _, other in names.variants("Sam")} == {"altman", "ultraman"}


def test_aliases_compare_equal_once_canonical() -> None:
    names = make_names(GIVEN, [("阿爾特曼", "Altman")])
    assert names.canonical(tuple(words("Sam Ultraman"))) == names.canonical(tuple(words("Sam Altman")))
    assert names.canonical(tuple(words("阿爾特曼"))) == names.canonical(tuple(words("Altman")))
    assert names.canonical(tuple(words("Emmett Shear"))) != names.canonical(tuple(words("Sam Altman")))


def test_without_names_nothing_is_added() -> None:
    assert Names(()).variants("Altman") == []
    assert make_names({"Altman": []}).groups == ()


name = st.sampled_from(["Altman", "Ultraman", "Shear", "Hill", "阿爾特曼", "Mira Murati", "!!"])


@given(st.dictionaries(name, st.lists(name, max_size=3), max_size=4), st.lists(st.tuples(name, name), max_size=4))
def test_groups_never_share_a_name_whatever_the_order(
    given_: dict[str, list[str]], mined: list[tuple[str, str]]
) -> None:
    groups = make_names(given_, mined).groups
    assert len({one for group in groups for one in group}) == sum(map(len, groups))
    assert make_names(dict(reversed(given_.items())), mined[::-1]).groups == groups
