"""axe-core, run within a page: what it finds against WCAG 2.2 AA, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conftest import require
from tests.servers import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

SOURCE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """tags => axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })"""


def source() -> str:
    """Every rule of these tags is on, also those that axe leaves off by itself (such as the size of targets)."""
    if not SOURCE.exists():
        require("node", "axe-core is not installed: make check does it")
    return SOURCE.read_text()


def violations(page: Page | Frame, axe: str) -> list[str]:
    """The page's context has to bypass its Content-Security-Policy."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    return [_told(each) for each in page.evaluate(RUN, TAGS)["violations"]]


def _told(violation: dict[str, Any]) -> str:
    nodes = "; ".join(f"{node['html'][:160]}: {node['failureSummary']}" for node in violation["nodes"][:3])
    return f"{violation['id']} ({len(violation['nodes'])}): {violation['help']}: {nodes}"
