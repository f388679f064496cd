"""Packing: tiles that commands hold, made smaller in the background once the history is over its budget.

A tile is packed by lz4 as what differs between it and the tile that the document holds in its place, which is little
where a stroke crossed a photograph that lz4 alone could not make smaller. Whenever the step is undone (or redone), the
document is by construction what it was right after the step, so that other tile is there again.
"""

from __future__ import annotations

import logging
import math
import threading
import weakref
import zlib
from collections.abc import Iterable, Iterator

import numpy as np

from editor.document.geometry import TILE, TileKey
from editor.document.tiles import Pixels, TileMap, TilePatch, is_uniform, patch_bytes

WORTH = 0.9
"""A tile that does not shrink to this part of itself stays as it is."""

_log = logging.getLogger(__name__)


class PackedTile:
    """A tile on its own, or as what differs from another one, without which it cannot be had again."""

    __slots__ = ("_check", "_data", "_dtype", "_is_difference", "_shape")

    def __init__(self, tile: Pixels, other: Pixels | None) -> None:
        import lz4.block  # not at start-up

        self._shape, self._dtype, self._check = tile.shape, tile.dtype, _check(tile)
        self._is_difference = other is not None
        packed = tile if other is None else np.bitwise_xor(tile, other)
        self._data: bytes = lz4.block.compress(packed.data, store_size=False)

    @property
    def nbytes(self) -> int:
        return len(self._data)

    def tile(self, other: Pixels | None) -> Pixels:
        """The tile, read-only, where ``other`` equals the one that it was packed with.

        Raises RuntimeError where it does not: the document was changed behind the history's back.
        """
        import lz4.block

        size = math.prod(self._shape) * self._dtype.itemsize
        data = lz4.block.decompress(self._data, uncompressed_size=size, return_bytearray=True)
        tile: Pixels = np.frombuffer(data, self._dtype).reshape(self._shape)
        if self._is_difference and other is not None:
            np.bitwise_xor(tile, other, out=tile)  # in place: fresh memory costs more than all of this
        tile.flags.writeable = False
        if _check(tile) != self._check:
            raise RuntimeError("the document is not what it was when this step had been done")
        return tile


class Held:
    """The tiles that a command holds while others are in their place in the document.

    Another thread may pack them at any time: it puts a packed tile in the place of a tile, and both are the same to
    whoever asks for the patch.
    """

    def __init__(self, patch: TilePatch, in_place: TilePatch) -> None:
        self._tiles: dict[TileKey, Pixels | PackedTile | None] = {**patch}
        self._unpacked = [key for key, tile in patch.items() if tile is not None and not is_uniform(tile)]
        # Weak, for they are held elsewhere: by the document, or by the later command that took them out of it.
        self._in_place = {
            key: weakref.ref(other) for key in self._unpacked if (other := in_place.get(key)) is not None
        }
        self._tile_bytes = max((tile.nbytes for tile in patch.values() if tile is not None), default=0)
        self.nbytes = patch_bytes(patch)

    @property
    def unpacked(self) -> int:
        """Bytes of tiles that may still become smaller."""
        return len(self._unpacked) * self._tile_bytes

    def patch(self, plane: TileMap | None) -> TilePatch:
        """The tiles, to be exchanged for those of the plane. Raises RuntimeError as ``PackedTile`` does."""
        return {
            key: tile.tile(plane.tile(key) if plane is not None else None)
            if isinstance(tile, PackedTile)
            else tile
            for key, tile in self._tiles.items()
        }

    def pack(self) -> Iterator[int]:
        """Packs one tile at a time, and tells by how many bytes it has become smaller."""
        while self._unpacked:
            key = self._unpacked[-1]
            tile, reference = self._tiles[key], self._in_place.pop(key, None)
            assert isinstance(tile, np.ndarray)
            packed = PackedTile(tile, reference() if reference is not None else None)
            saved = tile.nbytes - packed.nbytes
            if packed.nbytes > WORTH * tile.nbytes:
                saved = 0
            else:
                self._tiles[key] = packed
                self.nbytes -= saved
            self._unpacked.pop()
            yield saved


class Packer:
    """Packs what it is given, on a thread that lives as long as there is something to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Held] = []
        self._surplus = 0
        self._thread: threading.Thread | None = None
        self._runs = False

    def pack(self, queue: Iterable[Held], surplus: int) -> None:
        """Packs these, in this order, until ``surplus`` bytes are saved; what was to be packed before is forgotten."""
        with self._lock:
            self._queue = [*queue][::-1]
            self._surplus = surplus
            if self._queue and not self._runs:
                self._runs = True
                self._thread = threading.Thread(target=self._run, name="packing of the history")
                self._thread.start()

    def wait(self) -> None:
        """Until it is done."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Stops, after the tile that it is at."""
        self.pack((), 0)
        self.wait()

    def _run(self) -> None:
        try:
            while (held := self._next()) is not None:
                for saved in held.pack():
                    if not self._goes_on_with(held, saved):
                        break
        except Exception:  # memory may be short: what is not packed stays as it is
            _log.warning("the history cannot be packed", exc_info=True)
            with self._lock:
                self._runs = False

    def _next(self) -> Held | None:
        with self._lock:
            while self._surplus > 0 and self._queue:
                if self._queue[-1].unpacked:
                    return self._queue[-1]
                self._queue.pop()
            self._runs = False
            return None

    def _goes_on_with(self, held: Held, saved: int) -> bool:
        with self._lock:
            self._surplus -= saved
            return self._surplus > 0 and bool(self._queue) and self._queue[-1] is held


def _check(tile: Pixels) -> int:
    """Tells tiles apart, at a third of a checksum's time."""
    words = np.ascontiguousarray(tile).reshape(TILE, -1).view(np.uint64)
    return zlib.crc32(words.sum(axis=1))
