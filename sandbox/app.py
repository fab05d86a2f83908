"""The sandbox as one web application: which address belongs to which actor."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox import bank_pages, bank_soap, control
from sandbox.pages import FOLDER
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
            Route("/piraeus/redirection/pay.aspx", bank_pages.pay_page, methods=["POST"]),
            Route("/piraeus/redirection/outcome", bank_pages.outcome, methods=["POST"]),
            Route("/control/bank/pay", control.bank_pay, methods=["GET", "POST"]),
            Route("/control/faults", control.faults, methods=["GET", "POST", "DELETE"]),
            Route("/control/reset", control.reset, methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ]
    )
    app.state.world = world
    return app
