"""Any chat model through transformers, on the GPU if there is one."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from functools import cached_property
from typing import Any

from embeddings.quiet import quiet_transformers
from rag.errors import ModelError
from rag.instructions import without_tokens


class ChatModel:
    """The model of a hub name or folder, greedy. Raises ModelError where it cannot be loaded or fails."""

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self) -> None:
        """Load now rather than with the first text. Raises ModelError."""
        self._loaded  # noqa: B018 (a cached property: reading it loads)

    def prompt(self, chat: Sequence[dict[str, str]]) -> str:
        """The messages in the model's own chat format; one without gets them as plain text."""
        tokenizer, _ = self._loaded
        marks = [mark for mark in tokenizer.all_special_tokens if len(mark) > 1]
        chat = [{**message, "content": _unmarked(message["content"], marks)} for message in chat]
        if tokenizer.chat_template is None:
            return "\n\n".join(message["content"] for message in chat) + "\nAnswer:"
        text: str = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        return text

    def texts(self, prompt: str, max_new_tokens: int) -> Generator[tuple[str, bool]]:
        """The text so far after each piece, and at last once more, ended, unless the budget was spent.

        Closing the iterator stops the model at the next token.
        """
        tokenizer, model = self._loaded
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=tokenizer.chat_template is None)
        run = _Generation(tokenizer, model, inputs.to(model.device), max_new_tokens)
        text = ""
        try:
            for piece in run.pieces:
                text += piece
                yield text, False
        finally:
            run.stop()
        if run.error is not None:
            raise ModelError(f"the model {self.name} failed while writing ({run.error})") from run.error
        if run.n_written < max_new_tokens:
            yield text, True

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        """(tokenizer, model)."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        quiet_transformers()
        gpu = torch.cuda.is_available()
        try:
            # No code and no pickle of a model's folder is run, whoever names it.
            tokenizer = AutoTokenizer.from_pretrained(self.name, trust_remote_code=False)
            model = AutoModelForCausalLM.from_pretrained(
                self.name, dtype="auto" if gpu else torch.float32, device_map="cuda" if gpu else "cpu",
                trust_remote_code=False, use_safetensors=True,
            )  # fmt: skip
        except Exception as error:  # the library raises whatever its parts raise
            raise ModelError(
                f"cannot load the model {self.name!r} ({error}); give a folder that holds a transformers chat model, "
                "or a hub name while online"
            ) from error
        return tokenizer, model.eval()


def _unmarked(text: str, marks: Sequence[str]) -> str:
    """The text with the model's own special tokens taken apart by a space, so that they are read as words."""
    text = without_tokens(text)
    for mark in marks:
        text = text.replace(mark, f"{mark[0]} {mark[1:]}")
    return text


class _Generation:
    """One run of the model in a thread of its own: ``pieces`` of text as they come, until done or stopped."""

    def __init__(self, tokenizer: Any, model: Any, inputs: Any, max_new_tokens: int) -> None:
        from transformers import StoppingCriteria, StoppingCriteriaList, TextIteratorStreamer

        stopped = threading.Event()

        class Stop(StoppingCriteria):
            def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
                return input_ids.new_full((len(input_ids),), stopped.is_set()).bool()

        self.error: Exception | None = None
        self.n_written = 0
        self.pieces = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._n_before = inputs["input_ids"].shape[1]
        self._stopped = stopped
        self._options = {
            "streamer": self.pieces,
            "max_new_tokens": max_new_tokens,
            "do_sample": False,
            "stopping_criteria": StoppingCriteriaList([Stop()]),
        }
        self._thread = threading.Thread(target=self._run, args=(model, inputs), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return once the model has stopped, at its next token."""
        self._stopped.set()
        self._thread.join()

    def _run(self, model: Any, inputs: Any) -> None:
        try:
            made = model.generate(**inputs, **self._options)
            self.n_written = made.shape[1] - self._n_before
        except Exception as error:  # for the thread that reads the pieces
            self.error = error
            self.pieces.end()
