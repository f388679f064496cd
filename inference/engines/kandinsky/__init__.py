"""Kandinsky 2.2: a prior turns words and pictures into an embedding, a decoder paints it."""

from inference.engines.kandinsky.filling import fill

__all__ = ["fill"]
