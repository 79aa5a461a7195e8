"""HTML pages: the article's text, without a network, the same each time."""

import socket

import pytest

from index.errors import ArticleError
from index.extraction import extract

PARAGRAPHS = (
    "Sam Altman revient à la tête d’OpenAI, cinq jours après avoir été démis de ses fonctions par le conseil.",
    "Le conseil d’administration a été remanié : Bret Taylor le préside, et Adam D’Angelo y garde son siège.",
    "Plus de 700 employés avaient signé une lettre qui menaçait de rejoindre Microsoft si Altman ne revenait pas.",
)
PAGE = f"""<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Altman revient | Le Monde</title>
<meta property="og:title" content="Altman revient"><meta property="og:site_name" content="Le Monde">
<meta property="article:published_time" content="2023-11-22T10:00:00Z">
<link rel="canonical" href="https://www.example.org/altman.html"></head>
<body><nav><a href="/">Accueil</a> <a href="/tech">Pixels</a></nav>
<article><h1>Altman revient</h1>{"".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}</article>
<footer>© 2023 Le Monde</footer><script>document.write("Acheter")</script></body></html>"""


def test_the_article_is_found_and_the_page_around_it_left_behind() -> None:
    text = extract(PAGE, "a.html").text
    assert all(paragraph in text.splitlines() for paragraph in PARAGRAPHS)
    assert not any(noise in text for noise in ("Accueil", "Pixels", "Acheter", "<p>"))


def test_the_page_s_own_metadata_is_read() -> None:
    metadata = extract(PAGE, "a.html").metadata
    assert metadata.title == "Altman revient"
    assert metadata.date == "2023-11-22"
    assert metadata.source == "Le Monde"
    assert metadata.url == "https://www.example.org/altman.html"


def test_the_same_page_gives_the_same_article_each_time() -> None:
    assert extract(PAGE, "a.html") == extract(PAGE, "a.html")


def test_no_network_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert extract(PAGE, "a.html").text


@pytest.mark.parametrize("html", ["<html><body></body></html>", "<html></html>", "<!-- nothing -->", "<nav></nav>"])
def test_a_page_without_an_article_is_named(html: str) -> None:
    with pytest.raises(ArticleError, match=r"^a\.html: no article text found in the page: save its text as \.txt$"):
        extract(html, "a.html")
