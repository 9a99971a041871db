"""Lines that belong to the page, not to the article: links, picture credits, hashtags, calls to subscribe."""

from __future__ import annotations

import re

MAX_WORDS = 40  # a longer line is prose that happens to begin like a link

RULE = re.compile(r"^(?:([-*_=~#+•·])\s*){3,}$")
HASHTAGS = re.compile(r"^#\w[\w-]*(?:[\s,]+#\w[\w-]*)*$")
SOURCE_LINK = re.compile(
    r"^(?:source(?: link)?:?\s*(?:https?://\S+|link)|via https?://\S+"
    r"|read (?:the )?(?:full|original) (?:article|story|post|text)\b.{0,60})$",
    re.I,
)
_POINTER = re.compile(
    r"^[>»▶→*\s]*(?:also read|read also|also see|see also|read more|read next|read full story"
    r"|more on this(?: story)?|must read|related(?: (?:articles?|stor(?:y|ies)|posts?|content|topics|news))?"
    r"|don['’]t miss|watch|listen)\s*(?:[|:–—>»]|-\s|$)",
    re.I,
)
_POINTER_IN_CAPITALS = re.compile(r"^(?:ALSO READ|READ (?:MORE|ALSO|NEXT))\b")
_CREDIT = re.compile(
    r"^\|?\s*(?:photo|image|picture|video|graphic|illustration)s?\s*(?:credits?|courtesy|by|source)\b\s*[:|]?"
    r"|\|\s*photo credit\b|^\|\s*credit\b",
    re.I,
)
_NAME = r"(?-i:[A-Z])[\w.&'’/-]*(?:,?\s+(?:of|the|and|for|&|(?-i:[A-Z])[\w.&'’/-]*)){0,8}\s*$"
# In prose, "copyright" goes on with other words than a year or a name, and "(c)" is the third of several.
_COPYRIGHT = re.compile(
    rf"©\s*\w.{{0,60}}$|^©\s*\S|^copyright\b(?: ?:| by\b)? ?(?:©|\(c\)|[12]\d{{3}}\b|{_NAME})"
    rf"|\(c\)\s*[12]\d{{3}}\b|^(?!.*\(b\)).*\S \(c\) {_NAME}"
    r"|^all rights reserved\b|\ball rights reserved\s*(?:[.|·•–—-]|$)",
    re.I,
)
_AGENCY_PHOTO = re.compile(
    r"\((?:ap|afp|reuters|epa|getty|file|photo|image)\b[^)]*(?:photo|images?|/)[^)]*\)\.?$", re.I
)
_CAPTION = re.compile(
    r"^(?:file (?:photo|picture|pic|image|footage)\b|(?:photo|image|picture|screenshot|screengrab)\s*:"
    r"|(?:photo|image|picture|screenshot)"
    r" (?:shared|provided|released|published|posted|taken|obtained) (?:by|from)\b)",
    re.I,
)
_CALL = re.compile(
    r"^(?:share(?: (?:this|on|via|with)\b.*)?|tweet|follow us\b.*|advertisements?|sponsored(?: content)?|promoted"
    r"|(?:story )?continues? (?:reading )?below(?: advertisement)?\.?|continue reading\b.*|skip to .*"
    r"|(?:.*[.!?] )?(?:please )?subscribe to (?:our|the|this|my)\b.*"
    r"|.*\bsubscribe to (?:our|the|this|my)\b.*\b(?:newsletter|letter|alerts?|updates?|emails?|channel|podcast)\b.*"
    r"|subscribe(?: (?:now|today|here))?[.!]?|unsubscribe\b.*"
    r"|(?:.*[.!?] )?sign up (?:for|to|here)\b.*(?:newsletter|letter|alerts?|updates?|emails?|inbox).*"
    r"|sign up(?: now)?[.!]?|click here (?:to|for)\b.*|(?:this|our) (?:web)?site uses cookies\b.*"
    r"|we use cookies\b.*|accept (?:all )?cookies|cookie (?:policy|settings|notice|preferences)"
    r"|leave a (?:comment|reply)"
    r"|(?:tags|filed under)\s*:.*|download (?:our|the) app\b.*|(?:page )?\d+ of \d+|page \d+)$",
    re.I,
)


def is_boilerplate(line: str) -> bool:
    """Whether a line by itself is boilerplate (a rule counts as such)."""
    line = line.strip()
    if RULE.match(line) or HASHTAGS.match(line):
        return True
    if len(line.split()) > MAX_WORDS:
        return False
    if is_pointer(line) or is_credit(line) or SOURCE_LINK.match(line):
        return True
    return bool(_CAPTION.match(line) or _CALL.match(line))


def is_pointer(line: str) -> bool:
    """A link to another article: "ALSO READ | …", ">> Read more : …"."""
    return bool(_POINTER.match(line) or _POINTER_IN_CAPITALS.match(line))


def is_credit(line: str) -> bool:
    """The last line of a picture's caption: who took it, or who holds the rights."""
    return bool(_CREDIT.search(line) or _COPYRIGHT.search(line) or _AGENCY_PHOTO.search(line))


def is_trailer(line: str) -> bool:
    """A line that ends an article on a page of several: the link to its source, its hashtags."""
    return bool(SOURCE_LINK.match(line) or HASHTAGS.match(line))
