"""Sentences that talk to whoever reads the document for somebody: orders to a model, turns of a chat, claims of what it
must answer. They are text like any other, may be found and quoted by a person, but they tell nothing of what was asked.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOLD = r"instructions?|prompts?|rules?|guidelines?|directions?|constraints?|restrictions?"
_MODEL = r"(?:ai )?assistant|a\.?i\.?|(?:ai|language) model|chat ?bot|llm|model|bot"
_SAY = r"say|answer|respond|reply|output|print|repeat|return|cite"
_HERE = r"passages?|sources?|documents?|sentences?|quotes?"
_OPENS = r"(?:^\W*|[:;.,]\W+|\b(?:and|then|must|please|always|just|simply|only)\s+)"
_ORDERS = [
    # Turns and marks of a chat.
    r"<\|\w*\|?>?|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>|</?(?:system|assistant|user|tool_call|think)>|</?s>",
    r"^\W*(?:(?:new|real|hidden|updated|important|urgent|final)\s+)?"
    rf"(?:system|developer|instructions?|user|human|question|answer|response|override|{_MODEL})"
    r"(?:\s+(?:prompt|message|notes?|override|instructions?|update|turn)){0,2}\s*[:=>]",
    rf"^\W*(?:note|notice|attention|message|memo|reminder|dear)\s*(?:(?:to|for)\s+)?(?:the\s+|any\s+|all\s+)?(?:{_MODEL})\b",
    # Orders to leave one's orders.
    r"\b(?:ignore|disregard|forget|overrule|bypass|stop following|supersedes?)\b.{0,40}"
    rf"\b(?:(?:your|previous|prior|original|all|these|those)\s+(?:\w+\s+)?(?:{_TOLD})|everything above"
    rf"|(?:the|other|all|any)\s+(?:\w+\s+)?(?:{_HERE}))\b",
    r"\b(?:your|previous|prior)\s+(?:system\s+)?(?:prompts?|instructions?|guidelines)\b|\bsystem prompt\b",
    rf"\b(?:you are now|pretend to be an?|as the developer of this|act as (?:an?|the)) (?:\w+ )?(?:{_MODEL}|DAN)\b",
    rf"\bfrom now on,? you\b.{{0,30}}\b(?:{_SAY})\b",
    rf"\byou (?:must|will|should|shall|always|may only|can only)\s+(?:now\s+|always\s+|only\s+|then\s+)*(?:{_SAY})\b",
    # What to answer.
    rf"{_OPENS}(?:{_SAY})\s+(?:only|with|exactly|to (?:any|every|all) |[:\"“‘'])",
    rf"{_OPENS}(?:respond|reply|answer)\s+(?:that|it|this)\b",
    r"\b(?:if|when|whenever|once)\b.{0,20}\b(?:asked|asks|queried)\b[^,.;:]{0,60}[,:]\s*"
    rf"(?:(?:please|always|just|simply|you|must|will|should)\s+)*(?:{_SAY})\b",
    r"\b(?:only|correct|right|expected|required|official|approved|your)\s+(?:approved\s+)?(?:answer|reply|response)"
    r"\s+(?:to (?:the|this|any|every) (?:question|query)\s+)?is\b",
    rf"\b(?:the|this|any|every)\s+(?:{_MODEL})\b.{{0,30}}\b(?:must|should|shall|has to|is (?:required|instructed) to)"
    rf"\s+(?:always\s+|only\s+)?(?:{_SAY})\b",
    rf"\bdo not\s+(?:use|cite|read|trust|quote|answer)\b.{{0,30}}\b(?:{_HERE}|the question)\b",
    r"\b(?:tell|told to) the user\b|\bverbatim to the user\b|\bquestion\b.{0,30}\bmust be answered\b",
    r"\b(?:print|reveal|repeat) (?:your|the words above)\b|\boverride the sources\b|\buse the tool\b",
]
_ORDER = re.compile("|".join(f"(?:{order})" for order in _ORDERS), re.IGNORECASE | re.DOTALL)

# What chat models take for the frame of a conversation rather than for words.
_TOKEN = re.compile(
    r"<\|[^<>\n]{0,40}\|?>|</?s>|<</?SYS>>|</?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk|mask)>"
    r"|\[/?(?:INST|CLS|SEP|PAD|MASK)\]"
    r"|</?(?:think|tool_call|tool_response|system|assistant|user)>"
)
_OPEN = str.maketrans({"<": "‹", ">": "›", "|": "¦", "[": "(", "]": ")"})
_MARK = re.compile(r"[\[【]\s*(\d+(?:\s*[,;]\s*\d+)*)\s*[\]】]")


@lru_cache(maxsize=4096)  # which is asked of every sentence of every passage that is read
def instructs(sentence: str) -> bool:
    """Whether a sentence tells its reader what to answer, or speaks in a chat's voice."""
    return _ORDER.search(sentence) is not None


def without_tokens(text: str) -> str:
    """The text with what a chat model would take for a turn's mark spelt with other brackets."""
    return _TOKEN.sub(lambda match: match[0].translate(_OPEN), text)


def without_marks(text: str) -> str:
    """The text with "[2]" as "(2)": only Footnote's own citations look like citations."""
    return _MARK.sub(r"(\1)", text)
