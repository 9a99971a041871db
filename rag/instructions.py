"""Sentences that talk to whoever reads the document for somebody: orders to a model, turns of a chat, claims of what it
must answer. They are text like any other, may be found and quoted by a person, but they tell nothing of what was asked.
"""

from __future__ import annotations

import re

_TOLD = "instructions?|prompts?|rules?|guidelines?|directions?|constraints?|restrictions?|polic(?:y|ies)"
_MODEL = "assistant|ai|a\\.i\\.|language model|chatbot|chat bot|llm|model|bot"
_SAY = "say|answer|respond|reply|output|print|state|write|repeat|claim|report|tell|reveal|cite|return|use|give|insist"
_ORDERS = [
    # Turns and marks of a chat.
    r"<\|\w*\|?>?|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>|</?(?:system|assistant|user|tool_call|think)>|</?s>",
    r"^\W*(?:(?:new|real|hidden|updated|important|urgent|final)\s+)?(?:system|assistant|developer|instructions?|user|human|"
    rf"{_MODEL}|admin|override)(?:\s+(?:prompt|message|notes?|notice|override|instructions?|update|turn))?\s*[:=>]",
    r"^\W*(?:note|notice|attention|message|memo|reminder)s?\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?"
    rf"(?:{_MODEL}|readers? of this prompt)\b",
    # Orders to leave one's orders.
    rf"\b(?:ignore|disregard|forget|override|overrule|bypass|drop|stop following|supersedes?|replaces?)\b.{{0,50}}"
    rf"\b(?:{_TOLD}|(?:above|previous|earlier|preceding|other)\s+(?:text|passages?|documents?|sources?|context|sentences?))\b",
    rf"\b(?:your|previous|prior|original|above)\s+(?:system\s+)?(?:{_TOLD})\b|\bsystem prompt\b",
    rf"\b(?:you are|you're|act as|pretend|from now on|you must|you will|you should|you shall|you may|you can)\b.{{0,60}}"
    rf"\b(?:{_MODEL}|{_SAY}|unrestricted|developer mode|DAN)\b",
    # What to answer.
    r"\b(?:answer|respond|reply|output)(?:\s+(?:it|this|them|me|him|her))?\s+"
    r"(?:only|with|that|exactly|to (?:any|every|all|this|the)|[:\"“‘'])|\bsay\s+(?:only|exactly|that|[:\"“‘'])",
    rf"\b(?:when|if|whenever|once)\b.{{0,30}}\b(?:asked|asks|queried|prompted)\b.{{0,80}}\b(?:{_SAY})\b",
    r"\b(?:the|your)\s+(?:only\s+)?(?:correct|right|expected|required|official|final|approved)\s+(?:answer|reply|response)\b",
    rf"\b(?:the|this|any|every|an?)\s+(?:{_MODEL})\s+(?:must|should|shall|has to|needs to|is (?:required|instructed|told|to))\b",
    r"\bdo not\s+(?:use|cite|read|trust|mention|answer|quote|follow)\b.{0,50}"
    r"\b(?:passages?|sources?|documents?|sentences?|above|below|question|quotes?)\b",
    rf"\b(?:{_SAY})\b.{{0,20}}\b(?:to the user|the user that|verbatim to)\b|\btell the user\b|\bassistant's answer\b",
]
_ORDER = re.compile("|".join(f"(?:{order})" for order in _ORDERS), re.IGNORECASE | re.DOTALL)

# What chat models take for the frame of a conversation rather than for words.
_TOKEN = re.compile(
    r"<\|[^<>\n]{0,40}\|?>|</?s>|<</?SYS>>|</?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk|mask)>|\[/?(?:INST|CLS|SEP|PAD|MASK)\]"
    r"|</?(?:think|tool_call|tool_response|system|assistant|user)>"
)
_OPEN = str.maketrans({"<": "‹", ">": "›", "|": "¦", "[": "(", "]": ")"})
_MARK = re.compile(r"[\[【]\s*(\d+(?:\s*[,;]\s*\d+)*)\s*[\]】]")


def instructs(sentence: str) -> bool:
    """Whether a sentence tells its reader what to answer, or speaks in a chat's voice."""
    return _ORDER.search(sentence) is not None


def without_tokens(text: str) -> str:
    """The text with what a chat model would take for a turn's mark spelt with other brackets."""
    return _TOKEN.sub(lambda match: match[0].translate(_OPEN), text)


def without_marks(text: str) -> str:
    """The text with "[2]" as "(2)": only Footnote's own citations look like citations."""
    return _MARK.sub(r"(\1)", text)
