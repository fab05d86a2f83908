"""A financial system that knows nothing and can be slow: `python -m bench.erp_stub PORT`.

`GET /delay/<seconds>` sets how long every later answer takes. Only the measurement of slow systems uses it.
"""

import asyncio
import re
import sys

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_delay = [0.0]
_asked = [0]


def _reply(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if length:
                await reader.readexactly(int(length.group(1)))
            path = head.split(b" ", 2)[1]
            if path.startswith(b"/delay/"):
                _delay[0] = float(path.removeprefix(b"/delay/"))
                writer.write(_reply(b"%d" % _asked[0]))
            else:
                _asked[0] += 1
                await asyncio.sleep(_delay[0])
                writer.write(_reply(b'{"id": "h", "as_of": "2026-01-01T00:00:00Z", "cursor": "0", "debts": []}'))
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
