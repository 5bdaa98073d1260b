"""The one place where secrets are taken out of what a run writes.

`detect` finds them by their place in the protocol, `redact` replaces them wherever they stand, `curl` writes a request
down as a command, with variables in their place.
"""

from reports.redaction.redact import BODY_LIMIT, Redactor

__all__ = ["BODY_LIMIT", "Redactor"]
