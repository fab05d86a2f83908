"""A sandbox of these tests' own, and a portal in front of it that only remembers what it was sent."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from launch import children
from launch.environment import Addresses
from launch.stack import Stack
from tests.sandbox.outside import SILENCE_SECONDS, Outside, Portal


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """The stand-in for the product."""
    kept = Portal()

    class Callbacks(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            path = urlsplit(self.path).path
            if "dias" not in path:
                kept.heard.append({"path": path, "fields": dict(parse_qsl(body, keep_blank_values=True))})
                self.send_response(204)
                self.end_headers()
                return
            told = json.loads(body)
            user = base64.b64decode(self.headers["Authorization"].split()[1]).decode()
            kept.heard.append({"path": path, "user": user, "told": told, "raw": body})
            status = {"status": "REJECTED" if kept.says else "ACCEPTED", "rejectionCode": kept.says}
            rids = [{"RID": one["RID"]} | status for one in told["IncomingPayments"]]
            answer = json.dumps({"env": "TEST", "msgType": "DPG_ONResponse", "incomingPaymentsStatus": rids}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Callbacks)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def _outside(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("sandbox")
    addresses = Addresses(portal_port=portal.port, sandbox_port=children.free_port())
    variables = {
        "OBOLOS_PORTAL_URL": f"http://127.0.0.1:{portal.port}",
        "OBOLOS_SANDBOX_URL": addresses.sandbox,
        "OBOLOS_VAR": str(folder),
        "OBOLOS_DIAS_INBOX": str(folder / "inbox"),
        "SANDBOX_SILENCE_SECONDS": str(SILENCE_SECONDS),
        "SANDBOX_PENDING_SECONDS": "0.5",
    }
    stack = _Quick(addresses, variables, folder)
    stack.start_sandbox()
    try:
        children.wait_for(f"{addresses.sandbox}/", stack.running, 20)
        yield Outside(addresses.sandbox, folder, portal)
    finally:
        stack.stop()


class _Quick(Stack):
    """The launcher's way of starting, with shorter silences."""

    def _start(self, name: str, command: list[str], variables: dict[str, str]) -> None:
        quick = {key: text for key, text in self.variables.items() if key.startswith("SANDBOX_")}
        super()._start(name, command, variables | quick)


@pytest.fixture
def outside(_outside: Outside) -> Outside:
    """The sandbox as if just started."""
    _outside.post("reset")
    _outside.portal.heard.clear()
    _outside.portal.says = ""
    return _outside
