"""Vocabulary, checks, and the binding of features to pytest."""
