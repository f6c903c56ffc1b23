"""Speed as ratios to a floor measured in the same run; run by ``make bench``."""
