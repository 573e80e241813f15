"""`python -m tests.bench`: how long a check takes beside what it looks at, and judge and plan for a host of many sites."""

from __future__ import annotations

from tests.bench import checking, judging


def main() -> int:
    """Run both; fail where judge and plan take longer than they may."""
    checking.main()
    return judging.main()


if __name__ == "__main__":
    raise SystemExit(main())
