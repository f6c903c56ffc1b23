"""People of an administrator's areas: their accounts, their roles with dates, their tokens."""
