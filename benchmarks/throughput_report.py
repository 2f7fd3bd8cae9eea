"""Rounds of the throughput benchmark -> medians and spread, and what a person reads of them."""

import statistics
from collections.abc import Callable
from typing import Any


def summarize(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    def each(value: Callable[[dict[str, Any]], float]) -> dict[str, float]:
        values = [value(one) for one in rounds]
        return {"median": statistics.median(values), "min": min(values), "max": max(values)}

    def per_file(name: str, phase: str | None = None) -> Callable[[dict[str, Any]], float]:
        return lambda one: (one[name]["stage_s"][phase] if phase else one[name]["elapsed_s"]) / one[name]["files"] * 1e6

    spread = {
        "files_per_second_per_core": each(lambda one: one["worker"]["files"] / one["worker"]["elapsed_s"]),
        "rows_per_second_per_core": each(lambda one: one["worker"]["rows"] / one["worker"]["elapsed_s"]),
        "mb_per_second_per_core": each(lambda one: one["worker"]["bytes"] / 1e6 / one["worker"]["elapsed_s"]),
        "ratio_to_per_file_loop": each(lambda one: per_file("loop")(one) / per_file("worker")(one)),
        "ratio_to_loop_with_own_features": each(lambda one: per_file("own_loop")(one) / per_file("worker")(one)),
        "ratio_to_unavoidable": each(lambda one: per_file("worker")(one) / per_file("unavoidable")(one)),
        "peak_worker_memory_mb": each(lambda one: one["worker"]["peak_mb"]),
        "read_and_features_us_per_file": each(
            lambda one: per_file("worker", "read")(one) + per_file("worker", "features")(one)
        ),
        "us_per_file": each(per_file("worker")),
        "loop_us_per_file": each(per_file("loop")),
        "own_loop_us_per_file": each(per_file("own_loop")),
        "unavoidable_us_per_file": each(per_file("unavoidable")),
    }
    phases = {name: each(per_file("worker", name)) for name in rounds[0]["worker"]["stage_s"]}
    parts = {name: each(per_file("unavoidable", name)) for name in rounds[0]["unavoidable"]["stage_s"]}
    return {
        **{name: values["median"] for name, values in spread.items()},
        "stage_us_per_file": {name: values["median"] for name, values in phases.items()},
        "unavoidable_stage_us_per_file": {name: values["median"] for name, values in parts.items()},
        "spread": spread,
    }


def show(report: dict[str, Any]) -> None:
    for name, figures in report["models"].items():
        print(f"\n{name}, units of {report['unit_files']} files, {report['rounds']} rounds: median (min to max)")
        for figure, values in figures["spread"].items():
            print(f"  {figure:32s} {values['median']:12,.1f}  ({values['min']:,.1f} to {values['max']:,.1f})")
        print("  us per file, worker:      ", {k: round(v) for k, v in figures["stage_us_per_file"].items()})
        print(
            "  us per file, unavoidable: ", {k: round(v) for k, v in figures["unavoidable_stage_us_per_file"].items()}
        )
    print("\nread, features, predict, write: CPU of the computing thread; fetch: on the clock, beside them")
