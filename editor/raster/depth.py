"""Conversion between 8 and 16 bits per channel, which the inference room defines for both."""

from __future__ import annotations

from inference.depth import Array8, Array16, to_8, to_16, to_dtype

__all__ = ["Array8", "Array16", "to_8", "to_16", "to_dtype"]
