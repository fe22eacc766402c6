// The page: filters, the table, and the panel that the address opens.

import { anchorOf, groupOf, letterAt, placeOf, poolReader, visibleColumns, visibleRows } from "./logic.js";
import { byId, el } from "./dom.js";
import { buildTable, cellAt, makeCurrent, moved, showRows, standsFor } from "./table.js";
import { VERDICTS, legend } from "./verdicts.js";
import { makeViews } from "./views.js";

const data = JSON.parse(byId("data").textContent);
const views = makeViews(data, poolReader(data.pool, data.shapes));
const table = byId("matrix");
const panel = byId("panel");
const filters = byId("filters");
const narrow = matchMedia("(max-width: 56rem)"); // there the panel covers the rest; as in media.css
const state = { shown: [], rows: [] };

const columnOf = (spec) => data.columns.findIndex((column) => column.spec === spec);
const rowOf = (id) => data.requirements.findIndex((row) => row.id === id);

// Filters.

const distinct = (values) => [...new Set(values)];

function fillSelect(id, values, label = (value) => value) {
  const select = byId(id);
  select.append(...values.map((value) => el("option", { value }, label(value))));
  select.closest("label").hidden = values.length < 2;
}

function lettersThere() {
  return new Set(data.columns.flatMap((column) => data.requirements.map((_, i) => letterAt(column, i))));
}

function fillFilters() {
  const letters = lettersThere();
  fillSelect("origin", data.origins);
  fillSelect("level", distinct(data.requirements.map((row) => row.level)));
  fillSelect("group", distinct(data.requirements.map(groupOf)));
  fillSelect(
    "verdict",
    Object.keys(VERDICTS).filter((letter) => letters.has(letter)),
    (letter) => VERDICTS[letter].word,
  );
  fillSelect("package", distinct(data.columns.map((column) => column.package)));
  fillSelect("operation", distinct(data.columns.map((column) => column.operation ?? "default")));
  byId("legend").append(...legend(letters));
  if (data.columns.length < 2) for (const part of document.querySelectorAll(".of-many")) part.hidden = true;
  const releases = data.columns.map((column) => el("option", { value: column.spec }));
  byId("releases").append(...releases);
}

function filterNow() {
  const chosen = new FormData(filters);
  return {
    ...Object.fromEntries(
      ["origin", "level", "group", "verdict", "package", "operation", "text", "release"].map((name) => [
        name,
        chosen.get(name) ?? "",
      ]),
    ),
    differing: chosen.has("differing"),
  };
}

function applyFilters() {
  const filter = filterNow();
  const shown = visibleColumns(data.columns, filter);
  if (shown.join() !== state.shown.join() || table.tHead === null) buildTable(table, data, shown);
  state.shown = shown;
  state.rows = visibleRows(
    data.requirements,
    shown.map((i) => data.columns[i]),
    filter,
  );
  showRows(table, state.rows);
  byId("count").textContent =
    `${state.rows.length} of ${data.requirements.length} requirements, ${shown.length} of ${data.columns.length} releases`;
  markOpen(placeOf(location.hash));
  keepOneTabStop();
}

function keepOneTabStop() {
  const current = table.querySelector('[tabindex="0"]');
  if (current !== null && current.checkVisibility()) return;
  const cell = cellAt(table, state.shown, state.rows[0] ?? null, state.shown[0] ?? null);
  if (cell !== null) makeCurrent(table, cell);
}

// The panel.

function nodesFor(place) {
  const [row, column] = [rowOf(place.requirement), columnOf(place.spec)];
  if (place.kind === "cell" && row >= 0 && column >= 0) return views.cell(row, data.columns[column]);
  if (place.kind === "requirement" && row >= 0) return views.requirement(row, state.shown);
  if (place.kind === "release" && column >= 0) return views.release(data.columns[column], previousOf(column));
  if (place.kind === "diff" && columnOf(place.from) >= 0 && columnOf(place.to) >= 0) {
    return views.difference(data.columns[columnOf(place.from)], data.columns[columnOf(place.to)]);
  }
  return [
    el("h2", {}, "Not on this page"),
    el("p", {}, "The address names a requirement or a release that is not here."),
  ];
}

function previousOf(index) {
  const [before, here] = [data.columns[index - 1], data.columns[index]];
  return before && before.package === here.package && before.operation === here.operation ? before : null;
}

function markOpen(place) {
  table.querySelector('[aria-selected="true"]')?.removeAttribute("aria-selected");
  const cell = place === null || place.kind === "diff" ? null : cellOf(place);
  cell?.setAttribute("aria-selected", "true");
  return cell;
}

/** The cell, or the heading of a row or column, that a place is about; null where the table has none. */
function cellOf({ requirement, spec }) {
  const row = requirement === undefined ? null : rowOf(requirement);
  const column = spec === undefined ? null : columnOf(spec);
  return cellAt(table, state.shown, row, column);
}

function showPlace() {
  const place = placeOf(location.hash);
  const isOpen = place !== null;
  panel.hidden = !isOpen;
  document.body.classList.toggle("with-panel", isOpen);
  keepFocusOffCovered();
  const cell = markOpen(place);
  if (!isOpen) return;
  byId("content").replaceChildren(...nodesFor(place));
  const heading = byId("content").querySelector("h2");
  heading.id = "panel-title";
  heading.tabIndex = -1;
  panel.scrollTop = 0;
  heading.focus({ preventScroll: true });
  if (cell !== null) {
    makeCurrent(table, cell);
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** What the panel covers cannot be reached, by keyboard or otherwise. */
function keepFocusOffCovered() {
  for (const part of document.querySelectorAll(".skip, header, main"))
    part.inert = narrow.matches && !panel.hidden;
}

function closePanel() {
  history.pushState(null, "", location.pathname + location.search);
  showPlace();
  table.querySelector('[tabindex="0"]')?.focus();
}

function openCell(cell) {
  const target = standsFor(cell, state.shown);
  if (target === null) return;
  const requirement = target.row === null ? "" : data.requirements[target.row].id;
  const spec = target.column === null ? null : data.columns[target.column].spec;
  const anchor = anchorOf({ requirement, spec });
  if (location.hash === anchor) showPlace();
  else location.hash = anchor;
}

// What people do.

function onTableKey(event) {
  const cell = event.target.closest("td, th");
  if (cell === null) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    openCell(cell);
    return;
  }
  const next = moved(table, cell, event);
  if (next === null) return;
  event.preventDefault();
  makeCurrent(table, next);
  next.focus();
}

function onTableClick(event) {
  const cell = event.target.closest("td, th");
  if (cell === null || standsFor(cell, state.shown) === null) return;
  makeCurrent(table, cell);
  openCell(cell);
}

function describe(event) {
  const cell = event.target.closest("td");
  const target = cell === null ? null : standsFor(cell, state.shown);
  if (target === null || target.row === null || target.column === null || cell.title !== "") return;
  cell.title = `${data.requirements[target.row].id}\n${data.columns[target.column].spec}\n${cell.ariaLabel}`;
}

function onCompare(event) {
  event.preventDefault();
  const [from, to] = ["from", "to"].map((id) => byId(id));
  for (const field of [from, to]) {
    field.setCustomValidity(
      columnOf(field.value) < 0 ? "Choose a release of this page, such as one of the list." : "",
    );
  }
  if (byId("compare").reportValidity()) location.hash = anchorOf({ from: from.value, to: to.value });
}

function listen() {
  filters.addEventListener("input", applyFilters);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(applyFilters));
  byId("compare").addEventListener("submit", onCompare);
  for (const id of ["from", "to"])
    byId(id).addEventListener("input", (event) => event.target.setCustomValidity(""));
  table.addEventListener("click", onTableClick);
  table.addEventListener("keydown", onTableKey);
  table.addEventListener("pointerover", describe);
  byId("close").addEventListener("click", closePanel);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) closePanel();
  });
  addEventListener("hashchange", showPlace);
  narrow.addEventListener("change", keepFocusOffCovered);
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address belongs to the panel
    table.querySelector('[tabindex="0"]')?.focus();
  });
}

if (narrow.matches) byId("tools").open = false;
fillFilters();
listen();
applyFilters();
if (data.columns.length === 1 && location.hash === "")
  history.replaceState(null, "", anchorOf({ spec: data.columns[0].spec }));
showPlace();
