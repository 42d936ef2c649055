"""Webhooks: changes are sent in signed POST requests, in order, and repeated until the receiver accepts them."""
