// What was seen of a case: expected, got, the calls, what was sent, and what was in the seal.

import { el } from "./dom.js";

/** A list of terms, leaving out what has no value. */
function terms(pairs) {
  return el(
    "dl",
    {},
    pairs
      .filter(([, value]) => value !== undefined && value !== null && value !== "")
      .map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
  );
}

const json = (value) => el("pre", { tabindex: "0" }, JSON.stringify(value, null, 1));

/** The evidence of one case; `observation` is undefined where it was not kept. */
export function evidence(row, observation, command) {
  return el(
    "div",
    { class: "evidence" },
    terms([
      ["expected", row.expected],
      ["got", row.got],
    ]),
    observation === undefined ? null : exchange(observation),
    command === null ? null : terms([["repeat", el("code", { class: "command" }, command)]]),
  );
}

function exchange({ calls = [], exchanges = [], leaks = [], output }) {
  return el(
    "div",
    { class: "exchange" },
    el("h4", {}, "The exchange"),
    el(
      "ol",
      {},
      calls.map((call, number) =>
        el(
          "li",
          {},
          callSeen(
            call,
            exchanges.filter((e) => e.call === number),
          ),
        ),
      ),
    ),
    leaks.length === 0
      ? null
      : terms([["leaked", leaks.map((leak) => el("div", {}, `${leak.secret}, in ${leak.where}`))]]),
    output === undefined ? null : terms([["printed", el("pre", { tabindex: "0" }, output)]]),
  );
}

function callSeen(call, exchanges) {
  return [
    terms([
      ["called with", given(call)],
      [
        "sent",
        exchanges.length === 0
          ? "nothing"
          : el(
              "ol",
              {},
              exchanges.map((e) => el("li", {}, exchangeSeen(e))),
            ),
      ],
      ["came back", outcome(call)],
      ["in the new seal", call.seal === undefined ? null : sealSeen(call.seal)],
    ]),
  ];
}

function given(call) {
  const cookie = call.cookie === undefined ? "no cookie" : `cookie ${call.cookie}`;
  const changed =
    call.cookie !== undefined && call.cookie_is_sound === false ? ", changed since it was sealed" : "";
  const token =
    call.cookie_refresh_token === undefined ? "" : `; in it refresh token ${call.cookie_refresh_token}`;
  const organization = call.organization_id === undefined ? "" : `; organization ${call.organization_id}`;
  return cookie + changed + token + organization;
}

function outcome(call) {
  if (call.kind === "silent") return `nothing within ${call.seconds ?? 0} s`;
  if (call.kind === "raised") return `raised ${call.raised ?? "?"}: ${call.message ?? ""}`;
  if (call.returned !== undefined) return `returned a ${call.returned}`;
  const reason = call.reason === undefined ? "" : `, reason ${JSON.stringify(call.reason)}`;
  const seal =
    call.seal === undefined
      ? `, sealed_session ${call.sealed_session}`
      : `, sealed_session ${call.seal.fingerprint}`;
  return `returned authenticated ${JSON.stringify(call.authenticated ?? null)}${reason}${seal}`;
}

function exchangeSeen(seen) {
  const place = seen.origin === "elsewhere" ? " at another origin" : "";
  const issued = { access_token: seen.access_token, refresh_token: seen.refresh_token };
  return [
    el("code", {}, `${seen.method} ${seen.path}${place} → ${seen.said}`),
    terms([
      ["fields", seen.fields === undefined ? null : json(seen.fields)],
      ["credentials", seen.credentials?.join(", ")],
      ["its refresh token", seen.sent_refresh_token],
      ["problems", seen.problems?.join("; ")],
      [
        "answered with",
        seen.access_token === undefined && seen.refresh_token === undefined ? null : json(issued),
      ],
    ]),
  ];
}

function sealSeen(seal) {
  const { problem, quirk, ...inside } = seal;
  return [
    problem === undefined ? null : el("p", {}, `does not open: ${problem}`),
    quirk === undefined ? null : el("p", {}, `does not open everywhere: ${quirk}`),
    json(inside),
  ].filter((part) => part !== null);
}
