"""Wires the plugins; nothing else."""

pytest_plugins = [
    "reports.plugin",
    "reports.allure",
    "fixtures.plugin",
    "steps.binding",
    "steps.actors",
    "steps.back_end",
    "steps.client_authentication",
    "steps.clients",
    "steps.sign_in",
    "steps.token_request",
    "steps.tokens",
    "steps.access_tokens",
    "steps.id_tokens",
    "steps.smart_scopes",
    "steps.api",
    "steps.access",
]
