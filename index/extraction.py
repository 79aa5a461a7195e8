"""HTML → the text of its article, and what the page says of it, by trafilatura (Barbaresi 2021, ACL demo).

trafilatura is imported when the first page is met. The page is parsed as given: nothing is fetched, and no script runs.
"""

from dataclasses import dataclass

from index.analysis import clean
from index.errors import ArticleError
from index.metadata import Metadata

_DATES = {"original_date": True, "extensive_search": False, "max_date": "2099-12-31"}  # today would let the clock in


@dataclass(frozen=True, slots=True)
class Extraction:
    """The article's text and its readers' comments (empty where none were told apart), and the page's metadata."""

    text: str
    comments: str
    metadata: Metadata


def extract(html: str, name: str) -> Extraction:
    """Return the article of a page. Raises ArticleError where the page holds none."""
    import trafilatura

    document = trafilatura.bare_extraction(
        html, with_metadata=True, include_comments=True, include_tables=True, date_extraction_params=dict(_DATES)
    )
    text = "" if document is None or isinstance(document, dict) else (document.text or "").strip()
    if not text or document is None or isinstance(document, dict):
        raise ArticleError(f"{name}: no article text found in the page: save its text as .txt")
    comments = (document.comments or "").strip()
    return Extraction(
        text=text,
        comments=comments if comments not in text else "",
        metadata=Metadata(
            title=clean(document.title or "") or None,
            date=document.date or None,
            source=clean(document.sitename or document.hostname or "") or None,
            url=document.url or None,
        ),
    )
