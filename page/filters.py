"""What of the documents a question is put to: a range of days, and documents that are switched off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from page.markup import count, day, pill
from rag import Index
from rag.errors import OptionError


@dataclass(frozen=True, slots=True)
class Filters:
    """``off`` holds the ids of documents that are not asked; dates are included in the range."""

    since: date | None = None
    as_of: date | None = None
    off: tuple[str, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any], off: tuple[str, ...] = ()) -> Filters:
        """From ISO dates under "since" and "as_of". Raises OptionError for what is no date or an empty range."""
        since, as_of = _date(given.get("since")), _date(given.get("as_of"))
        if since is not None and as_of is not None and since > as_of:
            raise OptionError(f"no day lies between {day(since)} and {day(as_of)}; swap the two dates")
        return cls(since, as_of, tuple(given.get("off", off)))

    def to_dict(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat() if self.since else None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "off": list(self.off),
        }

    def documents(self, index: Index) -> list[str] | None:
        """The ids of the documents that are asked; None where all are."""
        here = [doc_id for doc_id in index.documents if doc_id not in self.off]
        return here if self.off else None

    def pills(self, *, removable: bool = False) -> str:
        """The filters that are on, as HTML."""
        shown = []
        if self.since is not None:
            shown.append(pill(f"from {day(self.since)}", "since" if removable else ""))
        if self.as_of is not None:
            shown.append(pill(f"as of {day(self.as_of)}", "as_of" if removable else ""))
        if self.off:
            shown.append(pill(f"{count(len(self.off), 'document')} off", "off" if removable else ""))
        return f'<p class="pills">{"".join(shown)}</p>' if shown else ""


def _date(text: object) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise OptionError(f"{text!r} is no date; write it as 2024-03-31") from error
