// What the page works out, without touching the document.

const NOT_MET = new Set(["f", "x", "r", "e"]);
export const ABSENT = " "; // the release was not asked about this requirement
export const UNCHECKED = "-"; // there is no report on the release

/** A function that reads entry `number` of a pool (see pool.py), each entry once. */
export function poolReader(entries, shapes) {
  const values = new Map();
  const build = (entry) => {
    if (!Array.isArray(entry)) return entry;
    const [shape, ...items] = entry;
    if (shape < 0) return items.map(read);
    return Object.fromEntries(shapes[shape].map((key, i) => [key, read(items[i])]));
  };
  const read = (number) => {
    if (!values.has(number)) values.set(number, build(entries[number]));
    return values.get(number);
  };
  return read;
}

export const groupOf = (requirement) => requirement.id.split(".")[0];

/** The letter of a column's verdict on the requirement with this index. */
export function letterAt(column, index) {
  return column.failed === null ? column.verdicts[index] : UNCHECKED;
}

// Addresses. What is legible in a fragment stays legible; everything else is percent-encoded.

const encode = (text) => encodeURIComponent(text).replace(/%(3A|2F|40|3D)/g, decodeURIComponent);

/** The fragment of a place: a cell, a requirement, a release, or the difference of two releases. */
export function anchorOf({ requirement = "", spec = null, from = null, to = null }) {
  if (from !== null) return `#diff?${new URLSearchParams({ from, to })}`;
  return spec === null ? `#${encode(requirement)}` : `#${encode(requirement)}/${encode(spec)}`;
}

/** The place that a fragment names, or null where it names none. */
export function placeOf(fragment) {
  const text = fragment.replace(/^#/, "");
  if (text === "") return null;
  if (text.startsWith("diff?")) {
    const asked = new URLSearchParams(text.slice("diff?".length));
    return { kind: "diff", from: asked.get("from"), to: asked.get("to") };
  }
  const slash = text.indexOf("/");
  try {
    if (slash < 0) return { kind: "requirement", requirement: decodeURIComponent(text) };
    const requirement = decodeURIComponent(text.slice(0, slash));
    const spec = decodeURIComponent(text.slice(slash + 1));
    return requirement === "" ? { kind: "release", spec } : { kind: "cell", requirement, spec };
  } catch {
    return null; // no percent-encoding
  }
}

// Filters. An empty string stands for all.

const has = (text, words) => words.every((word) => text.includes(word));
const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** The indices of the columns that `filter` lets through. */
export function visibleColumns(columns, filter) {
  const words = wordsOf(filter.release);
  return [...columns.keys()].filter((i) => {
    const column = columns[i];
    return (
      (filter.package === "" || column.package === filter.package) &&
      (filter.operation === "" || (column.operation ?? "default") === filter.operation) &&
      has(column.spec.toLowerCase(), words)
    );
  });
}

/** Whether the releases that were checked do not all have the same verdict. */
export function differs(index, columns) {
  return new Set(columns.filter((c) => c.failed === null).map((c) => c.verdicts[index])).size > 1;
}

/** The indices of the requirements that `filter` lets through; `columns` are those that are shown. */
export function visibleRows(requirements, columns, filter) {
  const words = wordsOf(filter.text);
  return [...requirements.keys()].filter((i) => {
    const row = requirements[i];
    return (
      (filter.origin === "" || row.origin === filter.origin) &&
      (filter.level === "" || row.level === filter.level) &&
      (filter.group === "" || groupOf(row) === filter.group) &&
      (filter.verdict === "" || columns.some((column) => letterAt(column, i) === filter.verdict)) &&
      (!filter.differing || differs(i, columns)) &&
      has(`${row.id} ${row.title ?? ""}`.toLowerCase(), words)
    );
  });
}

/** Runs of columns, by index, that share `package` and `operation`. */
export function columnGroups(columns, shown) {
  const groups = [];
  for (const index of shown) {
    const { package: name, operation } = columns[index];
    const last = groups.at(-1);
    if (last && last.name === name && last.operation === operation) last.size += 1;
    else groups.push({ name, operation, size: 1 });
  }
  return groups;
}

// Differences.

function kindOf(before, after) {
  if (before === ABSENT) return "covered";
  if (after === ABSENT) return "gone";
  if (NOT_MET.has(before) === NOT_MET.has(after)) return "changed";
  return NOT_MET.has(after) ? "regressed" : "fixed";
}

/** The requirements whose verdict differs, as {index, before, after}, by kind of difference. */
export function diffColumns(requirements, from, to) {
  const found = { regressed: [], fixed: [], changed: [], covered: [], gone: [] };
  for (const index of requirements.keys()) {
    const [before, after] = [letterAt(from, index), letterAt(to, index)];
    if (before !== after) found[kindOf(before, after)].push({ index, before, after });
  }
  return found;
}

/** The cases of a requirement that turned out otherwise, as [before, after]; either may be undefined. */
export function diffCases(before = [], after = []) {
  const old = new Map(before.map((row) => [row.id, row]));
  const fresh = new Map(after.map((row) => [row.id, row]));
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .map((id) => [old.get(id), fresh.get(id)])
    .filter(([a, b]) => a?.verdict !== b?.verdict);
}
