"""How people are told: text messages, and who brings them where no outbox does."""
