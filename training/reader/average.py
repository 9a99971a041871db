"""Weighted mean of readers: `python -m training.reader.average --out OUT FOLDER=0.65 FOLDER=0.35`.

Readers that share a starting point lie in one basin of the loss; their mean often beats each, at no cost
when it reads (model soups, Wortsman et al. 2022). A folder without `answer_head` has no say in that head.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file

from training.reader.model import ReaderNet, load_net, save_net


def average(shares: Mapping[Path, float]) -> ReaderNet:
    """A net of the first folder's shape; each tensor is the mean over the folders that hold it."""
    net = load_net(next(iter(shares)))
    files = {folder: load_file(folder / "model.safetensors") for folder in shares}
    mean = {}
    for name in net.state_dict():
        held = {folder: share for folder, share in shares.items() if name in files[folder]}
        total = sum(held.values())
        parts = [files[folder][name].float() * (share / total) for folder, share in held.items()]
        mean[name] = torch.stack(parts).sum(0)
    net.load_state_dict(mean)
    return net


def share_of(argument: str) -> tuple[Path, float]:
    folder, _, share = argument.rpartition("=")
    return Path(folder), float(share)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write, fp32")
    parser.add_argument("shares", nargs="+", type=share_of, metavar="FOLDER=SHARE", help="weights and share")
    options = parser.parse_args()
    shares = dict(options.shares)
    tokenizer_json = next(iter(shares)) / "tokenizer.json"
    save_net(average(shares), options.out, tokenizer_json, dtype=torch.float32)


if __name__ == "__main__":
    main()
