"""`python -m sandbox`: everything on loopback, until SIGTERM or Ctrl-C."""

import asyncio
import os
import signal

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from sandbox.app import make_app
from sandbox.settings import from_environment
from sandbox.state import World


async def serve() -> None:
    """Web and mail in one event loop, so that they share one memory."""
    settings = from_environment()
    world = World(settings)
    server = Server(
        make_app(world),
        address="127.0.0.1",
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.error,
    )
    running = asyncio.create_task(server.serve())
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
        raise SystemExit("the web server ended by itself")
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait({running}, timeout=0.3)
    # The server's threads outlive the loop and do not bear its end; nothing here is worth an orderly one.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(serve())
