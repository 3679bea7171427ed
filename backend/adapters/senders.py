"""The channels that the settings switch on, for notices and for codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.config.settings import BackendSettings
from backend.domain.notices import SmsLimits
from backend.domain.people import Channel
from backend.service.account_ports import Notes
from backend.service.capped_sender import CappedSender
from backend.service.codes import Codes
from backend.service.confirmations import Confirmations
from backend.service.ports import DailyCounter, Sender
from backend.service.watch import Watch

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws


@dataclass(frozen=True, slots=True)
class Senders:
    """What sends notices, and what sends codes: their caps are separate."""

    notices: Mapping[Channel, Sender] = field(default_factory=dict)
    codes: Mapping[Channel, Sender] = field(default_factory=dict)


def senders_of(
    settings: BackendSettings,
    sms: SmsLimits | None,
    counter: DailyCounter,
    aws: Callable[[], Aws],
) -> Senders:
    """The channels of these settings.

    Args:
        sms: who may be texted; None texts nobody.
        counter: counts what goes to one address on one day.
        aws: the way to SNS, if it is needed.
    """
    notices: dict[Channel, Sender] = {}
    codes: dict[Channel, Sender] = {}
    if sms is not None and sms.prefixes:
        from backend.adapters.sns import SnsSender

        notices["sms"] = SnsSender(aws(), counter, sms)
        codes["sms"] = SnsSender(aws(), counter, sms, purpose="sms#code")
    if settings.smtp is not None:
        from backend.adapters.smtp import SmtpSender

        mail = SmtpSender(settings.smtp, purpose="notice")
        notices["email"] = CappedSender("email", mail, counter)
        codes["email"] = SmtpSender(settings.smtp, purpose="code")
    if settings.ntfy is not None:
        from backend.adapters.ntfy import NtfySender

        notices["ntfy"] = CappedSender("ntfy", NtfySender(settings.ntfy), counter)
    return Senders(notices, codes)


def senders_on_file(
    settings: BackendSettings, counter: DailyCounter, sender: Sender | None, watch: Watch
) -> tuple[Senders, Callable[[], Awaitable[None]] | None]:
    """The channels; `sender` replaces SNS. The second value closes what was opened for it."""
    opened: list[Aws] = []

    def aws() -> Aws:
        from backend.adapters.aws_sdk import Aws

        if not opened:
            opened.append(Aws(settings.region, transport=settings.aws_client, watch=watch))
        return opened[0]

    found = senders_of(settings, settings.sms if sender is None else None, counter, aws)
    if sender is not None:
        texts: dict[Channel, Sender] = {"sms": sender}
        codes = texts if settings.sms else {}
        found = Senders({**found.notices, **texts}, {**found.codes, **codes})
    return found, opened[0].aclose if opened else None


def confirmations_of(notes: Notes, settings: BackendSettings, senders: Senders) -> Confirmations:
    """What confirms numbers and addresses, by these channels."""
    codes = settings.sms or settings.tutorial_sms
    return Confirmations(
        Codes(notes, senders.codes),
        required=settings.sms_confirm != "none",
        channels=senders.notices,
        prefixes=codes.prefixes if "sms" in senders.codes else (),
    )
