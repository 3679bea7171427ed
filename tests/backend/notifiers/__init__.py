"""The couriers and the senders of text messages."""
