"""Wires the plugins; nothing else."""

pytest_plugins = ["reports.plugin", "reports.allure", "fixtures.plugin", "steps.binding.plugin"]
