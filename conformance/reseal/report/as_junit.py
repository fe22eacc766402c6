"""JUnit XML: one test case for each case, as CI systems show them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from .. import contract as contract_module
from ..run import Run
from ..verdict import Finding, counts, is_undone

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def to_junit(run: Run) -> str:
    """The report as XML.  What does not count at the level of the run is left out."""
    cases = [(case, [f for f in run.findings if f.case == case.id]) for case in run.cases]
    suite = ET.Element("testsuite", name=f"reseal {run.about.spec}", time=f"{run.duration_s:.3f}")
    totals = {"tests": len(cases), "failures": 0, "errors": 0, "skipped": 0}
    for case, findings in cases:
        element = ET.SubElement(suite, "testcase", classname=case.id.rpartition(".")[0], name=case.id)
        counted = [finding for finding in findings if _counts(finding, run)]
        for kind, states in (("error", {"error"}), ("failure", {"fail", "fixed", "not_run"})):
            bad = [finding for finding in counted if finding.state in states]
            if bad:
                totals[f"{kind}s"] += 1
                child = ET.SubElement(element, kind, message=_line(bad[0]))
                child.text = "\n".join(_line(finding) for finding in bad)
        if findings and all(finding.state == "not_applicable" for finding in findings):
            totals["skipped"] += 1
            ET.SubElement(element, "skipped", message=findings[0].got)
    suite.attrib.update({name: str(number) for name, number in totals.items()})
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _counts(finding: Finding, run: Run) -> bool:
    row = contract_module.load()[finding.requirement]
    return is_undone(finding, is_target_broken=run.is_target_broken) or counts(row, run.level)


def _line(finding: Finding) -> str:
    text = f"{finding.requirement}: expected {finding.expected}; got {finding.got}"
    return _NOT_XML.sub("\ufffd", text)
