// Making elements. Texts of an SDK are only ever set as text, never as markup.

/** An element with attributes (false, null and undefined are left out) and children. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A `details` element whose content is made when it is opened for the first time. */
export function lazyDetails(summary, content, { open = false, name = "" } = {}) {
  const details = el("details", { class: name }, el("summary", {}, summary));
  const fill = () => details.append(...[content()].flat());
  if (open) {
    fill();
    details.open = true;
  } else {
    details.addEventListener("toggle", fill, { once: true });
  }
  return details;
}

/** `text` with its web addresses as links. */
export function linked(text) {
  return text
    .split(/(https:\/\/[^\s,;]+)/)
    .map((part, i) =>
      i % 2 ? el("a", { href: part, rel: "noopener noreferrer", target: "_blank" }, part) : part,
    );
}
