"""One way out: an HTTP call with a hard end in time and in size, over connections that stay open.

Every adapter that asks the outside something goes through `call`. It follows no redirect, keeps no cookies, takes no
proxy from the environment, refuses plain http to any other machine, and never waits longer than it was told, however
slowly the other side drips its answer. It judges nothing: status and bytes are handed back as they came.

httpx's own engine (httpcore) is used directly: the call that opens a card payment is on the payer's path, and the
bare engine costs about half the processor time of the full client.
"""

import os
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

MAX_ANSWER_BYTES = 256 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_IDLE_SECONDS = 15.0
_MAX_CONNECTIONS = 32


class Unreachable(Exception):
    """No usable answer: refused, timed out, broke off, too large. Whether the other side acted is not known."""


@dataclass(frozen=True)
class Reply:
    """An answer as it came: status, headers in lower case, body within the size limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    total_seconds: float,
    connect_seconds: float | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Reply:
    """Send one request and read the whole answer within `total_seconds`. Raises Unreachable, nothing else.

    Never repeated by itself: whether a second try is safe is for the caller to know. Only the wait inside the system's
    name resolver is not bounded by `total_seconds`.
    """
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise Unreachable("plain http is allowed on this machine only")
    lines = [("Host", parts.netloc.rpartition("@")[2]), ("Accept-Encoding", "identity"), *headers.items()]
    if body or method != "GET":
        lines.append(("Content-Length", str(len(body))))
    _clock.deadline = time.monotonic() + total_seconds
    waits = {"connect": min(connect_seconds or total_seconds, total_seconds), "read": total_seconds}
    waits |= {"write": total_seconds, "pool": min(1.0, total_seconds)}
    try:
        with _connections.pool.stream(
            method, url, headers=lines, content=body or None, extensions={"timeout": waits}
        ) as answer:
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Reply(answer.status, found, _read_all(answer.iter_stream(), found, max_bytes))
    except Unreachable:
        raise
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise Unreachable(f"no answer in {total_seconds:g} s ({type(error).__name__})") from error
    except Exception as error:  # the engine's own errors, those of TLS, of a malformed address or answer
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def _read_all(stream: Iterable[bytes], headers: Mapping[str, str], max_bytes: int) -> bytes:
    if headers.get("content-encoding", "identity") != "identity":
        raise Unreachable("a packed answer was not asked for")
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > max_bytes:
        raise Unreachable(f"the answer is longer than {max_bytes} bytes")
    chunks: list[bytes] = []
    size = 0
    for chunk in stream:
        size += len(chunk)
        if size > max_bytes:
            raise Unreachable(f"the answer is longer than {max_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


class _Clock(threading.local):
    """When the call that this thread is in must be over (monotonic seconds)."""

    deadline = 0.0

    def left(self, wait: float | None) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("out of time")
        return left if wait is None else min(wait, left)


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait is cut to what is left of the whole call, so drops of bytes buy no time."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _clock.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, _clock.left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _TimedBackend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(host, port, _clock.left(timeout), local_address, socket_options)
        return _TimedStream(stream)


class _Connections:
    """The connections of this process. A forked child must not use its parent's: answers would be mixed up."""

    def __init__(self) -> None:
        # Reading the certificate authorities takes longer than many calls: once per process.
        self._tls = httpcore.default_ssl_context()
        self.start_anew()

    def start_anew(self) -> None:
        self.pool = httpcore.ConnectionPool(
            ssl_context=self._tls,
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_TimedBackend(),
        )


_clock = _Clock()
_connections = _Connections()
os.register_at_fork(after_in_child=_connections.start_anew)
