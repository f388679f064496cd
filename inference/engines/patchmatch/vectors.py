"""Vectors: what the kernels' innermost steps are written with, where a loop is so short that the compiler unrolls it
into single values and loses sight of the vectors in it.

The functions run while a kernel is compiled, and write LLVM's instructions for eight values at once, which it fits to
whatever the processor has. A kernel's cache does not hear of a change here: touch the kernels' files along with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.extending import intrinsic

Number = TypeVar("Number", np.float32, np.int32)

LANES = 8

BIT, BYTE, INT, FLOAT = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.FloatType()
BITS, BYTES, INTS, FLOATS = (ir.VectorType(kind, LANES) for kind in (BIT, BYTE, INT, FLOAT))

FAST = ("fast",)


def roomy(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """A copy of (n,) behind whose end a vector may be read, and not minded."""
    copy = np.zeros(len(values) + LANES, values.dtype)
    copy[:-LANES] = values
    return copy[:-LANES]


def instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a kernel calls, for ``function`` that says of its arguments' types how it is typed and generated."""
    return intrinsic(function)


def address(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any, number: int) -> Any:
    """Of the first value of the array that is an intrinsic's argument ``number``."""
    return context.make_array(signature.args[number])(context, builder, arguments[number]).data


def load(builder: ir.IRBuilder, base: Any, index: Any, beyond: int, kind: Any) -> Any:
    """The vector of ``kind`` that starts ``beyond`` values after ``base[index]``."""
    return builder.load(_pointer(builder, base, index, beyond, kind), align=1)


def store(builder: ir.IRBuilder, vector: Any, base: Any, index: Any, beyond: int) -> None:
    """Writes where ``load`` reads."""
    builder.store(vector, _pointer(builder, base, index, beyond, vector.type), align=1)


def constant(kind: Any, *values: float) -> Any:
    """A vector of the ``values``, or of one value in every lane."""
    return ir.Constant(kind, list(values) * (LANES if len(values) == 1 else 1))


def spread(builder: ir.IRBuilder, value: Any) -> Any:
    """A vector with ``value`` in every lane."""
    nothing = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(INT, 0))
    return builder.shuffle_vector(one, nothing, constant(INTS, 0))


def fold(builder: ir.IRBuilder, vector: Any, operation: Callable[[Any, Any], Any]) -> Any:
    """One value of all lanes, taken together two by two."""
    lanes = LANES
    while lanes > 1:
        lanes //= 2
        nothing = ir.Constant(vector.type, ir.Undefined)
        halves = [
            builder.shuffle_vector(
                vector, nothing, ir.Constant(ir.VectorType(INT, lanes), list(range(start, start + lanes)))
            )
            for start in (0, lanes)
        ]
        vector = operation(*halves)
    return first(builder, vector)


def first(builder: ir.IRBuilder, vector: Any) -> Any:
    """What the first lane holds."""
    return builder.extract_element(vector, ir.Constant(INT, 0))


def number(value: float) -> Any:
    """A single float."""
    return ir.Constant(FLOAT, float(value))


def as_bits(builder: ir.IRBuilder, truths: Any) -> Any:
    """A vector of comparisons as a number with a bit for each lane."""
    return builder.bitcast(truths, BYTE)


def bits(value: int) -> Any:
    """The number with these bits, to be compared with ``as_bits``."""
    return ir.Constant(BYTE, value)


def add(builder: ir.IRBuilder, one: Any, other: Any) -> Any:
    return builder.fadd(one, other, flags=FAST)


def subtract(builder: ir.IRBuilder, one: Any, other: Any) -> Any:
    return builder.fsub(one, other, flags=FAST)


def multiply(builder: ir.IRBuilder, one: Any, other: Any) -> Any:
    return builder.fmul(one, other, flags=FAST)


def least(builder: ir.IRBuilder, one: Any, other: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", one, other, flags=FAST), one, other)


def most(builder: ir.IRBuilder, one: Any, other: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", one, other, flags=FAST), one, other)


def _pointer(builder: ir.IRBuilder, base: Any, index: Any, beyond: int, kind: Any) -> Any:
    index = builder.add(index, ir.Constant(index.type, beyond))
    return builder.bitcast(builder.gep(base, [index]), kind.as_pointer())
