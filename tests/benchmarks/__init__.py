"""`make bench`: speed as ratios in one run, against a stated limit. Never a test: these figures depend on the machine."""
