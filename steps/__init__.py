"""The Gherkin vocabulary: one module a noun, and the binding and lint of features."""
