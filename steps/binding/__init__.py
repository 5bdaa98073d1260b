"""Features to pytest items, their lint, and all that reaches into pytest and pytest-bdd."""
