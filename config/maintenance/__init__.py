"""Keeping an installation: its check (doctor), its backup in one portable file, and the way back."""
