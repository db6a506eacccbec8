"""`make bench`: speed as ratios in one run, against a stated limit. Never a test: the machine decides too much."""
