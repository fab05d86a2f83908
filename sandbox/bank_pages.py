"""The bank's page: pay.aspx, where the payer pays (or does something else), and the page that carries them back."""

import contextlib
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import Response

from sandbox import bank, bank_outcomes
from sandbox.bank_outcomes import OUTCOMES, Post
from sandbox.pages import page
from sandbox.state import Charge, World

#: The merchant's name as the bank has it on record (Greek, English); others go by their number.
MERCHANTS = {
    "9083": ("Δήμος Ζίτσας", "Municipality of Zitsa"),
    "9084": ("Δήμος Ιωαννιτών", "Municipality of Ioannina"),
    "9086": ("Δήμος Μετσόβου", "Municipality of Metsovo"),
}


async def pay_page(request: Request) -> Response:
    """The card page for a reference with a ticket. It takes no ticket and no amount from the browser."""
    world: World = request.app.state.world
    form = await request.form()
    given = {name: str(value) for name, value in form.items()}
    referrer = _referrer(world, request)
    found = [
        one
        for one in bank.charges_of(world, given.get("MerchantReference", ""), given.get("MerchantId", "?"))
        if (one.pos_id, one.user, "14") == (given.get("PosId"), given.get("User"), given.get("AcquirerId"))
    ]
    if not found or referrer == "foreign":
        return page("bank_unknown.html", status=400, portal=world.settings.portal, foreign=referrer == "foreign")
    charge = found[-1]
    charge.referrer = referrer
    charge.language = given.get("LanguageCode") or "el-GR"
    charge.back_link = given.get("ParamBackLink", "")
    return _show(world, charge)


def _referrer(world: World, request: Request) -> str:
    """Whether the page that sent the payer is the one on record: registered, foreign or missing.

    The real bank has each merchant's referrer on record; what it does without one is not published.
    """
    told, own = urlsplit(request.headers.get("Referer", "")), urlsplit(world.settings.portal)
    if not told.netloc:
        return "missing"
    return "registered" if (told.scheme, told.netloc) == (own.scheme, own.netloc) else "foreign"


async def outcome(request: Request) -> Response:
    """A button of the card page was pressed."""
    world: World = request.app.state.world
    form = await request.form()
    key, name = str(form.get("page_key", "")), str(form.get("outcome", ""))
    charge = world.charges_by_page.get(key)
    if charge is None or name not in OUTCOMES:
        return page("bank_unknown.html", status=400, portal=world.settings.portal, foreign=False)
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


def _show(world: World, charge: Charge) -> Response:
    english = _english(charge)
    others = [
        (name, words[english], words[not english])
        for name, (words, _) in OUTCOMES.items()
        if name not in ("approve", "cancel")
    ]
    code = charge.merchant_id[2:]
    merchant = MERCHANTS.get(code, (f"Δήμος {code}", f"Municipality {code}"))[english]
    due = [one.fault for one in world.faults if one.fault in OUTCOMES and one.match in charge.reference]
    return page("bank_pay.html", charge=charge, english=english, others=others, merchant=merchant, due=due)
