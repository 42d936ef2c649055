"""Webhooks: changes sent to whoever asked for them, in order, signed, until they are taken."""
