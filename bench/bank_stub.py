"""A bank that answers tickets at once: `python -m bench.bank_stub PORT`. Only the measurement of the lifecycle uses it.

Gives every merchant the same ticket and remembers each merchant's last reference, so that a measuring client, which
has a municipality of its own, can sign the return for it.
"""

import asyncio
import re
import sys

TICKET = "4236ece6142b4639925eb6f80217122f"
_ANSWER = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body><IssueNewTicketResponse xmlns="http://piraeusbank.gr/paycenter/redirection"><IssueNewTicketResult>'
    "<ResultCode>0</ResultCode><ResultDescription>No Error</ResultDescription>"
    f"<TranTicket>{TICKET}</TranTicket><Timestamp>2026-11-22T12:00:00</Timestamp>"
    "<MinutesToExpiration>30</MinutesToExpiration></IssueNewTicketResult></IssueNewTicketResponse></soap:Body>"
    "</soap:Envelope>"
).encode()
_MERCHANT = re.compile(rb"MerchantId>(\d+)<")
_REFERENCE = re.compile(rb"MerchantReference>([^<]+)<")
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_last: dict[bytes, bytes] = {}


def _reply(body: bytes, kind: bytes = b"text/xml; charset=utf-8") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length.group(1))) if length else b""
            if head.startswith(b"GET /last/"):
                asked = head.split(b" ", 2)[1].removeprefix(b"/last/")
                writer.write(_reply(_last.get(asked, b""), b"text/plain"))
            else:
                merchant, reference = _MERCHANT.search(body), _REFERENCE.search(body)
                if merchant and reference:
                    _last[merchant.group(1)] = reference.group(1)
                writer.write(_reply(_ANSWER))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(_serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
