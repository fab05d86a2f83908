"""The sandbox as one web application: which address belongs to which actor."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sandbox import bank_soap
from sandbox.state import World


async def home(request: Request) -> PlainTextResponse:
    """What this is."""
    return PlainTextResponse("Obolos sandbox")


def make_app(world: World) -> Starlette:
    """The application around one world."""
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/piraeus/services/tickets/issuer.asmx", bank_soap.issue_ticket, methods=["POST"]),
            Route("/piraeus/services/paymentgateway.asmx", bank_soap.process, methods=["POST"]),
        ]
    )
    app.state.world = world
    return app
