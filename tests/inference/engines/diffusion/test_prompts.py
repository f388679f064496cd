"""Prompts: the text encoders run once for each prompt."""

from __future__ import annotations

from typing import Any

from inference.engines.diffusion.prompts import Prompts


class Pipeline:
    """Counts what its text encoders are asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def encode_prompt(self, prompt: str, device: str = "cpu", **_named: Any) -> str:
        self.asked.append((prompt, device))
        return f"{prompt} on {device}"


def test_the_same_is_read_once() -> None:
    pipeline = Pipeline()
    prompts = Prompts.of(pipeline)
    told: list[None] = []
    prompts.on_new = lambda: told.append(None)
    for _ in range(3):
        assert pipeline.encode_prompt("a hat", device="cpu", scale=None) == "a hat on cpu"
    assert pipeline.encode_prompt("a hat", device="cuda", scale=None) == "a hat on cuda"
    assert pipeline.encode_prompt("a cat", device="cpu", scale=None) == "a cat on cpu"
    assert pipeline.asked == [("a hat", "cpu"), ("a hat", "cuda"), ("a cat", "cpu")]
    assert len(told) == 3


def test_old_ones_are_forgotten() -> None:
    pipeline = Pipeline()
    Prompts.of(pipeline)
    for number in range(9):
        pipeline.encode_prompt(f"{number}")
    pipeline.encode_prompt("8")
    pipeline.encode_prompt("0")
    assert [prompt for prompt, _ in pipeline.asked] == [*"0123456780"]
