"""Whether the mail server would take mail from us now. Sends nothing."""

import smtplib

from django.core.mail import get_connection


def mail_refusal() -> str:
    """Empty when the server greets us (and accepts our sign-in, where one is set), else why not, in a few words."""
    connection = get_connection()
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as error:
        return f"{type(error).__name__}: {error}"[:120]
    connection.close()
    return ""
