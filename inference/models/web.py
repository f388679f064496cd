"""Web: asks a hub over HTTP, tells what went wrong in a sentence, and can be cut off from another thread."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from inference.models.hub_cache import hub_home
from inference.models.model import ModelError

TIMEOUT = 30.0
"""Seconds of silence after which a connection counts as broken."""

_INTERVAL = 0.1


class Unreachable(ModelError):
    """It may work later. ``retry_after``: the seconds that the server asked to wait, or 0."""

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Web:
    """Requests to one hub. The user's token goes to the hub's own host alone, never to where that sends us."""

    def __init__(self, endpoint: str, timeout: float = TIMEOUT) -> None:
        """Raises ModelError where ``endpoint`` is not the address of a site."""
        self.endpoint = endpoint.rstrip("/")
        parts = urlsplit(self.endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ModelError(
                f"“{endpoint}” is not the address of a hub: write it like https://huggingface.co."
            )
        self._timeout = timeout
        self._token = hub_token() if parts.scheme == "https" or _is_loopback(parts.hostname) else ""
        self._sockets: list[socket.socket] = []
        self._opener = urllib.request.build_opener(_Http(self._sockets), _Https(self._sockets), _Redirects())

    @property
    def has_token(self) -> bool:
        return bool(self._token)

    def open(
        self, url: str, what: str, headers: dict[str, str] | None = None, page: str = ""
    ) -> http.client.HTTPResponse:
        """The answer, 2xx, to be closed by the caller. ``what`` is being asked for, in words; ``page``: where a person
        may agree to its terms. Raises ModelError, and Unreachable where another try may help."""
        request = urllib.request.Request(url, headers={"User-Agent": "pentimento", **(headers or {})})
        if self._token and _origin(url) == _origin(self.endpoint):
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        self._sockets.clear()
        host = urlsplit(url).hostname
        try:
            answer: http.client.HTTPResponse = self._opener.open(request, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error, what, page) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise ModelError(
                    f"{host} cannot prove that it is {host}; nothing was fetched from it."
                ) from error
            if isinstance(reason, TimeoutError):
                raise Unreachable(f"{host} gives no answer. Try again later.") from error
            raise Unreachable(
                f"{host} cannot be reached ({_words(reason)}). Is this computer online?"
            ) from error
        return answer

    def cut(self) -> None:
        """Ends what is being waited for in another thread; it raises, or reads as if at the end."""
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)

    @contextlib.contextmanager
    def cut_when(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """A silent server must not hold up who has cancelled, so another thread asks and ends the connection."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_INTERVAL):
                if cancelled():
                    self.cut()

        thread = threading.Thread(target=watch, name="hub-cancel", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _refused(self, error: urllib.error.HTTPError, what: str, page: str) -> ModelError:
        host = urlsplit(error.url or self.endpoint).hostname
        code = error.headers.get("X-Error-Code", "") if error.headers else ""
        if error.code == 404 or code in ("RepoNotFound", "RevisionNotFound", "EntryNotFound"):
            return ModelError(f"{host} has no {what}: check the name, or it may be private.")
        if error.code in (401, 403):
            if code == "GatedRepo" or self._token:
                return ModelError(
                    f"{host} gives out {what} only to those who have agreed to its terms. Agree to them at "
                    f"{page or self.endpoint} with your account, then put an access token into the variable HF_TOKEN "
                    f"or the file {token_file()}."
                )
            return ModelError(
                f"{host} has no {what}, or gives it out only with an account: put an access token into the variable "
                f"HF_TOKEN or the file {token_file()}."
            )
        if error.code >= 500 or error.code in (408, 425, 429):
            return Unreachable(
                f"{host} has trouble (HTTP {error.code}). Try again later.", _retry_after(error)
            )
        return ModelError(f"{host} refused to give {what} (HTTP {error.code}).")


def token_file() -> Path:
    """Where the hub's own tools keep a person's access token."""
    chosen = os.environ.get("HF_TOKEN_PATH")
    return Path(chosen).expanduser() if chosen else hub_home() / "token"


def hub_token() -> str:
    """The person's access token, or ""."""
    token = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN") or ""
    if not token:
        with contextlib.suppress(OSError, ValueError):
            token = token_file().read_text(encoding="utf-8")
    token = token.strip()
    return token if token.isascii() and token.isprintable() else ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Never from https to http. The token is an "unredirected" header, which urllib leaves out of what comes after; on
    the same host it is wanted again, for a repository that was renamed."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme not in ("https", urlsplit(req.full_url).scheme):
            raise urllib.error.URLError("it sends us on to an unprotected address")
        following = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if following is not None and _origin(newurl) == _origin(req.full_url):
            for name, value in req.unredirected_hdrs.items():
                if name == "Authorization":
                    following.add_unredirected_header(name, value)
        return following


class _Http(urllib.request.HTTPHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._sockets = sockets

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_keeping(http.client.HTTPConnection, self._sockets), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._sockets = sockets

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_keeping(http.client.HTTPSConnection, self._sockets), req)


def _keeping(kind: type[http.client.HTTPConnection], sockets: list[socket.socket]) -> Any:
    """A class of connection that puts its sockets into a list, for urllib keeps no hold on them."""

    class Keeping(kind):  # type: ignore[valid-type, misc]
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    return Keeping


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _retry_after(error: urllib.error.HTTPError) -> float:
    text = error.headers.get("Retry-After", "") if error.headers else ""
    return min(float(text), 120.0) if text.isascii() and text.isdigit() else 0


def _words(reason: object) -> str:
    if isinstance(reason, socket.gaierror):
        return "its name is not found"
    return (isinstance(reason, OSError) and reason.strerror) or str(reason) or type(reason).__name__
