"""The Gherkin vocabulary: one module a noun, loaded by being here."""
