"""Prompts: remembers what a pipeline's text encoders made of the last prompts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

_LIMIT = 8


class Prompts:
    """Stands in for a pipeline's ``encode_prompt``, and answers from memory when it is called with the same again.

    Every pipeline calls it once or twice a run, with the prompts as text and the device; it never writes to the answer.
    So another candidate of the same prompt leaves the text encoders where they are, whatever family it is of.
    ``on_new`` is called before a prompt is read that is not remembered.
    """

    def __init__(self, encode: Callable[..., Any]) -> None:
        self._encode = encode
        self._known: OrderedDict[Any, Any] = OrderedDict()
        self.on_new: Callable[[], None] = _nothing

    @classmethod
    def of(cls, pipeline: Any) -> Prompts:
        """Put in place in the pipeline."""
        prompts = cls(pipeline.encode_prompt)
        pipeline.encode_prompt = prompts
        return prompts

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        key = (arguments, tuple(sorted(named.items())))
        if key not in self._known:
            self.on_new()
            self._known[key] = self._encode(*arguments, **named)
            if len(self._known) > _LIMIT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]


def _nothing() -> None:
    """Nobody wants to know."""
