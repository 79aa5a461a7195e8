"""Index: articles in, ranked passages out.

Nothing here knows of questions, answers or people; `bot` does, and imports this package, never the other way round.
"""
