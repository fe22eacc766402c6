// How verdicts look and are called; the colours are in colours.css.

import { el } from "./dom.js";

export const VERDICTS = {
  p: { glyph: "✓", word: "pass", means: "the release meets the requirement" },
  f: { glyph: "✗", word: "fail", means: "it does not" },
  k: { glyph: "K", word: "known", means: "it does not, and a deviation says that this is known" },
  x: { glyph: "!", word: "fixed", means: "a deviation says that it does not, but it does" },
  n: { glyph: "–", word: "not applicable", means: "the requirement says nothing about this release" },
  r: {
    glyph: "?",
    word: "not run",
    means: "nothing was learned, mostly because the valid case failed first",
  },
  e: { glyph: "E", word: "error", means: "the adapter or reseal itself failed" },
  "-": { glyph: "∅", word: "not checked", means: "there is no report; the cell says why" },
  " ": { glyph: "", word: "not asked", means: "the requirement was not selected" },
};

const LETTERS = Object.fromEntries(
  Object.entries(VERDICTS).map(([letter, { word }]) => [word.replace(" ", "_"), letter]),
);

/** The letter of a verdict as reports name it, such as `not_run`. */
export const letterOf = (verdict) => LETTERS[verdict];

export const styleOf = (letter) => `v v-${{ "-": "none", " ": "absent" }[letter] ?? letter}`;

/** A verdict as glyph and word. */
export function badge(letter) {
  const { glyph, word } = VERDICTS[letter];
  return el(
    "span",
    { class: `badge ${styleOf(letter)}` },
    el("span", { "aria-hidden": "true" }, glyph),
    ` ${word}`,
  );
}

/** What the glyphs mean, of the letters that are there. */
export function legend(letters) {
  return Object.keys(VERDICTS)
    .filter((letter) => letters.has(letter))
    .map((letter) => el("li", {}, badge(letter), ` ${VERDICTS[letter].means}`));
}
