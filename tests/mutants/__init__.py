"""What do the scenarios overlook that nobody thought of? Mutants of the reference target: `python -m tests.mutants`."""
