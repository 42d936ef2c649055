"""API keys over HTTP: administrators create, change, rotate and revoke them, and read who did so."""
