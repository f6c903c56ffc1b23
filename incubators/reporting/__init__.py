"""The monthly report: its fields, what the register knows, checks, calendar and workflow, each declared once."""
