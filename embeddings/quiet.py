"""Libraries that talk while loading, kept out of the terminal that an answer is printed to."""

from __future__ import annotations


def quiet_transformers() -> None:
    """No progress bars and no notices from transformers; errors still show."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
