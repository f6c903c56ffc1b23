"""The answer to "may this person do this?": yes, or no with the reason a person reads."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


@dataclass(frozen=True, slots=True)
class Permit:
    """``allowed`` and, if not, a Chinese ``reason``. Truthy when allowed."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise :class:`NotPermitted` with the reason unless allowed."""
        if not self.allowed:
            raise NotPermitted(self.reason)


class NotPermitted(Exception):
    """A service was asked for something the actor may not do; ``str(error)`` is the Chinese reason."""


class Refused(Exception):
    """A service cannot do what was asked because of the data, not the person.

    ``errors`` maps field names ("" for the whole form) to Chinese sentences, for display at the place of the error.
    """

    def __init__(self, message: str = "", *, errors: dict[str, list[str]] | None = None) -> None:
        self.errors = errors or ({"": [message]} if message else {})
        super().__init__(message or ";".join(sentence for group in self.errors.values() for sentence in group))

    @classmethod
    def at(cls, field: str, sentence: str) -> Refused:
        """Refused for one reason, said at ``field``."""
        return cls(errors={field: [sentence]})

    @classmethod
    def of(cls, error: ValidationError) -> Refused:
        """What a model's own validation says, in its own sentences, by field."""
        return cls(errors={("" if k == NON_FIELD_ERRORS else k): list(v) for k, v in error.message_dict.items()})


ALLOWED = Permit(True)


def refuse(reason: str) -> Permit:
    return Permit(False, reason)
