"""Who may knock at all: only this machine by its own names, and no foreign page at the control API.

The sandbox listens on loopback, but a browser on the same machine carries requests of any page it has open. A page from
elsewhere that has its name resolve to 127.0.0.1 is told apart by `Host`, one that presses our buttons by
`Sec-Fetch-Site`. The bank, the identity provider and the post office are meant to be reached from the portal's pages.
"""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost")
OWN_PAGES_ONLY = ("/control", "/faults", "/reset")


class Guard:
    """ASGI middleware: 400 for a foreign host name, 403 for another site's page at what drives the sandbox."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through or refuse one request."""
        if scope["type"] == "http":
            refusal = _refusal(scope["path"], Headers(scope=scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _refusal(path: str, headers: Headers) -> JSONResponse | None:
    if headers.get("host", "").partition(":")[0].lower() not in NAMES:
        return JSONResponse({"error": "the sandbox answers to 127.0.0.1 and localhost only"}, status_code=400)
    foreign = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    if foreign and path.startswith(OWN_PAGES_ONLY):
        return JSONResponse({"error": "only from the sandbox's own page"}, status_code=403)
    return None
