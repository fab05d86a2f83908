"""The one way out: hard ends in time and size, no redirects, kept connections, none inherited by a fork."""

import os
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from obolos.adapters.outbound import MAX_ANSWER_BYTES, Unreachable, call
from tests.adapters.stub_http import Stub, http


def ask(stub: Stub, *, seconds: float = 2.0, body: bytes = b"x") -> bytes:
    return call("POST", f"{stub.base_url}/there?a=b", headers={"X-One": "1"}, body=body, total_seconds=seconds).body


def test_sends_and_returns(stub: Stub) -> None:
    stub.answer = lambda seen: http(418, seen.body[::-1], "text/plain")
    reply = call("POST", f"{stub.base_url}/p?q=1", headers={"X-One": "1"}, body=b"abc", total_seconds=2)
    assert (reply.status, reply.body, reply.headers["content-type"]) == (418, b"cba", "text/plain")
    seen = stub.seen[0]
    assert (seen.method, seen.path, seen.headers["x-one"]) == ("POST", "/p?q=1", "1")
    assert seen.headers["host"] == urlsplit(stub.base_url).netloc
    assert "cookie" not in seen.headers


def test_connections_are_kept(stub: Stub) -> None:
    for _ in range(20):
        ask(stub)
    assert (len(stub.seen), stub.connections) == (20, 1)


def test_a_connection_the_server_closed_meanwhile_is_not_used(stub: Stub) -> None:
    stub.answer = lambda _: http(200, b"", more="")
    ask(stub)
    stub.drip = lambda connection, answer: connection.sendall(answer)  # answers once more, then closes
    ask(stub)
    time.sleep(0.05)
    stub.drip = None
    ask(stub)
    assert len(stub.seen) == 3


def test_redirects_are_not_followed(stub: Stub) -> None:
    stub.answer = lambda _: http(302, b"", more="Location: /elsewhere\r\n")
    assert call("GET", stub.base_url, headers={}, total_seconds=2).status == 302
    assert len(stub.seen) == 1


@pytest.mark.parametrize("where", ["head", "body"])
def test_drops_of_bytes_buy_no_time(stub: Stub, where: str) -> None:
    answer = http(200, b"a" * 1000)
    head = answer.index(b"\r\n\r\n") + 4

    def drip(connection: socket.socket, answer: bytes) -> None:
        start = 0 if where == "head" else head
        connection.sendall(answer[:start])
        for byte in answer[start:]:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    stub.answer, stub.drip = lambda _: answer, drip
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"no answer in 0\.4 s"):
        ask(stub, seconds=0.4)
    assert 0.3 < time.monotonic() - began < 0.8


def test_silence_after_a_part_of_the_answer_ends_in_time(stub: Stub) -> None:
    def drip(connection: socket.socket, answer: bytes) -> None:
        time.sleep(0.3)
        connection.sendall(answer[:20])
        time.sleep(1)

    stub.drip = drip
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"no answer in 0\.4 s"):
        ask(stub, seconds=0.4)
    assert time.monotonic() - began < 0.6


def test_an_answer_announced_as_too_long_is_not_waited_for(stub: Stub) -> None:
    def announce(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
        time.sleep(1)

    stub.drip = announce
    began = time.monotonic()
    with pytest.raises(Unreachable, match="longer than"):
        ask(stub)
    assert time.monotonic() - began < 0.5


def test_silence_ends_in_time(stub: Stub) -> None:
    stub.drip = lambda *_: time.sleep(1.5)
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"no answer in 0\.3 s"):
        ask(stub, seconds=0.3)
    assert time.monotonic() - began < 0.7


def test_a_late_answer_never_reaches_the_next_call(stub: Stub) -> None:
    first = threading.Event()

    def answer(seen: object) -> bytes:
        if not first.is_set():
            first.set()
            time.sleep(0.5)
            return http(200, b"late answer to the first")
        return http(200, b"second")

    stub.answer = answer
    with pytest.raises(Unreachable):
        ask(stub, seconds=0.2)
    time.sleep(0.5)
    assert ask(stub) == b"second"


@pytest.mark.parametrize("told", [True, False])
def test_long_answers_are_refused(stub: Stub, told: bool) -> None:
    body = b"a" * (MAX_ANSWER_BYTES + 1)
    untold = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    stub.answer = lambda _: http(200, body) if told else untold
    with pytest.raises(Unreachable, match="longer than"):
        ask(stub)
    stub.answer = lambda _: http(200, body[:-1])
    assert len(ask(stub)) == MAX_ANSWER_BYTES


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_broken_answers(stub: Stub, answer: bytes) -> None:
    stub.answer, stub.drip = lambda _: answer, lambda connection, answer: connection.sendall(answer)
    with pytest.raises(Unreachable):
        ask(stub)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="ConnectError"):
        call("GET", f"http://127.0.0.1:{port}/", headers={}, total_seconds=1)


@pytest.mark.parametrize("url", ["http://bank.example/", "http://127.0.0.1.example/", "http://localhost@bank.example/"])
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    with pytest.raises(Unreachable, match="this machine only"):
        call("GET", url, headers={}, total_seconds=1)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "nonsense", "https://", "http://127.0.0.1:99999/"])
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(Unreachable):
        call("GET", url, headers={}, total_seconds=1)


def test_header_injection_is_refused(stub: Stub) -> None:
    with pytest.raises(Unreachable):
        call("GET", stub.base_url, headers={"X": "a\r\nY: b"}, total_seconds=1)
    assert stub.seen == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_uses_connections_of_its_own(stub: Stub) -> None:
    stub.answer = lambda seen: http(200, seen.body)
    assert ask(stub, body=b"parent") == b"parent"
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if ask(stub, body=b"child") == b"child" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ask(stub, body=b"parent again") == b"parent again"
    assert stub.connections == 2


def test_threads_get_their_own_answers(stub: Stub) -> None:
    stub.answer = lambda seen: http(200, seen.body)
    wrong: list[bytes] = []

    def work(number: int) -> None:
        for turn in range(25):
            sent = b"%d/%d" % (number, turn)
            if ask(stub, body=sent) != sent:
                wrong.append(sent)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(stub.seen) == 200
    assert stub.connections <= 8
