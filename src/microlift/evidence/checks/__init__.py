"""Checks: what could be wrong with a lift, looked for in the user's own data."""
