"""Requests for capacity plans."""

from hypothesis import strategies as st

from labeler.planning.capacity import CapacityPlan, plan_capacity
from labeler.planning.request import CapacityRequest

requests = st.builds(
    CapacityRequest,
    files=st.integers(1, 20_000_000),
    files_per_second=st.floats(1, 3_000),
    deadline_s=st.floats(60, 10_000),
    max_workers=st.integers(1, 500),
    warm_workers=st.integers(0, 50),
)


def plan(files: int, **changes: float) -> CapacityPlan:
    return plan_capacity(CapacityRequest.model_validate({"files": files, **changes}))
