"""The error tree, grouped by what the caller should do.

    LabelerError
    ├── RetryableError               the same call may succeed later: the message goes back (exit 75)
    │   ├── ThrottledError
    │   ├── ServiceUnavailableError
    │   └── RunOpenError             a deployment has to wait for the run
    ├── NothingPassedError           the gate lets no candidate pass, a result to branch on (exit 3)
    └── PermanentError               the same call fails again: dead letter, or a person acts (exit 65)
        ├── SettingsError            a variable is missing or wrong
        ├── AccessDeniedError
        ├── ObjectMissingError
        ├── ChampionMissingError
        ├── DigestMismatchError      bytes are not those that were pinned
        ├── ContractMismatchError    the model was trained on other features
        ├── MessageInvalidError      a queue message or an event is not one of ours
        ├── InputInvalidError        a person's files or options can't be used
        ├── RunNotFoundError
        ├── RunConflictError         the run is in a state that does not allow the call
        └── PlanInfeasibleError      no number of workers meets the deadline

Anything else that is raised is a bug (exit 1).
"""

EXIT_BUG = 1
EXIT_NOTHING_PASSED = 3
EXIT_PERMANENT = 65
EXIT_RETRYABLE = 75


class LabelerError(Exception):
    """Every error that this package raises on purpose; `hint` tells a person what to do."""

    exit_code = EXIT_BUG

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class RetryableError(LabelerError):
    exit_code = EXIT_RETRYABLE


class ThrottledError(RetryableError):
    pass


class ServiceUnavailableError(RetryableError):
    pass


class RunOpenError(RetryableError):
    pass


class NothingPassedError(LabelerError):
    exit_code = EXIT_NOTHING_PASSED


class PermanentError(LabelerError):
    exit_code = EXIT_PERMANENT


class SettingsError(PermanentError):
    pass


class AccessDeniedError(PermanentError):
    pass


class ObjectMissingError(PermanentError):
    pass


class ChampionMissingError(PermanentError):
    pass


class DigestMismatchError(PermanentError):
    pass


class ContractMismatchError(PermanentError):
    pass


class MessageInvalidError(PermanentError):
    pass


class InputInvalidError(PermanentError):
    pass


class RunNotFoundError(PermanentError):
    pass


class RunConflictError(PermanentError):
    pass


class PlanInfeasibleError(PermanentError):
    pass
