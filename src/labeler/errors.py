"""The error tree, grouped by what the caller should do.

    LabelerError
    ├── RetryableError            the same call may succeed later: the message goes back (exit 75)
    │   ├── Throttled
    │   ├── ServiceUnavailable
    │   └── RunOpen               a deployment has to wait for the run
    ├── NothingPassed             the gate did its work and lets no candidate pass: branch on it (exit 3)
    └── PermanentError            the same call fails again: dead letter, or a person acts (exit 65)
        ├── SettingsError         a variable is missing or wrong
        ├── AccessDenied
        ├── ObjectMissing
        ├── ChampionMissing
        ├── DigestMismatch        bytes are not those that were pinned
        ├── ContractMismatch      the model was trained on other features
        ├── MessageInvalid        a queue message or an event is not one of ours
        ├── InputInvalid          a person's files or options can't be used
        ├── RunNotFound
        ├── RunConflict           the run is in a state that does not allow the call
        └── PlanInfeasible

Anything else that is raised is a bug (exit 1).
"""

EXIT_BUG = 1
EXIT_NOTHING_PASSED = 3
EXIT_PERMANENT = 65
EXIT_RETRYABLE = 75


class LabelerError(Exception):
    """Every error that this package raises on purpose; `way_out` tells a person what to do."""

    exit_code = EXIT_BUG

    def __init__(self, message: str, *, way_out: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.message} ({self.way_out})" if self.way_out else self.message


class RetryableError(LabelerError):
    exit_code = EXIT_RETRYABLE


class Throttled(RetryableError):
    pass


class ServiceUnavailable(RetryableError):
    pass


class RunOpen(RetryableError):
    pass


class NothingPassed(LabelerError):
    exit_code = EXIT_NOTHING_PASSED


class PermanentError(LabelerError):
    exit_code = EXIT_PERMANENT


class SettingsError(PermanentError):
    pass


class AccessDenied(PermanentError):
    pass


class ObjectMissing(PermanentError):
    pass


class ChampionMissing(PermanentError):
    pass


class DigestMismatch(PermanentError):
    pass


class ContractMismatch(PermanentError):
    pass


class MessageInvalid(PermanentError):
    pass


class InputInvalid(PermanentError):
    pass


class RunNotFound(PermanentError):
    pass


class RunConflict(PermanentError):
    pass


class PlanInfeasible(PermanentError):
    pass
