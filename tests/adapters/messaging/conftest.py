"""A mail server and an SMS gateway of the tests' own, on this machine."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller


class MailServer:
    """Keeps what it accepts; answers RCPT or DATA with `refuse_rcpt` / `refuse_data` when set."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.letters: list[tuple[str, list[str], bytes]] = []
        self.refuse_rcpt = self.refuse_data = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 — the library's name
        if self.refuse_rcpt:
            return self.refuse_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 — the library's name
        if self.refuse_data:
            return self.refuse_data
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        keeper = MailServer(free.getsockname()[1])
    controller = Controller(keeper, hostname="127.0.0.1", port=keeper.port)
    controller.start()
    yield keeper
    controller.stop()


class Gateway:
    """Keeps the requests it gets; answers `status`."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], dict[str, str]]] = []
        self.status = 202
        self.url = ""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    keeper = Gateway()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            keeper.requests.append((dict(self.headers), json.loads(body)))
            self.send_response(keeper.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    keeper.url = f"http://127.0.0.1:{server.server_port}/sms/send"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield keeper
    server.shutdown()
    server.server_close()
    thread.join()
