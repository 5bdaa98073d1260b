"""What an answer must be: pure functions that return nothing or raise Deviation."""
