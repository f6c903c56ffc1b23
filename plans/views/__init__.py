"""Pages of plans and of what they leave open."""
