"""``python -m bench.audit``: the installed packages against the known holes, by pip-audit.

Exits with 1 where there is one. Where the list cannot be fetched it says that nothing was audited, and exits with 0.
"""

from __future__ import annotations

import json
import subprocess
import sys

SECONDS = 300


def main() -> int:
    """Print what is known of each package that has a hole, or that there is none."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return _skipped(f"no reply within {SECONDS} seconds")
    except ValueError:
        return _skipped(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip-audit said nothing")
    packages = told["dependencies"]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if len(unknown) == len(packages):
        return _skipped(packages[0]["skip_reason"] if packages else "pip-audit names no package")
    holes = [(package, hole) for package in packages for hole in package.get("vulns", [])]
    for package, hole in holes:
        fixed = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in {fixed}")
    print(f"{len(packages)} packages, {len(holes)} known holes; not in the list: {', '.join(unknown) or 'none'}")
    return 1 if holes else 0


def _skipped(why: str) -> int:
    print(f"SKIPPED: nothing was audited, since the list of known holes cannot be fetched ({why})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
