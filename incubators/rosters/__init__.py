"""Rosters: what a line copies, how two sets of lines differ, the digest that covers them, and who may do what."""
