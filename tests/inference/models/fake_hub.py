"""A hub of models on this machine, that breaks, stalls, lies and refuses when a test wants it to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.inference.models import tiny

PRIOR = "kandinsky-community/kandinsky-2-2-prior"
INPAINT = "kandinsky-community/kandinsky-2-2-decoder-inpaint"
GENERATE = "kandinsky-community/kandinsky-2-2-decoder"
PAINTER = "someone/painter"

LFS_FROM = 200
"""Files of so many bytes are listed with their SHA-256, as the hub does with large ones."""


class FakeHub:
    """``repos``: {repo: {path: content}}. ``faults``: called before a file is sent, by the file's path within its
    repository; each is a method of ``Answer``. ``asked``: (method, path, headers) of every request."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.cards: dict[str, dict[str, Any]] = {}
        self.gated: set[str] = set()
        self.faults: dict[str, list[Callable[[Answer], None]]] = {}
        self.page_size = 1000
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.release = threading.Event()
        self.stalled = threading.Event()
        self.url = ""

    def commit(self, repo: str) -> str:
        """Changes with the content, as commits do."""
        return hashlib.sha1(repr(sorted(self.repos[repo].items())).encode()).hexdigest()

    def fault(self, path: str, *faults: Callable[[Answer], None]) -> None:
        """What happens at the next requests of a file, one after another; then it is sent as it should be."""
        self.faults[path] = list(faults)

    def ranges(self, path: str) -> list[str]:
        """The Range headers, "" where there was none, of the requests of a file."""
        return [headers.get("Range", "") for asked, headers in self.asked if asked.endswith(f"/{path}")]


def stocked() -> FakeHub:
    """Has Kandinsky 2.2 in both precisions and formats, and Stable Diffusion inpainting as "someone/painter"."""
    hub = FakeHub()
    both = {**tiny.prior_files(), **tiny.prior_files(fp16=True)}
    hub.repos[PRIOR] = {**both, "prior/diffusion_pytorch_model.bin": b"pickle"}
    hub.repos[INPAINT] = {**tiny.decoder_files(), **tiny.decoder_files(fp16=True)}
    hub.repos[GENERATE] = tiny.decoder_files("KandinskyV22Pipeline")
    hub.repos[PAINTER] = {
        **tiny.sd_files(),
        "painter.safetensors": tiny.safetensors(tiny.SD15),
        "README.md": b"---\nlicense: mit\n---\n",
        "LICENSE": b"MIT License\n",
        "preview.png": b"picture",
        "unet/model.onnx": b"onnx",
        "unet/diffusion_pytorch_model.bin": b"pickle",
        "text_encoder/flax_model.msgpack": b"flax",
    }
    hub.cards[INPAINT] = {"license": "apache-2.0", "prior": [PRIOR]}
    hub.cards[PAINTER] = {"license": "mit"}
    return hub


@contextmanager
def running(hub: FakeHub) -> Iterator[FakeHub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Answer,), {"hub": hub}))
    server.daemon_threads = False  # waited for at the end
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Answer(BaseHTTPRequestHandler):
    """One request. The methods without an underscore are faults."""

    hub: FakeHub
    content = b""

    def do_GET(self) -> None:
        self.hub.asked.append((self.path, dict(self.headers)))
        parts = urlsplit(self.path)
        path = unquote(parts.path).strip("/")
        if found := re.fullmatch(r"api/models/([^/]+/[^/]+)/(revision|tree)/(\w+)", path):
            self._api(found[1], found[2], parse_qs(parts.query))
        elif found := re.fullmatch(r"([^/]+/[^/]+)/resolve/(\w+)/(.+)", path):
            self._file(found[1], found[3])
        else:
            self.send_error(404)

    # ── faults ──

    def breaks(self) -> None:
        """Half of what was asked for, and the connection is gone."""
        self._send(sent=(len(self.content) - self._start()) // 2)

    def stalls(self) -> None:
        """Half, and then silence until the test ends."""
        self._send(sent=(len(self.content) - self._start()) // 2)
        self.hub.stalled.set()
        self.hub.release.wait()

    def lies(self) -> None:
        """As many bytes, but others."""
        self.content = bytes(byte ^ 1 for byte in self.content)
        self._send()

    def is_short(self) -> None:
        """Claims to be the whole file and is one byte shorter."""
        self.content = self.content[:-1]
        self._send()

    def ignores_range(self) -> None:
        del self.headers["Range"]
        self._send()

    def sends_another_range(self) -> None:
        self._send(told_start=self._start() + 1)

    def fails(self) -> None:
        self.send_error(503)

    def hides(self) -> None:
        self.send_error(404)

    def refuses(self) -> None:
        self._empty(403, {"X-Error-Code": "GatedRepo"})

    def redirects(self) -> None:
        """To the same file under another name of this machine, as hubs do to where their large files lie."""
        self._empty(302, {"Location": f"{self.hub.url.replace('127.0.0.1', 'localhost')}{self.path}"})

    # ── what a hub does ──

    def _api(self, repo: str, kind: str, query: dict[str, list[str]]) -> None:
        if repo not in self.hub.repos:
            self._empty(401, {"X-Error-Code": "RepoNotFound"})
            return
        commit = self.hub.commit(repo)
        if kind == "revision":
            gated = "manual" if repo in self.hub.gated else False
            self._json({"sha": commit, "gated": gated, "cardData": self.hub.cards.get(repo, {})})
            return
        rows: list[dict[str, Any]] = [{"type": "directory", "path": "unet", "oid": "0" * 40, "size": 0}]
        rows += [_row(path, data) for path, data in self.hub.repos[repo].items()]
        start = int(query.get("cursor", ["0"])[0])
        end = start + self.hub.page_size
        address = f"https://hub.invalid/api/models/{repo}/tree/{commit}?recursive=true&cursor={end}"
        self._json(rows[start:end], {"Link": f'<{address}>; rel="next"'} if end < len(rows) else {})

    def _file(self, repo: str, path: str) -> None:
        if path not in self.hub.repos.get(repo, {}):
            self.send_error(404)
            return
        self.content = self.hub.repos[repo][path]
        faults = self.hub.faults.get(path, [])
        (faults.pop(0) if faults else Answer._send)(self)

    def _start(self) -> int:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(found[1]) if found else 0

    def _send(self, sent: int | None = None, told_start: int | None = None) -> None:
        start = self._start()
        body = self.content[start:]
        self.send_response(206 if start else 200)
        if start:
            first = start if told_start is None else told_start
            self.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()

    def _json(self, values: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(values).encode()
        self.send_response(200)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _empty(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # who asked has gone
            self.close_connection = True


def _row(path: str, data: bytes) -> dict[str, Any]:
    sha1 = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    row: dict[str, Any] = {"type": "file", "path": path, "oid": sha1, "size": len(data)}
    if len(data) >= LFS_FROM:
        row |= {
            "oid": "f" * 40,
            "lfs": {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134},
        }
    return row
