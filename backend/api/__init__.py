"""The HTTP API: one ASGI application over the service, the same in every home of the backend."""

from backend.api.app import create_app

__all__ = ["create_app"]
