"""Adapters of the port for people: who somebody is, and how they prove it."""
