"""Every view says who may call it. The architecture tests refuse a URL whose view says nothing.

Rules: "public", "citizen" (signed in by TAXISnet), "order-holder" (knows an unguessable id), "code-holder" (knows
a debt's code, or holds a sealed grant), "callback" (signed or
authenticated by its own protocol), "staff" or "staff:ROLE,ROLE" (signed in with a second factor).
The decorator only declares; the interface's own decorators enforce.
"""

from collections.abc import Callable
from typing import Any, TypeVar

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


def access(rule: str) -> Callable[[ViewT], ViewT]:
    """Declare a view's access rule; outermost decorator."""

    def declare(view: ViewT) -> ViewT:
        view.access_rule = rule  # type: ignore[attr-defined]
        return view

    return declare
