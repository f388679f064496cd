"""Numbers taken for addresses, so that one call of a kernel reaches arrays that lie anywhere.

``nb.carray(shorts_at(address), (n,))`` is an array of n uint16. Whoever passes the address keeps the array alive.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic


def _bytes_at(typing: Any, address: Any) -> Any:
    return _pointer(types.uint8)


def _shorts_at(typing: Any, address: Any) -> Any:
    return _pointer(types.uint16)


def _ints_at(typing: Any, address: Any) -> Any:
    return _pointer(types.int32)


def _words_at(typing: Any, address: Any) -> Any:
    return _pointer(types.uint32)


def _longs_at(typing: Any, address: Any) -> Any:
    return _pointer(types.uint64)


def _floats_at(typing: Any, address: Any) -> Any:
    return _pointer(types.float32)


def _pointer(of: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    pointer: Any = types.CPointer
    return pointer(of)(types.int64), generate


def _prefetch(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        tools: Any = cgutils
        function = tools.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [pointer, number(0), number(3), number(1)])  # to be read, soon, as data
        return context.get_dummy_value()

    void: Any = types.void
    return void(types.int64), generate


# The decorator's own types know nothing of what it makes of a function.
bytes_at: Any = intrinsic(_bytes_at)
shorts_at: Any = intrinsic(_shorts_at)
ints_at: Any = intrinsic(_ints_at)
words_at: Any = intrinsic(_words_at)
longs_at: Any = intrinsic(_longs_at)
floats_at: Any = intrinsic(_floats_at)
prefetch: Any = intrinsic(_prefetch)
"""Tells the processor that the memory there will be read."""
