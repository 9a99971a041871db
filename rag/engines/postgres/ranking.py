"""The two rankings inside the database: cosine by pgvector, BM25 over the counts in tsvectors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag import names
from rag.engines import Found, Within
from rag.engines.postgres.server import Connection
from rag.engines.postgres.writing import lexeme, words_of
from rag.fusion import Ranking
from rag.lexical import query_words
from rag.lexical.ranking import K1, LEAST_IDF, RATHER_WEIGHT, B
from rag.spelling import fold, keys
from rag.types import Passage, Vectors

# Up to so many passages a query is compared with each: exact, about 15 ms. Past that an HNSW index is looked into.
EXACT = 20_000
EF_SEARCH = 200  # candidates of HNSW: recall@10 of real questions in docs/scaling.md
MOST_EF = 1000  # that pgvector takes
MOST_SCANNED = 1_000_000  # vectors that an iterative scan may look at until the filter has let enough through
# The passages that hold the rarest words of a query are scored, until they are so many; what only holds commoner words
# is not looked at. With fewer, all that hold any word are scored, and the ranking is exact.
SCORED = 20_000

# ts_rank of one word that stands n times is the sum of 1 / i^2 (i = 1..n) over its limit: the count comes back from it.
_MOST_COUNT = 64
_RANKS = np.cumsum(1 / np.arange(1, _MOST_COUNT + 1) ** 2) / 1.64493406685
COUNT_FROM = [float(_RANKS[0] / 2), *((_RANKS[1:] + _RANKS[:-1]) / 2).tolist()]

_COUNTED = """
SELECT term, sum(n)::bigint FROM (
    SELECT term, n FROM counts WHERE kind = %(kind)s AND term = ANY(%(terms)s)
    UNION ALL
    SELECT one.term, one.n FROM changes, unnest(terms, n) AS one (term, n)
    WHERE kind = %(kind)s AND one.term = ANY(%(terms)s)
) AS every GROUP BY term
"""
TOTALS = """
SELECT (SELECT coalesce(sum(n_passages), 0) FROM totals) + (SELECT coalesce(sum(n_passages), 0) FROM changes),
       (SELECT coalesce(sum(n_tokens), 0) FROM totals) + (SELECT coalesce(sum(n_tokens), 0) FROM changes)
"""


@dataclass(frozen=True, slots=True)
class _Term:
    """A word or phrase that is sought."""

    query: str  # as a tsquery
    n_passages: int
    single: bool

    def score(self, n_all: int) -> str:
        """SQL for what it is worth to a row of ``words`` whose length makes for ``norm``."""
        idf = max(math.log((n_all - self.n_passages + 0.5) / (self.n_passages + 0.5)), 0.0) or LEAST_IDF
        query = self.query.replace("'", "''").replace("%", "%%")
        if self.single:
            count = f"width_bucket(ts_rank('{{1,1,1,1}}', words, '{query}'::tsquery)::float8, %(counts)s)"
        else:  # a phrase hardly ever stands in a passage twice
            count = f"(words @@ '{query}'::tsquery)::int"
        return f"{idf * (K1 + 1)!r}::float8 * (1 - norm / (norm + {count}))"


class Looking:
    """One state of the index, within one transaction."""

    def __init__(self, connection: Connection, within: Within, *, indexed: bool, iterative: bool) -> None:
        """``indexed``: there is an HNSW index; ``iterative``: pgvector goes on with it until enough is found."""
        self._connection, self._indexed, self._iterative = connection, indexed, iterative
        self._where, self._values = self._restriction(within)

    def _restriction(self, within: Within) -> tuple[str, dict[str, Any]]:
        """A condition on tables with ``document`` and ``published``."""
        parts, values = ["true"], dict[str, Any]()
        if within.documents is not None:
            rows = self._connection.execute(
                "SELECT id FROM documents WHERE doc_id = ANY(%s)", (list(within.documents),)
            ).fetchall()
            parts.append("document = ANY(%(documents)s)")
            values["documents"] = [row[0] for row in rows]
        for name, sign in (("since", ">="), ("until", "<=")):
            if (day := getattr(within, name)) is not None:
                parts.append(f"(published {sign} %({name})s OR published IS NULL)")
                values[name] = day
        return " AND ".join(parts), values

    def nearest(self, query: Vectors, k: int) -> Ranking:
        values = {**self._values, "query": np.asarray(query[0], dtype=np.float32), "k": k}
        rows: list[tuple[Any, ...]] | None = None
        if self._indexed and not self._few():
            rows = self._approximate(values, k)
        if rows is None:
            rows = self._connection.execute(
                "WITH allowed AS MATERIALIZED (SELECT passage, vector <#> %(query)s AS apart FROM vectors "
                f"WHERE {self._where}) SELECT passage, -apart FROM allowed ORDER BY apart, passage LIMIT %(k)s",
                values,
            ).fetchall()
        return sorted(((row[0], float(row[1])) for row in rows), key=lambda pair: (-pair[1], pair[0]))

    def _approximate(self, values: Mapping[str, Any], k: int) -> list[tuple[Any, ...]] | None:
        """From the HNSW index; None where the filter may have left out too much."""
        filtered = self._where != "true"
        ef = MOST_EF if filtered and not self._iterative else min(max(EF_SEARCH, 2 * k), MOST_EF)
        settings = {"hnsw.ef_search": ef, "enable_seqscan": "off", "enable_sort": "off", "enable_bitmapscan": "off"}
        if filtered and self._iterative:
            settings |= {"hnsw.iterative_scan": "strict_order", "hnsw.max_scan_tuples": MOST_SCANNED,
                         "hnsw.scan_mem_multiplier": 8}  # fmt: skip
        for name, value in settings.items():
            self._connection.execute("SELECT set_config(%s, %s, true)", (name, str(value)))
        dimensions = len(values["query"])
        column, query = f"(vector::vector({dimensions}))", f"%(query)s::vector({dimensions})"
        rows = self._connection.execute(
            f"SELECT passage, -({column} <#> {query}) FROM vectors WHERE {self._where} "
            f"ORDER BY {column} <#> {query} LIMIT %(k)s",
            values,
        ).fetchall()
        for name in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            self._connection.execute("SELECT set_config(%s, 'on', true)", (name,))
        return rows if len(rows) == k else None

    def _few(self) -> bool:
        """Whether so little may be found that comparing with each is as fast."""
        if self._where == "true":
            return False
        where = self._where.replace("document =", "id =")
        rows = self._connection.execute(
            "SELECT coalesce(sum(n_passages), 0), count(*) FROM "
            f"(SELECT n_passages FROM documents WHERE {where} LIMIT {EXACT}) AS found",
            self._values,
        ).fetchall()
        [(n_passages, n_documents)] = rows
        return bool(n_documents < EXACT and n_passages <= EXACT)

    def matching(self, query: str, k: int, *, also: Sequence[str], rather: Sequence[str]) -> Ranking:
        sought = self._terms([*query_words(query), *also])
        preferred = self._terms(rather)
        if not sought and not preferred:
            return []
        n_all, n_tokens = self._totals()
        average = max(n_tokens / max(n_all, 1), 1e-9)
        base = " + ".join(term.score(n_all) for term in sought) or "0::float8"
        wide = " + ".join(term.score(n_all) for term in preferred) or "0::float8"
        values = {**self._values, "k": k, "counts": COUNT_FROM}
        rows = self._connection.execute(
            f"WITH held AS MATERIALIZED (SELECT passage, words, {K1 * (1 - B)!r}::float8 + "
            f"length * {K1 * B / average!r}::float8 AS norm FROM words WHERE words @@ %(any)s::tsquery "
            f"AND {self._where}), scored AS MATERIALIZED (SELECT passage, {base} AS base, {wide} AS more FROM held) "
            "(SELECT passage, base, NULL FROM scored WHERE base > 0 ORDER BY base DESC, passage LIMIT %(k)s) UNION ALL "
            "(SELECT passage, NULL, base + more FROM scored ORDER BY base + more DESC, passage LIMIT %(k)s)",
            {**values, "any": _any([*sought, *preferred])},
        ).fetchall()
        ranking = [(row[0], row[1]) for row in rows if row[1] is not None]
        if not preferred:
            return ranking
        merged = {i: (1 - RATHER_WEIGHT) * score for i, score in ranking}
        for i, _, score in rows:
            if score is not None:
                merged[i] = merged.get(i, 0.0) + RATHER_WEIGHT * score
        return sorted(merged.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def n_passages(self, phrase: str, most: int) -> int:
        words = words_of(phrase)
        counted = self._counted("w", words)
        if len(words) < 2:
            return min(sum(counted.values()), most)
        if any(counted.get(word, 0) == 0 for word in words):
            return 0
        return self._n_holding(words, most)

    def first_held(self, phrases: Iterable[str]) -> str | None:
        split = [(phrase, words_of(phrase)) for phrase in phrases]
        given = [(phrase, _phrase(words)) for phrase, words in split if words]
        row = self._connection.execute(
            "SELECT phrase FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS one (phrase, sought, place) "
            "WHERE EXISTS (SELECT FROM words WHERE words @@ sought::tsquery) ORDER BY place LIMIT 1",
            ([phrase for phrase, _ in given], [sought for _, sought in given]),
        ).fetchone()
        return None if row is None else str(row[0])

    def names_like(self, word: str, most: float) -> list[tuple[str, float]]:
        rows = self._connection.execute(
            "SELECT word, folded FROM names WHERE keys && %s::text[]", (sorted(keys(fold(word))),)
        ).fetchall()
        near = names.alike(word, [(row[0], row[1]) for row in rows], most)
        held = self._counted("n", [name for name, _ in near])
        return [pair for pair in near if held.get(pair[0], 0) > 0]

    def passages(self, ids: Sequence[int]) -> Mapping[int, Found]:
        rows = self._connection.execute(
            "SELECT passages.id, doc_id, first, behind, passages.text, heading, title, published FROM passages "
            "JOIN documents ON documents.id = document WHERE passages.id = ANY(%s)",
            (list(ids),),
        )
        return {row[0]: (Passage(*row[1:6]), row[6], row[7]) for row in rows}

    def _terms(self, phrases: Sequence[str]) -> list[_Term]:
        split = [words for words in map(words_of, phrases) if words]
        counted = self._counted("w", [words[0] for words in split if len(words) == 1])
        terms = []
        for words in split:
            n = counted.get(words[0], 0) if len(words) == 1 else self._n_holding(words, SCORED)
            if n > 0:
                terms.append(_Term(_phrase(words), n, len(words) == 1))
        return terms

    def _n_holding(self, words: Sequence[str], most: int) -> int:
        row = self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE words @@ %s::tsquery LIMIT %s) AS found",
            (_phrase(words), most),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _counted(self, kind: str, terms: Sequence[str]) -> dict[str, int]:
        if not terms:
            return {}
        rows = self._connection.execute(_COUNTED, {"kind": kind, "terms": list(terms)})
        return {row[0]: row[1] for row in rows}

    def _totals(self) -> tuple[int, int]:
        row = self._connection.execute(TOTALS).fetchone()
        assert row is not None, "sums are always there"
        return int(row[0]), int(row[1])


def _phrase(words: Sequence[str]) -> str:
    return " <-> ".join(map(lexeme, words))


def _any(terms: Sequence[_Term]) -> str:
    """A tsquery for what is scored: the rarest terms, until so many passages hold them."""
    taken: list[str] = []
    held = 0
    for term in sorted(terms, key=lambda term: term.n_passages):
        if taken and held + term.n_passages > SCORED:
            break
        taken.append(f"({term.query})")
        held += term.n_passages
    return " | ".join(taken)
