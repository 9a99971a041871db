"""The two rankings inside Milvus, of what the journal lets be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from rag import names
from rag.engines import Found, Within
from rag.engines.milvus import tables
from rag.engines.milvus.documents import document
from rag.engines.milvus.server import Row, Server, listed
from rag.engines.milvus.writing import UNDATED, fitting
from rag.fusion import Ranking
from rag.lexical import query_words
from rag.lexical.ranking import RATHER_WEIGHT
from rag.lexical.tokens import tokens
from rag.spelling import fold, keys
from rag.types import Passage, Vectors

FIELDS = ("revision", "doc_id", "published", "first", "behind", "title", "heading", "text")
READ = 50  # passages that hold the words of a phrase and are read to see if they stand side by side
READ_IN_ALL = 200  # the same, of many phrases at once
ALIKE = 200  # names that share keys with one that is looked for
AGAIN = 20  # times that a search is done again because a change happened beside it
MOST = 16_384  # hits that Milvus gives


class Looking:
    """One index, looked at for one question."""

    def __init__(self, server: Server, within: Within) -> None:
        self._server, self._within = server, within
        self._seen: dict[int, Found] = {}
        self._ready = server.has("passages")

    def nearest(self, query: Vectors, k: int) -> Ranking:
        return self._search("vector", query[0].tolist(), k)

    def matching(self, query: str, k: int, *, also: Sequence[str], rather: Sequence[str]) -> Ranking:
        sought = [word for phrase in (*query_words(query), *also) for word in tokens(phrase)]
        preferred = [word for phrase in rather for word in tokens(phrase)]
        ranking = self._search("bm25", fitting(sought), k) if sought else []
        if not preferred:
            return ranking
        merged = {i: (1 - RATHER_WEIGHT) * score for i, score in ranking}
        for i, score in self._search("bm25", fitting([*sought, *preferred]), k):
            merged[i] = merged.get(i, 0.0) + RATHER_WEIGHT * score
        return sorted(merged.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def n_passages(self, phrase: str, most: int) -> int:
        words = tokens(phrase)
        if not words or not self._ready:
            return 0
        if len(words) == 1:
            return sum(
                score > 0 for score, _ in self._server.search("passages", "bm25", words[0], most, "", ("first",))
            )
        found = self._server.search("passages", "bm25", fitting(words), READ, "", ("title", "heading", "text"))
        return min(sum(_holds(words, row) for _, row in found), most)

    def first_held(self, phrases: Iterable[str]) -> str | None:
        split = {phrase: words for phrase in phrases if (words := tokens(phrase))}
        if not split or not self._ready:
            return None
        every = list(dict.fromkeys(word for words in split.values() for word in words))
        rows = self._server.search("passages", "bm25", fitting(every), READ_IN_ALL, "", ("title", "heading", "text"))
        return next((phrase for phrase, words in split.items() if any(_holds(words, row) for _, row in rows)), None)

    def names_like(self, word: str, most: float) -> list[tuple[str, float]]:
        sought = " ".join(sorted(keys(fold(word))))
        if not sought:
            return []
        found = self._server.search("names", "bm25", sought, ALIKE, "", ("folded",))
        near = names.alike(word, [(row["name"], row["folded"]) for score, row in found if score > 0], most)
        return [pair for pair in near if self.n_passages(pair[0], 1)]  # names outlive the documents that held them

    def passages(self, ids: Sequence[int]) -> Mapping[int, Found]:
        return {i: self._whole(self._seen[i]) for i in ids if i in self._seen}

    def _whole(self, found: Found) -> Found:
        passage, title, published = found
        if passage.text or passage.start == passage.end:
            return found
        held = document(self._server, passage.doc_id)
        text = "" if held is None else held.text[passage.start : passage.end]
        return Passage(passage.doc_id, passage.start, passage.end, text, passage.heading), title, published

    def _search(self, field: str, query: Any, k: int) -> Ranking:
        if not self._ready or self._within.documents == []:
            return []
        for _ in range(AGAIN):
            hidden = tables.journal(self._server)
            found = self._server.search("passages", field, query, min(k, MOST), self._condition(hidden), FIELDS)
            current = self._current([row["revision"] for _, row in found], hidden)
            whole = all(row["revision"] in current for _, row in found)
            if whole and tables.journal(self._server) == hidden:
                break  # else a change happened meanwhile: what was found may be of before and after
        ranking = []
        for score, row in found:
            if row["revision"] in current and (field == "vector" or score > 0):
                self._seen[row["id"]] = _found(row)
                ranking.append((row["id"], score))
        return sorted(ranking, key=lambda pair: (-pair[1], pair[0]))

    def _current(self, revisions: Sequence[int], changes: Sequence[tables.Change]) -> set[int]:
        """Those of the revisions that are some file's."""
        if not revisions:
            return set()
        rows = self._server.rows("files", f"revision in {listed(sorted(set(revisions)))}", ["revision"])
        return {row["revision"] for row in rows} | {file["revision"] for change in changes for file in change.files}

    def _condition(self, hidden: Sequence[tables.Change]) -> str:
        parts = [seen(hidden)] if hidden else []
        within = self._within
        if within.documents is not None:
            parts.append(f"doc_id in {listed(list(within.documents))}")
        for day, sign in ((within.since, ">="), (within.until, "<=")):
            if day is not None:
                parts.append(f"(published {sign} {day.toordinal()} or published == {UNDATED})")
        return " and ".join(part for part in parts if part)


def seen(hidden: Sequence[tables.Change]) -> str:
    """A condition for what the journal does not hide; "" for everything."""
    revisions = [revision for change in hidden for revision in change.revisions]
    doc_ids = [doc_id for change in hidden for doc_id in change.doc_ids]
    parts = [f"revision not in {listed(revisions)}"] if revisions else []
    parts += [f"doc_id not in {listed(doc_ids)}"] if doc_ids else []
    return " and ".join(parts)


def _found(row: Row) -> Found:
    day = None if row["published"] == UNDATED else date.fromordinal(row["published"])
    return Passage(row["doc_id"], row["first"], row["behind"], row["text"], row["heading"]), row["title"], day


def _holds(words: Sequence[str], row: Row) -> bool:
    phrase = f" {' '.join(words)} "
    return any(phrase in f" {' '.join(tokens(row[name]))} " for name in ("title", "heading", "text"))
