"""What sends messages beside a table: the channels, and what is known of the addresses."""

from __future__ import annotations

from backend.adapters.aws_sdk import Aws
from backend.adapters.dynamodb.notes import DynamoNotes
from backend.adapters.dynamodb.tags import stream_sends
from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.adapters.senders import confirmations_of, senders_of
from backend.config.settings import BackendSettings
from backend.service.delivery import Messenger
from backend.service.direct_courier import DirectCourier
from backend.service.ports import Courier, Identity


class AwsMessages:
    """What sends messages on AWS, as the settings allow.

    Attributes:
        on: whether anything does.
        notes: what is noted about addresses, and by invitations.
        confirmations: of the players' numbers and addresses.

    """

    def __init__(self, aws: Aws, settings: BackendSettings) -> None:
        self._aws, self._table = aws, settings.table
        counter = DynamoCounter(aws, settings.table)
        self._senders = senders_of(settings, settings.sms, counter, lambda: aws)
        self.on = bool(self._senders.notices)
        self.notes = DynamoNotes(aws, settings.table)
        self.confirmations = confirmations_of(self.notes, settings, self._senders)

    def messenger(self, people: Identity) -> Messenger:
        """Sends notices by the channels of these settings."""
        metrics = self._aws.watch.metrics
        return Messenger(people, self._senders.notices, self.confirmations, metrics)

    def direct_courier(self, people: Identity) -> Courier | None:
        """Sends notices from here, unless the table's stream does; None if nothing sends any."""
        if not self.on:
            return None
        return DirectCourier(
            self.messenger(people),
            sent_elsewhere=lambda: stream_sends(self._aws, self._table),
        )
