"""Says at the end of a test run which tests did not run for want of a server, and why."""

from collections import defaultdict

import pytest

from tests.servers.missing import NOT_RUN

HEADING = "these did not run"


def not_run(skipped: list[pytest.TestReport]) -> dict[str, list[str]]:
    """The tests that were skipped for want of a server, by reason."""
    found: dict[str, list[str]] = defaultdict(list)
    for report in skipped:
        _, mark, reason = report.longrepr[2].partition(NOT_RUN) if isinstance(report.longrepr, tuple) else ("", "", "")
        if mark:
            found[reason].append(report.nodeid)
    return dict(found)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = not_run(terminalreporter.stats.get("skipped", []))
    if reasons:
        terminalreporter.section(HEADING, yellow=True, bold=True)
    for reason, tests in reasons.items():
        terminalreporter.line(f"because {reason}:", yellow=True)
        for test in tests:
            terminalreporter.line(f"  {test}")
