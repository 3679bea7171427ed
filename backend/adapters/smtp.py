"""E-mail through the operator's mail server, by the standard library's smtplib in threads.

TLS is required unless the server is on this machine: by STARTTLS, or from the start (smtps). Each
message says how to switch such messages off. Its `Message-ID` follows from what it is about, so
that the one that is sent twice, because a server died between sending and recording, can be told.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from functools import partial
from typing import Literal

from backend.adapters.blocking import OPERATION_SECONDS, Exchanges
from backend.config.channels import SmtpServer
from backend.domain.credentials import email_problem
from backend.domain.errors import Unavailable
from backend.domain.notices import Outcome

log = logging.getLogger(__name__)

_AWAY = "The mail server cannot be reached right now."
_CODE_SUBJECT = "Your code for Nim"
_FOOTERS = {
    "notice": (
        "You get this message because your notices in Nim come by e-mail. To switch them off, open"
        " your account in the game (from the list of games) and choose another way or none,"
        " or run: nim-tui account change --notices none"
    ),
    "code": (
        "You get this message because somebody gave this address in Nim. If it was not you, ignore"
        " it. Otherwise you can remove the address in the game at any time: open your account from"
        " the list of games, or run: nim-tui account change --email none"
    ),
}


class SmtpSender:
    """Hands messages to one mail server; a `Sender`."""

    def __init__(self, server: SmtpServer, *, purpose: Literal["notice", "code"]) -> None:
        self._server = server
        self._purpose = purpose
        self._exchanges = Exchanges("nim-smtp")

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        """See `Sender.send`: refused if the server refuses this address or message for good."""
        if email_problem(to):
            return "refused"
        work = partial(self._hand_over, self._message(to, text, key), to)
        return await self._exchanges.run(work, late=_AWAY)

    async def close(self) -> None:
        """Nothing is kept open between two messages."""

    def _message(self, to: str, text: str, key: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = to
        notice = self._purpose == "notice"
        message["Subject"] = text.split(". ")[0].rstrip(".") if notice else _CODE_SUBJECT
        message["Date"] = formatdate(localtime=False)
        domain = self._address.rpartition("@")[2]
        digest = hashlib.sha256(f"{key}\0{to}".encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{text}\n\n-- \n{_FOOTERS[self._purpose]}\n")
        return message

    @property
    def _address(self) -> str:
        return parseaddr(self._server.sender)[1]

    def _hand_over(self, message: EmailMessage, to: str) -> Outcome:
        """One message over one connection. Blocking. Raises: Unavailable."""
        try:
            with self._connected() as smtp:
                smtp.send_message(message, self._address, [to])
        except smtplib.SMTPRecipientsRefused as error:
            (code, _), *_ = error.recipients.values()
            return self._refused(code, "the address", error)
        except smtplib.SMTPDataError as error:
            return self._refused(error.smtp_code, "the message", error)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise Unavailable(_AWAY) from error
        return "sent"

    def _refused(self, code: int, what: str, error: smtplib.SMTPException) -> Outcome:
        """A refusal for good is 5xx; all others may pass (RFC 5321, 4.2.1)."""
        if code < 500:
            raise Unavailable(_AWAY) from error
        log.info("a message is not sent: the mail server refuses %s with %d", what, code)
        return "refused"

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.implicit_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host,
                server.port,
                timeout=OPERATION_SECONDS,
                context=ssl.create_default_context(),
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=OPERATION_SECONDS)
        try:
            if not server.implicit_tls and not server.on_loopback:
                # Raises if the server offers none: nothing is sent unencrypted over a network.
                smtp.starttls(context=ssl.create_default_context())
            if server.user is not None:
                smtp.login(server.user, server.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp
