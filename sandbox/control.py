"""The control API: scripts and tests make the outside act, misbehave and show what it caught. JSON in and out."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import bank, bank_outcomes
from sandbox.bank_outcomes import OUTCOMES
from sandbox.state import FAULTS, Fault, World

Answer = Callable[[Request], Awaitable[Response]]


class BadOrder(Exception):
    """What was asked for cannot be done; `status` says how HTTP calls that."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


def json_control(answer: Answer) -> Answer:
    """Answer BadOrder with its reason as JSON."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except BadOrder as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)

    return guarded


async def order_of(request: Request) -> dict[str, Any]:
    """The JSON object sent."""
    try:
        found = await request.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadOrder("send a JSON object")
    return found


@json_control
async def bank_pay(request: Request) -> Response:
    """Do what the payer's browser would do at the bank; answer what it carries back."""
    world: World = request.app.state.world
    if request.method == "GET":
        return JSONResponse({
            "post": {"reference": "or ticket", "outcome": list(OUTCOMES), "signed": "true: a refusal has its HashKey"},
            "answers": "the post-back {url, method, fields}; a list when it returns twice; null when it never does",
            "charges": [
                {
                    "reference": one.reference, "merchant": one.merchant_id, "amount_cents": one.cents,
                    "state": one.state, "referrer": one.referrer,
                }
                for one in world.charges
            ],
        })  # fmt: skip
    asked = await order_of(request)
    if asked.get("ticket"):
        found = [one for one in world.charges if one.ticket == asked["ticket"]]
    else:
        found = bank.charges_of(world, str(asked.get("reference", "")))
    if not found:
        raise BadOrder("no ticket was issued for this reference", 404)
    charge = found[-1]
    charge.back_link = charge.back_link or f"MerchantReference={charge.reference}"
    try:
        _, posts = bank_outcomes.happen(
            world, charge, bank_outcomes.name_of(asked.get("outcome")), signed=asked.get("signed") is True
        )
    except KeyError:
        raise BadOrder(f"outcome is one of {', '.join(OUTCOMES)}") from None
    bank.settle(world, charge)
    told = [post.as_json() for post in posts]
    return JSONResponse(told if len(told) > 1 else told[0] if told else None)


def all_faults() -> dict[str, dict[str, str]]:
    """Every fault of every actor with a description; the bank's outcomes are faults of the next payment too."""
    outcomes = {name: f"the next payment: {words[1]}" for name, (words, _) in OUTCOMES.items() if name != "approve"}
    return FAULTS | {"bank": FAULTS["bank"] | {k: v for k, v in outcomes.items() if k != "cancel"}}


@json_control
async def faults(request: Request) -> Response:
    """Set, show and take back misbehaviour."""
    world: World = request.app.state.world
    if request.method == "DELETE":
        actor = request.query_params.get("actor", "")
        world.faults[:] = [one for one in world.faults if actor and one.actor != actor]
    if request.method == "POST":
        add_fault(world, await order_of(request))
    due = [vars(one) for one in world.faults]
    return JSONResponse({"due": due, "possible": all_faults()})


def add_fault(world: World, asked: dict[str, Any]) -> None:
    """Let an actor misbehave. Raises BadOrder."""
    actor, fault = str(asked.get("actor", "")), str(asked.get("fault", ""))
    if actor == "bank":
        fault = bank_outcomes.ALIASES.get(fault, fault)
    possible = all_faults()
    if actor not in possible:
        raise BadOrder(f"actor is one of {', '.join(possible)}")
    if fault not in possible[actor]:
        raise BadOrder(f"fault of {actor} is one of {', '.join(possible[actor])}")
    times = asked.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= 1_000_000:
        raise BadOrder("times is a number from 1")
    seconds = asked.get("seconds", 3)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 60:
        raise BadOrder("seconds is a number up to 60")
    world.faults.append(Fault(actor, fault, times, str(asked.get("match", "")), float(seconds)))


@json_control
async def reset(request: Request) -> Response:
    """Forget everything."""
    world: World = request.app.state.world
    if request.method == "POST":
        world.forget()
    return JSONResponse({"post": "forgets everything the sandbox has caught, issued and planned"})
