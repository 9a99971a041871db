"""Every error that Footnote raises on purpose. Each says what, where, and what to do next.

FootnoteError
├── DocumentError           a file cannot become documents
│   ├── UnsupportedFormat       no parser for its suffix
│   └── UnreadableFile          empty, corrupt, binary, or not there
│       ├── EncryptedFile           opens with a password only
│       ├── NotAFile                a folder, a pipe, a device, a link that leads nowhere or out of the folder
│       ├── FileTooLarge            larger than the limit, packed or unpacked
│       ├── FileTooDeep             parts within parts beyond what can be followed
│       ├── FileChanged             it changed while it was read
│       ├── ParsingTooSlow          not read within the time limit
│       ├── ParsingTooHungry        not read within the memory limit
│       └── ParserCrashed           reading it ended the process that tried
├── StoreError              an index cannot be opened or used
│   ├── IndexNotFound           nothing indexed there
│   ├── IndexFormatError        written by another version, or
│   │   └── DamagedIndex            damaged
│   ├── EmbedderMismatch        built with another embedder
│   ├── UnknownDocument         no such document or file in the index
│   └── ServerAway              the server that keeps the index does not answer
├── ClusterError            the workers of a cluster cannot be reached, or cannot do their work
├── ModelError              a model cannot be found, verified or loaded
├── MissingExtra            a package is not installed; the text ends in the pip line that cures it
├── WriterError             a writer failed
│   └── ServerError             its server is away, silent or replies nonsense; ``ask()`` quotes instead
├── OptionError             an option has a value that means nothing
└── GoldError               a file of gold questions cannot be read
"""

from __future__ import annotations


class FootnoteError(Exception):
    """The root: ``except FootnoteError`` catches all that Footnote raises on purpose."""


class DocumentError(FootnoteError):
    """A file cannot become documents."""


class UnsupportedFormat(DocumentError):
    """No parser is known for the file's suffix."""


class UnreadableFile(DocumentError):
    """The file is empty, corrupt, encrypted, binary, beyond a limit, or not there."""


class EncryptedFile(UnreadableFile):
    """The file opens with a password only."""


class NotAFile(UnreadableFile):
    """What has the name is a folder, a pipe, a device, or a link that leads nowhere or out of the folder."""


class FileTooLarge(UnreadableFile):
    """The file, what it unpacks to or its text is larger than ``FOOTNOTE_MAX_FILE_MB`` allows."""


class FileTooDeep(UnreadableFile):
    """The file holds parts within parts, more than can be followed."""


class FileChanged(UnreadableFile):
    """The file changed each time that it was read."""


class ParsingTooSlow(UnreadableFile):
    """The file was not read within ``FOOTNOTE_MAX_PARSE_SECONDS``."""


class ParsingTooHungry(UnreadableFile):
    """The file was not read within the memory that ``FOOTNOTE_MAX_PARSE_MB`` allows."""


class ParserCrashed(UnreadableFile):
    """Reading the file ended the process that tried."""


class StoreError(FootnoteError):
    """An index cannot be opened or used."""


class IndexNotFound(StoreError):
    """A command that only reads was given a place where nothing is indexed."""


class IndexFormatError(StoreError):
    """The index was written by another version of Footnote, or is damaged."""


class DamagedIndex(IndexFormatError):
    """What is read is not what was stored; ``footnote mend`` puts it right."""


class EmbedderMismatch(StoreError):
    """The index holds vectors of another embedder."""


class UnknownDocument(StoreError):
    """No document or file of that name is in the index."""


class ServerAway(StoreError):
    """The server that keeps the index does not answer."""


class ClusterError(FootnoteError):
    """The workers of a Dask cluster cannot be reached, or cannot do their work."""


class ModelError(FootnoteError):
    """A model cannot be found, verified or loaded."""


class MissingExtra(FootnoteError):
    """An optional package is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional package; install it with: pip install 'footnote-rag[{extra}]'")


class WriterError(FootnoteError):
    """A writer failed."""


class ServerError(WriterError):
    """A writer's server is away, silent, or its reply makes no sense. ``ask()`` answers with quotes instead."""


class OptionError(FootnoteError):
    """An option has a value that means nothing."""


class GoldError(FootnoteError):
    """A file of gold questions cannot be read."""
