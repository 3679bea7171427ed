"""The backend: rules, use cases and adapters of the game; it knows no screen."""
