"""Does each Lambda fit its zip? `python -m benchmarks.lambda_size [function ...]`: MB unzipped, exit 1 when over.

Builds the bundles that a deployment uploads.
"""

import sys
from pathlib import Path

from cdk.run import bundle

LIMIT_MB = bundle.LIMIT_BYTES / 1e6


def main(names: list[str]) -> int:
    functions = sorted(path.parent.name for path in bundle.ROOT.glob("functions/*/packages.txt"))
    chosen = [function for function in functions if not names or function in names]
    if not chosen:
        print(f"no functions/*/packages.txt for {', '.join(names) or 'any function'}", file=sys.stderr)
        return 2
    sizes = {function: bundle_mb(function) for function in chosen}
    for name, size_mb in sizes.items():
        print(
            f"{name:<12} {size_mb:>6.1f} MB of {LIMIT_MB:.0f} MB unzipped{'  TOO LARGE' if size_mb > LIMIT_MB else ''}"
        )
    return int(any(size_mb > LIMIT_MB for size_mb in sizes.values()))


def bundle_mb(function: str) -> float:
    folder = bundle.build(function)
    packages = sorted(((size_mb(path), path.name) for path in folder.iterdir()), reverse=True)
    largest = ", ".join(f"{name} {size:.0f}" for size, name in packages[:6])
    print(f"{function:<12} largest (MB): {largest}")
    return bundle.size_bytes(folder) / 1e6


def size_mb(path: Path) -> float:
    return (bundle.size_bytes(path) if path.is_dir() else path.stat().st_size) / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
