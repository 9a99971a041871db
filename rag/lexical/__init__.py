"""Keyword ranking: exact BM25 over postings in the same SQLite file, changed in the same transaction as the passages.

FTS5 would do it in fewer lines, but its OR queries score every passage that holds any word, row by row: seconds over
a million passages. Its tokeniser is still the one that is used (``tokens.py``), and the scores are its scores.
"""

from rag.lexical.checks import check
from rag.lexical.postings import SCHEMA, add, fold, fold_if_due, rebuild, remove
from rag.lexical.ranking import Keywords, query_words
from rag.lexical.stopwords import STOPWORDS

__all__ = [
    "SCHEMA",
    "STOPWORDS",
    "Keywords",
    "add",
    "check",
    "fold",
    "fold_if_due",
    "query_words",
    "rebuild",
    "remove",
]
