"""The one decorator of all kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba as nb

P = ParamSpec("P")
R = TypeVar("R")

_FAST = {"nsz", "arcp", "contract", "afn", "reassoc"}
"""Freedoms of the compiler with floats. Not among them: that nothing is infinite or no number."""


def kernel(*signatures: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compiled now, or loaded from the cache, for exactly these signatures, such as ``"void(u1[:,::1], f4)"``. Without
    any: a function for other kernels of the same module to call. Lets go of the interpreter lock.

    Cast at each step: numba promotes arithmetic of 32-bit integers to 64 bit. No bounds are checked, and nothing may
    raise.
    """

    def compile_(function: Callable[P, R]) -> Callable[P, R]:
        options: dict[str, Any] = {
            "nogil": True,
            "fastmath": _FAST,
            "error_model": "numpy",
            "boundscheck": False,
        }
        if not signatures:
            return nb.njit(function, **options)
        return nb.njit(list(signatures), cache=True, **options)(function)

    return compile_
