"""The sandbox as one web application: which address belongs to which actor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox import bank_pages, bank_soap, control, dias, erp, erp_debts, erp_page, idp, post_office
from sandbox.guard import Guard
from sandbox.pages import FOLDER, page
from sandbox.state import World

#: More than any of the protocols here ever sends; mail has its own limit.
MOST_BYTES = 1_000_000


async def home(request: Request) -> Response:
    """What there is, and buttons that make something go wrong."""
    world: World = request.app.state.world
    counts = {
        "mail": len(world.letters),
        "sms": len(world.messages),
        "rf": len(world.rf_payments),
        "bank": len(world.charges),
        "erp": len(world.booked),
    }
    return page(
        "home.html",
        portal=world.settings.portal,
        smtp_port=world.settings.smtp_port,
        counts=counts,
        due=world.faults,
        faults=control.all_faults(),
    )


async def fault_button(request: Request) -> Response:
    """A button of the home page."""
    world: World = request.app.state.world
    form = await request.form()
    actor, _, fault = str(form.get("fault", "")).partition(":")
    if actor == "none":
        world.faults.clear()
    else:
        try:
            control.add_fault(world, {"actor": actor, "fault": fault})
        except control.BadOrder as error:
            return JSONResponse({"error": str(error)}, status_code=400)
    return RedirectResponse("/", status_code=303)


async def reset_button(request: Request) -> Response:
    """The home page's button that forgets everything."""
    world: World = request.app.state.world
    world.forget()
    return RedirectResponse("/", status_code=303)


async def contents(request: Request) -> Response:
    """`GET /control`: what the control API can do."""
    return JSONResponse({f"/control/{name}": words for name, words in _CONTROL.items()})


_CONTROL = {
    "bank/pay": "POST {reference|ticket, outcome, signed}: play the payer at the bank; GET: outcomes and tickets",
    "faults": "POST {actor, fault, times, match, seconds}, DELETE ?actor=, GET: due and possible misbehaviour",
    "mail": "GET ?to=: caught e-mail",
    "sms": "GET ?to=: caught SMS",
    "erp/payments": "GET ?code=: what the financial systems booked",
    "erp/debts": "POST {code, rows} or {code, ext_id, afm, principal, …}: tell a system a debt; GET ?code=: what they know",
    "erp/holds": "GET: what the systems keep free for orders",
    "dias/pay": "POST {rf, amount, paid_at, by: online|file, rid, force}: pay an RF code; GET: payments",
    "dias/day-file": "POST {org}: write the day files into the inbox; GET: what waits for one",
    "reset": "POST: forget everything",
}


def make_app(world: World) -> Starlette:
    """The application around one world. While it runs, its mailbox listens too."""

    @asynccontextmanager
    async def mailbox(_app: Starlette) -> AsyncIterator[None]:
        server = await post_office.listen(world)
        yield
        server.close()

    app = Starlette(routes=_routes(), lifespan=mailbox, middleware=[Middleware(Guard)], max_body_size=MOST_BYTES)
    app.state.world = world
    return app


def _routes() -> list[Route | Mount]:
    gsis = "/gsis/{flavour:str}"
    letter = "/mail/{number:int}"
    return [
        Route("/", home),
        Route("/faults", fault_button, methods=["POST"]),
        Route("/reset", reset_button, methods=["POST"]),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
        Route("/piraeus/services/tickets/issuer.asmx", bank_soap.issue_ticket, methods=["POST"]),
        Route("/piraeus/services/paymentgateway.asmx", bank_soap.process, methods=["POST"]),
        Route("/piraeus/redirection/pay.aspx", bank_pages.pay_page, methods=["POST"]),
        Route("/piraeus/redirection/outcome", bank_pages.outcome, methods=["POST"]),
        Route("/dias/", dias.dias_page, methods=["GET", "POST"]),
        Route(f"{gsis}/oauth/authorize", idp.authorize, methods=["GET", "POST"]),
        Route(f"{gsis}/oauth/token", idp.token, methods=["POST"]),
        Route(f"{gsis}/userinfo", idp.userinfo),
        Route(f"{gsis}/logout/{{client_id}}/", idp.logout),
        Route("/erp/{code}/payments", erp.payments, methods=["POST"]),
        Route("/erp/{code}/reversals", erp.reversals, methods=["POST"]),
        Route("/erp/{code}/debts", erp_debts.debts),
        Route("/erp/{code}/changes", erp_debts.changes),
        Route("/erp/{code}/holds", erp_debts.holds, methods=["POST"]),
        Route("/erp/{code}/holds/{number}", erp_debts.release, methods=["DELETE"]),
        Route("/erp/", erp_page.erp_page, methods=["GET", "POST"]),
        Route("/sms/send", post_office.send_sms, methods=["POST"]),
        Route("/sms/", post_office.sms_page),
        Route("/mail/", post_office.mail_page),
        Route(f"{letter}/", post_office.letter_page),
        Route(f"{letter}/html/", post_office.letter_html),
        Route(f"{letter}/{{place:int}}/", post_office.attachment),
        Route("/control", contents),
        Route("/control/", contents),
        Route("/control/bank/pay", control.bank_pay, methods=["GET", "POST"]),
        Route("/control/faults", control.faults, methods=["GET", "POST", "DELETE"]),
        Route("/control/mail", post_office.control_mail),
        Route("/control/sms", post_office.control_sms),
        Route("/control/erp/payments", erp.control_payments),
        Route("/control/erp/debts", erp_debts.control_debts, methods=["GET", "POST", "DELETE"]),
        Route("/control/erp/holds", erp_debts.control_holds),
        Route("/control/dias/pay", dias.control_pay, methods=["GET", "POST"]),
        Route("/control/dias/day-file", dias.control_day_file, methods=["GET", "POST"]),
        Route("/control/reset", control.reset, methods=["GET", "POST"]),
    ]
