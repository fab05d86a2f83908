"""A tiny HTTP server in this process, for answers that no well-behaved simulator gives: slow drips, breaks, floods."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Stub:
    """`base_url` to call; `answer` says what to do with a connection's next request; `seen` holds all requests."""

    base_url: str
    answer: Callable[[Seen], bytes] = lambda _: http(200, b"")
    drip: Callable[[socket.socket, bytes], None] | None = None
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0


def http(status: int, body: bytes, kind: str = "text/xml; charset=utf-8", more: str = "") -> bytes:
    """A complete HTTP/1.1 answer that leaves the connection open."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


@contextmanager
def stub_server(port: int = 0) -> Iterator[Stub]:
    """Serve on a loopback port (0 = any free one) until the end of the block."""
    listener = socket.create_server(("127.0.0.1", port))
    stub = Stub(f"http://127.0.0.1:{listener.getsockname()[1]}")
    open_sockets: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            stub.connections += 1
            open_sockets.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                while seen := _read_request(stream):
                    stub.seen.append(seen)
                    answer = stub.answer(seen)
                    if stub.drip:
                        stub.drip(connection, answer)
                        return
                    connection.sendall(answer)
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in open_sockets:
            connection.close()


def _read_request(stream: object) -> Seen | None:
    readline, read = stream.readline, stream.read  # type: ignore[attr-defined]
    first = readline().decode()
    if not first:
        return None
    method, path, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    while line := readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Seen(method, path, headers, read(int(headers.get("content-length", "0"))))
