"""Wires the plugins; nothing else."""

pytest_plugins = [
    "reports.plugin",
    "reports.allure",
    "fixtures.plugin",
    "steps.binding",
    "steps.vocabulary.actors",
    "steps.vocabulary.back_end",
    "steps.vocabulary.client_authentication",
    "steps.vocabulary.clients",
    "steps.vocabulary.sign_in",
    "steps.vocabulary.token_request",
    "steps.vocabulary.tokens",
    "steps.vocabulary.access_tokens",
    "steps.vocabulary.id_tokens",
    "steps.vocabulary.smart_scopes",
    "steps.vocabulary.api",
    "steps.vocabulary.access",
]
