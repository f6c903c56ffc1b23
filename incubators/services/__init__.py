"""Writes of this app. Each service checks the permit and leaves a trail in the same transaction."""
