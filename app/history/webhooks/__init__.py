"""Webhooks: signed POST requests with changes, sent in order and repeated until the receiver accepts them."""
