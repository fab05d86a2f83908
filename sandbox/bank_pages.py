"""The bank's page: pay.aspx, where the payer pays (or does something else), and the page that carries them back."""

import contextlib

import httpx
from starlette.requests import Request
from starlette.responses import Response

from sandbox import bank_outcomes
from sandbox.bank_outcomes import OUTCOMES, Post
from sandbox.pages import page
from sandbox.state import Charge, World


async def pay_page(request: Request) -> Response:
    """The card page for a reference with a ticket. It takes no ticket and no amount from the browser."""
    world: World = request.app.state.world
    form = await request.form()
    given = {name: str(value) for name, value in form.items()}
    found = [
        one
        for one in world.charges
        if (one.reference, one.merchant_id) == (given.get("MerchantReference"), given.get("MerchantId"))
        and (one.pos_id, one.user, "14") == (given.get("PosId"), given.get("User"), given.get("AcquirerId"))
    ]
    if not found:
        return page("bank_unknown.html", status=400, portal=world.settings.portal)
    charge = found[-1]
    charge.language = given.get("LanguageCode") or "el-GR"
    charge.back_link = given.get("ParamBackLink", "")
    return _show(charge)


async def outcome(request: Request) -> Response:
    """A button of the card page was pressed."""
    world: World = request.app.state.world
    form = await request.form()
    key, name = str(form.get("page_key", "")), str(form.get("outcome", ""))
    charge = next((one for one in world.charges if one.page_key == key), None)
    if charge is None or name not in OUTCOMES:
        return page("bank_unknown.html", status=400, portal=world.settings.portal)
    happened, posts = bank_outcomes.happen(world, charge, name)
    for early in posts[:-1]:
        await deliver(early)
    english = _english(charge)
    if not posts:
        paid = charge.state == "PAID"
        return page("bank_closed.html", charge=charge, paid=paid, portal=world.settings.portal, english=english)
    return page("bank_return.html", post=posts[-1], charge=charge, happened=happened, english=english)


async def deliver(post: Post) -> int:
    """Play the browser for one post; the portal's status, 0 when it does not answer."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        with contextlib.suppress(httpx.HTTPError):
            fields = {"params": post.fields} if post.method == "GET" else {"data": post.fields}
            return (await client.request(post.method, post.url, **fields)).status_code  # type: ignore[arg-type]
    return 0


def _english(charge: Charge) -> bool:
    return not charge.language.startswith("el")


def _show(charge: Charge) -> Response:
    english = _english(charge)
    others = [(name, words[english]) for name, (words, _) in OUTCOMES.items() if name not in ("approve", "cancel")]
    return page("bank_pay.html", charge=charge, english=english, others=others)
