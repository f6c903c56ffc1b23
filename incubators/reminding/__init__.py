"""Asking carriers for their month: who is to be asked when, and the channels by which letters go out."""
