"""The HTTP API: one ASGI application over the service, the same wherever the backend runs."""

from backend.api.app import create_app

__all__ = ["create_app"]
