"""Who asked for an order: its form token says so.

A form's token is letters and digits. The token of an order that we make ourselves, for a notice, a reminder or a slip,
says what it is for and holds a colon; what its code is about nobody has begun to pay.
"""

#: The condition of a statement over `payment_order o`: a payer asked for it himself.
ASKED_BY_PAYER = "strpos(o.form_token, ':') = 0"


def is_ours(form_token: str) -> bool:
    """Whether we made the order of this token ourselves."""
    return ":" in form_token
