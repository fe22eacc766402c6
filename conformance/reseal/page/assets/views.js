// What the panel shows: a cell, a requirement, a release, or the difference of two releases.

import { anchorOf, diffCases, diffColumns, groupOf, letterAt } from "./logic.js";
import { el, lazyDetails, linked } from "./dom.js";
import { evidence } from "./evidence.js";
import { badge, letterOf } from "./verdicts.js";

const FINE = new Set(["pass", "not_applicable"]);
const KINDS = {
  regressed: "Regressed",
  fixed: "Fixed",
  changed: "Changed in another way",
  covered: "Newly covered",
  gone: "Gone",
};

/** The views of `data`; `read` reads its pool.  Each is a list of nodes, a heading first. */
export function makeViews(data, read) {
  const reportOf = (column) => (column.failed === null ? read(column.report) : null);

  const cellLink = (column, index, text) =>
    el("a", { href: anchorOf({ requirement: data.requirements[index].id, spec: column.spec }) }, text);
  const releaseLink = (column) => el("a", { href: anchorOf({ spec: column.spec }) }, column.spec);

  function cases(column, index) {
    const requirement = data.requirements[index];
    const report = reportOf(column);
    const rows = report.requirements[requirement.id] ?? [];
    const bad = rows.filter((row) => !FINE.has(row.verdict));
    const fine = rows.filter((row) => FINE.has(row.verdict));
    if (rows.length === 0) return [el("p", {}, "No case of this run speaks of it.")];
    return [
      ...bad.map((row, i) => caseDetails(row, report, requirement, i === 0)),
      fine.length === 0
        ? ""
        : lazyDetails(
            `${fine.length} ${fine.length === 1 ? "case" : "cases"} with nothing wrong`,
            () => fine.map((row) => caseDetails(row, report, requirement, false)),
            { name: "fine" },
          ),
    ];
  }

  function caseDetails(row, report, requirement, open) {
    const [before, after] = report.repeat[requirement.origin];
    const command = FINE.has(row.verdict) ? null : before + row.id + after;
    const title = data.titles[row.id];
    return lazyDetails(
      [badge(letterOf(row.verdict)), " ", el("code", {}, row.id), title === undefined ? "" : ` ${title}`],
      () => evidence(row, report.observations[row.id], command),
      { open, name: "case" },
    );
  }

  function words(requirement) {
    return [
      requirement.title === undefined ? null : el("p", { class: "lead" }, `${requirement.title}.`),
      requirement.quote === undefined
        ? null
        : el(
            "blockquote",
            {},
            el("p", {}, `“${requirement.quote}”`),
            el("footer", {}, ...linked(requirement.source), `, read ${requirement.checked}`),
          ),
      el("p", { class: "quiet" }, `Origin: ${requirement.origin}. Level: ${requirement.level}.`),
    ].filter((part) => part !== null);
  }

  function cell(index, column) {
    const requirement = data.requirements[index];
    return [
      el("h2", {}, requirement.id),
      el("p", {}, badge(letterAt(column, index)), " in ", releaseLink(column)),
      ...words(requirement),
      el("h3", {}, "Cases"),
      ...(column.failed === null ? cases(column, index) : [whyFailed(column)]),
    ];
  }

  const whyFailed = (column) =>
    el("div", { class: "failed" }, el("p", {}, "There is no report:"), el("pre", {}, column.failed));

  function requirement(index, shown) {
    const row = data.requirements[index];
    const links = shown
      .map((i) => data.columns[i])
      .map((column) =>
        el("li", {}, badge(letterAt(column, index)), " ", cellLink(column, index, column.spec)),
      );
    return [
      el("h2", {}, row.id),
      ...words(row),
      el("h3", {}, "Releases"),
      el("ul", { class: "plain" }, links),
    ];
  }

  function release(column, previous) {
    const report = reportOf(column);
    const compare =
      previous === null
        ? null
        : el(
            "p",
            {},
            el(
              "a",
              { href: anchorOf({ from: previous.spec, to: column.spec }) },
              `What changed since ${previous.version}`,
            ),
          );
    if (report === null) return [el("h2", {}, column.spec), compare, whyFailed(column)].filter(Boolean);
    return [
      el("h2", {}, column.spec),
      el("p", { class: "lead" }, conclusion(report, column)),
      compare,
      el("p", { class: "quiet" }, about(report, column)),
      ...(report.target.notes ?? []).map((note) => el("p", {}, `Note: ${note}`)),
      summary(report),
      el("h3", {}, "Requirements"),
      ...requirementsOf(column),
    ].filter((part) => part !== null);
  }

  function requirementsOf(column) {
    let group = null;
    return data.requirements.flatMap((row, index) => {
      const letter = letterAt(column, index);
      const heading = groupOf(row) === group ? [] : [el("h4", {}, groupOf(row))];
      group = groupOf(row);
      return [
        ...heading,
        lazyDetails(
          [badge(letter), " ", el("code", {}, row.id), " ", row.title ?? ""],
          () => [
            el("p", {}, cellLink(column, index, "Link to this cell")),
            ...words(row),
            ...cases(column, index),
          ],
          { name: "requirement" },
        ),
      ];
    });
  }

  function conclusion(report, column) {
    if (report.conclusion !== "") return `${report.conclusion}.`;
    return `${column.conformant ? "Conforms" : "Does not conform"} at level ${report.level}.`;
  }

  function about({ target, transport }, column) {
    return `${target.name} ${target.version}, ${target.language}, ${target.seal} seals, ${transport}, ${column.seconds} s`;
  }

  function summary(report) {
    const states = Object.keys(data.letters).map((letter) => data.letters[letter]);
    const rows = data.origins.map((origin) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, origin),
        states.map((state) =>
          el(
            "td",
            { class: report.summary[origin][state] === 0 ? "zero" : null },
            String(report.summary[origin][state]),
          ),
        ),
      ),
    );
    return el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Summary" },
      el(
        "table",
        { class: "summary" },
        el("caption", {}, "Requirements by origin and verdict"),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, "origin"),
            states.map((state) => el("th", { scope: "col" }, state.replace("_", " "))),
          ),
        ),
        el("tbody", {}, rows),
      ),
    );
  }

  function difference(from, to) {
    const failed = [from, to].filter((column) => column.failed !== null);
    const heading = el("h2", {}, `${from.spec} → ${to.spec}`);
    if (failed.length > 0)
      return [
        heading,
        ...failed.map((column) => el("div", {}, el("h3", {}, column.spec), whyFailed(column))),
      ];
    const found = diffColumns(data.requirements, from, to);
    const kinds = Object.keys(KINDS).filter((kind) => found[kind].length > 0);
    const told = kinds.map((kind) => `${found[kind].length} ${KINDS[kind].toLowerCase()}`).join(", ");
    return [
      heading,
      el("p", { class: "lead" }, told === "" ? "No requirement has another verdict." : `${told}.`),
      ...kinds.flatMap((kind) => [
        el("h3", {}, `${KINDS[kind]} (${found[kind].length})`),
        ...found[kind].map((change) => changed(change, from, to)),
      ]),
      el("p", { class: "quiet" }, "Compared: ", releaseLink(from), " and ", releaseLink(to), "."),
    ];
  }

  function changed({ index, before, after }, from, to) {
    const row = data.requirements[index];
    return lazyDetails(
      [badge(before), " → ", badge(after), " ", el("code", {}, row.id), ` ${row.title ?? ""}`],
      () => [
        el("p", {}, "Evidence: ", cellLink(from, index, from.version), ", ", cellLink(to, index, to.version)),
        el(
          "ul",
          {},
          diffCases(reportOf(from).requirements[row.id], reportOf(to).requirements[row.id]).map(caseChange),
        ),
      ],
      { name: "requirement" },
    );
  }

  function caseChange([before, after]) {
    const told = (row) => (row === undefined ? "not asked" : [badge(letterOf(row.verdict)), ` ${row.got}`]);
    return el(
      "li",
      {},
      el("code", {}, (after ?? before).id),
      el("div", {}, "before: ", told(before)),
      el("div", {}, "after: ", told(after)),
    );
  }

  return { cell, requirement, release, difference };
}
