"""Bidding on pages: readiness, what is counted twice, and the note for a client."""
