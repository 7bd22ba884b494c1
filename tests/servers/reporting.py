"""Says at the end of a test run which tests did not run for want of a server, and why.

Such a run is not failed for its coverage: what only those tests reach cannot have been covered.
"""

from collections import defaultdict
from collections.abc import Generator

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


# Innermost, so that it comes before pytest-cov's own look at the bound.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    result = yield
    terminal, coverage = map(session.config.pluginmanager.getplugin, ("terminalreporter", "_cov"))
    if terminal and coverage and not_run(terminal.stats.get("skipped", [])):
        coverage.options.cov_fail_under = None
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = not_run(terminalreporter.stats.get("skipped", []))
    if reasons:
        terminalreporter.section(HEADING, yellow=True, bold=True)
    for reason, tests in reasons.items():
        terminalreporter.line(f"because {reason}:", yellow=True)
        for test in tests:
            terminalreporter.line(f"  {test}")
    if reasons and terminalreporter.config.pluginmanager.hasplugin("_cov"):
        terminalreporter.line("so the bound on coverage was not checked", yellow=True)
