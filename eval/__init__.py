"""How good is it, and is the difference real? Data sets, measures, runs, tests and reports."""
