// The table of requirements and releases, a grid with one stop for the Tab key.

import { columnGroups, groupOf, letterAt } from "./logic.js";
import { el } from "./dom.js";
import { VERDICTS, styleOf } from "./verdicts.js";

const ROOMY = 4; // with so few columns there is room for the titles of requirements
const MEDIUM = 20; // and with so few, for the names of their groups

/** Fill `table` with the columns whose indices are `shown`. */
export function buildTable(table, data, shown) {
  const columns = shown.map((index) => data.columns[index]);
  table.classList.toggle("roomy", columns.length <= ROOMY);
  table.classList.toggle("medium", columns.length > ROOMY && columns.length <= MEDIUM);
  table.replaceChildren(
    head(data, shown, columns),
    counts(data, columns),
    ...bodies(data, columns, columns.length + 1),
  );
}

/** Show the rows of `rows`, and the headings of groups that have any. */
export function showRows(table, rows) {
  const wanted = new Set(rows.map(String));
  for (const body of table.tBodies) {
    let any = false;
    for (const row of body.rows) {
      if (row.dataset.row === undefined) continue;
      row.hidden = !wanted.has(row.dataset.row);
      any ||= !row.hidden;
    }
    if (body.dataset.group !== undefined) body.hidden = !any;
  }
}

function head(data, shown, columns) {
  const groups = columnGroups(data.columns, shown).map(({ name, operation, size }) =>
    el(
      "th",
      { scope: "colgroup", colspan: size, title: nameOf(name, operation) },
      el("span", { class: "group-name" }, nameOf(name, operation)),
    ),
  );
  const releases = columns.map((column, i) =>
    el(
      "th",
      {
        scope: "col",
        "data-column": shown[i],
        class: headStyle(columns, i),
        "aria-label": column.spec,
        title: column.spec,
      },
      el("span", { class: "version" }, column.failed === null ? column.version : `∅ ${column.version}`),
    ),
  );
  return el(
    "thead",
    {},
    el("tr", { class: "groups" }, el("td", { class: "corner" }), groups),
    el("tr", {}, el("th", { scope: "col", class: "corner" }, "Requirement"), releases),
  );
}

function counts(data, columns) {
  const rows = data.origins.map((origin) =>
    el(
      "tr",
      { class: "counts" },
      el("th", { scope: "row" }, `not met: ${origin}`),
      columns.map((column, i) => {
        const number = column.failed === null ? column.unmet[origin] : "∅";
        return el(
          "td",
          { class: `${startsGroup(columns, i)} ${number === 0 ? "zero" : ""}`.trim() },
          String(number),
        );
      }),
    ),
  );
  return el("tbody", {}, rows);
}

function bodies(data, columns, width) {
  const templates = new Map();
  const groups = new Map();
  data.requirements.forEach((requirement, index) => {
    const group = groupOf(requirement);
    if (!groups.has(group)) groups.set(group, groupBody(group, width));
    groups.get(group).append(requirementRow(requirement, index, columns, templates));
  });
  return groups.values();
}

function groupBody(group, width) {
  const heading = el("th", { scope: "rowgroup", colspan: width }, el("span", { class: "group-name" }, group));
  return el("tbody", { "data-group": group }, el("tr", { class: "group" }, heading));
}

function requirementRow(requirement, index, columns, templates) {
  const row = el(
    "tr",
    { "data-row": index },
    el(
      "th",
      { scope: "row", title: requirement.title },
      el("span", { class: "id" }, requirement.id),
      " ",
      el(
        "span",
        { class: "mark", title: `${requirement.origin}, ${requirement.level}` },
        markOf(requirement),
      ),
      el("span", { class: "title" }, requirement.title ?? ""),
    ),
  );
  // Thousands of cells: copies of a few.
  columns.forEach((column, i) =>
    row.append(verdictCell(letterAt(column, index), startsGroup(columns, i), templates)),
  );
  return row;
}

function verdictCell(letter, edge, templates) {
  const key = letter + edge;
  if (!templates.has(key)) {
    const { glyph, word } = VERDICTS[letter];
    templates.set(key, el("td", { class: `${styleOf(letter)} ${edge}`.trim(), "aria-label": word }, glyph));
  }
  return templates.get(key).cloneNode(true);
}

const markOf = ({ origin, level }) => origin[0].toUpperCase() + (level === "should" ? "·should" : "");

const nameOf = (name, operation) => (operation === null ? name : `${name} · ${operation}`);

const headStyle = (columns, i) =>
  `${startsGroup(columns, i)} ${columns[i].failed === null ? "" : styleOf("-")}`.trim();

function startsGroup(columns, i) {
  const [before, here] = [columns[i - 1], columns[i]];
  return before && (before.package !== here.package || before.operation !== here.operation) ? "edge" : "";
}

/** What an element of the table stands for: {row, column}, either of which may be null; null for neither. */
export function standsFor(cell, shown) {
  const row = cell.parentElement.dataset.row;
  const column =
    cell.cellIndex > 0 && !cell.parentElement.matches(".groups, .group") ? shown[cell.cellIndex - 1] : null;
  if (row === undefined && column === null) return null;
  return { row: row === undefined ? null : Number(row), column };
}

/** The cell of a requirement and a release, by index; null where it is not shown. */
export function cellAt(table, shown, row, column) {
  const place = column === null ? 0 : shown.indexOf(column) + 1;
  if (column !== null && place === 0) return null;
  const line =
    row === null ? table.tHead?.rows[1] : table.querySelector(`tr[data-row="${row}"]:not([hidden])`);
  return line?.cells[place] ?? null;
}

// Moving about with the keyboard.

const lines = (table) =>
  [...table.rows].filter(
    (row) => !row.matches(".groups, .group") && !row.hidden && !row.parentElement.hidden,
  );

const MOVES = {
  ArrowRight: (at) => ({ ...at, x: at.x + 1 }),
  ArrowLeft: (at) => ({ ...at, x: at.x - 1 }),
  ArrowDown: (at) => ({ ...at, y: at.y + 1 }),
  ArrowUp: (at) => ({ ...at, y: at.y - 1 }),
  PageDown: (at) => ({ ...at, y: at.y + 10 }),
  PageUp: (at) => ({ ...at, y: at.y - 10 }),
  Home: (at, event) => ({ x: 0, y: event.ctrlKey ? 0 : at.y }),
  End: (at, event) => ({ x: Infinity, y: event.ctrlKey ? Infinity : at.y }),
};

/** Make `cell` the one that the Tab key stops at. */
export function makeCurrent(table, cell) {
  table.querySelector('[tabindex="0"]')?.removeAttribute("tabindex");
  cell.tabIndex = 0;
}

/** The cell that `event` moves to from `cell`; null where the key is not one of ours. */
export function moved(table, cell, event) {
  if (!Object.hasOwn(MOVES, event.key) || event.altKey || event.metaKey) return null;
  const rows = lines(table);
  const at = { x: cell.cellIndex, y: rows.indexOf(cell.parentElement) };
  const { x, y } = MOVES[event.key](at, event);
  const line = rows[within(y, rows.length)];
  return line.cells[within(x, line.cells.length)];
}

const within = (number, size) => Math.max(0, Math.min(size - 1, number));
