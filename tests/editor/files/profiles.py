"""ICC profiles made by hand, which convert unlike anything plain."""

from __future__ import annotations

import struct


def tagged_profile(space: bytes, pcs: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile made by hand: header, table, tags."""
    table, data = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">LL", start + len(data), len(value))
        data += value
    header = bytearray(128)
    struct.pack_into(">L4sL4s4s4s", header, 0, start + len(data), b"    ", 0x02400000, kind, space, pcs)
    struct.pack_into(">6H", header, 24, 2020, 1, 1, 0, 0, 0)
    header[36:40] = b"acsp"
    struct.pack_into(">3L", header, 68, 0xF6D6, 0x10000, 0xD32D)
    return bytes(header) + struct.pack(">L", len(tags)) + table + data


def description() -> bytes:
    return b"desc" + bytes(4) + struct.pack(">L", 5) + b"test\0" + bytes(78)


def white() -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3L", 0xF6D6, 0x10000, 0xD32D)


def cmyk_profile() -> bytes:
    """No ink is white; any cyan is mid grey, whatever else: unlike what a plain conversion gives."""
    corners = b"".join(bytes([255, 128, 128]) if i < 8 else bytes([137, 128, 128]) for i in range(16))
    ramp = bytes(range(256))
    table = (
        b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9L", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    )
    tags = {b"desc": description(), b"wtpt": white(), b"A2B0": table + ramp * 4 + corners + ramp * 3}
    return tagged_profile(b"CMYK", b"Lab ", b"prtr", tags)


def gray_profile() -> bytes:
    """Linear light."""
    curve = b"curv" + bytes(4) + struct.pack(">L", 0)
    return tagged_profile(
        b"GRAY", b"XYZ ", b"mntr", {b"desc": description(), b"wtpt": white(), b"kTRC": curve}
    )
