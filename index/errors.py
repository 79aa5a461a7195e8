"""The errors a caller can act on. Every message says what is wrong, with the value, and what to do.

PolyQuoteError
├── ArticleError        one file cannot be read as an article
├── LanguageError       a language code that is not in the table
├── EncoderError        a model cannot be loaded
└── StoreError          the index as a whole
    ├── IndexMissing    there is none where it was looked for
    ├── IndexFormat     it was written by another version
    ├── IndexDamaged    a file of it is missing, truncated or altered
    ├── IndexBusy       another process is writing it
    ├── IndexUnwritable the disk is full or read-only
    ├── StoreUnreachable a server does not answer, or not in time
    └── StoreRefused    a server answers, but not to us: the token, its version, or what it was asked
"""


class PolyQuoteError(Exception):
    """Root of every error that is the user's to mend; anything else is a fault of ours."""


class ArticleError(PolyQuoteError):
    """A file cannot be read as an article; it is named and left out."""


class LanguageError(PolyQuoteError):
    """A language code is not in the table of `languages`."""


class EncoderError(PolyQuoteError):
    """An embedding model cannot be loaded or does not fit the index."""


class StoreError(PolyQuoteError):
    """Root of what can be wrong with an index on disk."""


class IndexMissing(StoreError):
    """No index stands at the given place."""


class IndexFormat(StoreError):
    """The index was written in another format version."""


class IndexDamaged(StoreError):
    """A file of the index is missing, truncated or altered."""


class IndexBusy(StoreError):
    """Another process holds the index for writing."""


class IndexUnwritable(StoreError):
    """The index cannot be written: disk full, read-only, or no permission."""


class StoreUnreachable(StoreError):
    """The server of an index does not answer, or not in time."""


class StoreRefused(StoreError):
    """The server of an index answers, but refuses: the token, its version, or what it was asked."""
