"""Kernels: the inner loops over pixels, compiled by numba. Only ``editor.raster.native`` imports this package.

A kernel is a top-level function of arrays and numbers with declared signatures, so that importing its module compiles
it or loads it from the cache, and nothing is compiled later. Each has a plain NumPy twin that its caller uses while the
kernels are not there, with the same results within one step of 8 bits.

To add a kernel, write it in a module here, import that module below, and give its caller both ways::

    kernels = native.kernels()
    if kernels is not None:
        kernels.dabs.cover(...)
    else:
        _cover(...)
"""

from editor.raster.kernels import dabs as dabs
from editor.raster.kernels import mips as mips
from editor.raster.kernels import modes as modes
from editor.raster.kernels import paint as paint
from editor.raster.kernels import spans as spans
from editor.raster.kernels import stack as stack
