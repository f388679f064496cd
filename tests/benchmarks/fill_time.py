"""Fill time: a hole of 200² in a picture of 1024², as the editor asks for it, against OpenCV's Telea inpainting.

In the engine alone: a hole of 8 % against G'MIC, a dab of spot healing, and a large hole in a large picture.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import TileMap
from editor.files.formats import open_document
from editor.fill import prepare_fill
from editor.fill_options import FillOptions
from editor.render.compositor import composite
from editor.session import Session
from inference.client import FillDone, FillStopped, HostClient, HostEvent, HostReady, run_fill
from inference.engines import content_aware
from inference.request import FillCandidate, FillRequest, Progress
from tests.benchmarks.fill_methods import gmic, missing, ours
from tests.benchmarks.fill_metrics import Bools, Picture
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import SAMPLE

RUNS = 7
SIDE, HOLE = 1024, 200
SQUARE, PEER_RUNS = 290, 3
"""The side of a hole of 8 % of the picture."""
SPOT_SIDE, SPOT = 232, 40
"""A dab of 40 pixels across with the least surroundings that the engine looks at."""
LARGE_RUNS, LARGE_SIDE, LARGE_HOLE = 3, 4096, 500

TELEA_RADIUS = 5

_ENGINE = "content-aware"

_GOAL = Goal(below=4.0)
_FIRST_GOAL = Goal(ratio_below=1.5)
_PEER_GOAL = Goal(ratio_below=1 / 8)
_SPOT_GOAL, _LARGE_GOAL, _LARGE_MEMORY_GOAL = Goal(below=0.1), Goal(below=3.0), Goal(below=2000.0)


def measure(tell: Callable[[str], None]) -> list[Figure]:
    """All in turns; the first turn does not count. A host is prepared as the editor does it once a mask is begun."""
    request = _request()
    cold, first, warm, telea = [], [], [], []
    with _host(request) as fill_warm:
        fill_warm(request)  # brings the files into memory
        for turn in range(RUNS + 1):
            tell(f"{turn} of {RUNS}" if turn else "warming up")
            request = replace(request, id=f"turn-{turn}", seed=turn)
            with _host(request) as fill_first:
                first.append(fill_first(request))
            cold.append(_fill_cold(request))
            warm.append(fill_warm(request))
            telea.append(_telea(request))
    size = f"{HOLE}² in {SIDE}²"
    base = Figure(
        f"OpenCV's Telea, {size}", telea[1:], "s", note="another method: smooth, without any texture"
    )
    later = Figure(f"fill {size}, later ones", warm[1:], "s", base, _GOAL)
    return [
        base,
        later,
        Figure(f"fill {size}, a host's first", first[1:], "s", later, _FIRST_GOAL),
        Figure(f"fill {size}, with host start", cold[1:], "s", base, _GOAL),
        *_in_engine(tell),
    ]


def _in_engine(tell: Callable[[str], None]) -> list[Figure]:
    """The dab and the large hole; the first run of each does not count."""
    picture = cv2.imread(str(SAMPLE), cv2.IMREAD_COLOR)
    assert picture is not None
    content_aware.warm()
    tell("a hole of 8 %")
    peer_name = f"G'MIC's inpaint_matchpatch, {SQUARE}² in {SIDE}²"
    why = missing("gmic")
    crop = _crop(picture, SIDE)
    middle = _square(SIDE, SQUARE)
    method = ours(1)
    mine, theirs = [], []
    for turn in range(PEER_RUNS + 1):
        mine.append(method(crop, middle).seconds)
        if turn and not why:
            theirs.append(gmic(crop, middle).seconds)
    peer = Figure(peer_name, theirs, "s", note=why or "")
    tell("spot healing")
    dab = cv2.circle(np.zeros((SPOT_SIDE, SPOT_SIDE), np.uint8), (SPOT_SIDE // 2,) * 2, SPOT // 2, 255, -1)
    around = _crop(picture, SPOT_SIDE)
    spots = [method(around, dab > 0).seconds for _ in range(RUNS + 1)]
    tell("the large picture")
    large = np.asarray(cv2.resize(picture, (LARGE_SIDE, LARGE_SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
    hole = _square(LARGE_SIDE, LARGE_HOLE)
    fills = [method(large, hole) for _ in range(LARGE_RUNS + 1)][1:]
    size = f"{LARGE_HOLE}² in {LARGE_SIDE}²"
    peaks = [fill.mebibytes for fill in fills if fill.mebibytes is not None]
    return [
        peer,
        Figure(f"fill {SQUARE}² in {SIDE}², the engine", mine[1:], "s", peer, None if why else _PEER_GOAL),
        Figure(f"spot heal of {SPOT} px, the engine", spots[1:], "s", goal=_SPOT_GOAL),
        Figure(f"fill {size}, the engine", [fill.seconds for fill in fills], "s", goal=_LARGE_GOAL),
        Figure(f"fill {size}, peak of the process", peaks, "MiB", goal=_LARGE_MEMORY_GOAL),
    ]


def _crop(picture: Picture, side: int) -> Picture:
    """The middle of a picture."""
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    return np.ascontiguousarray(picture[top : top + side, left : left + side], np.uint8)


def _square(side: int, hole: int) -> Bools:
    """A square hole in the middle of a square picture."""
    where = np.zeros((side, side), np.bool_)
    edge = (side - hole) // 2
    where[edge : edge + hole, edge : edge + hole] = True
    return where


def _request() -> FillRequest:
    """What the editor asks for when the middle of a crop of the sample is selected."""
    whole = open_document(SAMPLE)
    x, y = (whole.extent.width - SIDE) // 2, (whole.extent.height - SIDE) // 2
    pixels = composite(whole.root, Bounds(x, y, SIDE, SIDE))
    document = Document(Extent(SIDE, SIDE))
    document.insert(PaintLayer("Crop", pixels=TileMap.from_array(pixels)), document.root, 0)
    middle = Bounds((SIDE - HOLE) // 2, (SIDE - HOLE) // 2, HOLE, HOLE)
    session = Session(document)
    session.select(middle, np.full((HOLE, HOLE), 255, np.uint8), "replace", "Hole")
    return prepare_fill(document, session.active, FillOptions(seed=1)).request


def _fill_cold(request: FillRequest) -> float:
    """Seconds in a host of its own, start and end included: what ``main.py fill`` does."""
    began = time.monotonic()
    candidates = [event for event in run_fill(request) if isinstance(event, FillCandidate)]
    assert len(candidates) == 1
    return time.monotonic() - began


@contextlib.contextmanager
def _host(request: FillRequest) -> Iterator[Callable[[FillRequest], float]]:
    """A prepared host; the function gives the seconds from a request to its end."""
    events: queue.SimpleQueue[HostEvent] = queue.SimpleQueue()
    client = HostClient(lambda _client, event: events.put(event))

    def fill(request: FillRequest) -> float:
        began = time.monotonic()
        client.submit(request)
        while not isinstance(event := events.get(), FillDone):
            assert isinstance(event, Progress | FillCandidate), event
        return time.monotonic() - began

    client.start()
    try:
        assert isinstance(events.get(), HostReady)
        client.prepare(_ENGINE)
        # What has been cancelled already is answered at once, when the host has done all that it was asked before.
        client.cancel("nothing")
        client.submit(replace(request, id="nothing"))
        while not isinstance(events.get(), FillStopped):
            pass
        yield fill
    finally:
        client.close()


def _telea(request: FillRequest) -> float:
    """Seconds for the same pixels and the same hole."""
    colour = np.ascontiguousarray(request.image[..., :3])
    began = time.monotonic()
    cv2.inpaint(colour, request.mask, TELEA_RADIUS, cv2.INPAINT_TELEA)
    return time.monotonic() - began
