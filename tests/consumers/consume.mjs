import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

const { key_set, tokens } = JSON.parse(readFileSync("fixtures/vectors/access-tokens.json"));

function accepts(token) { // put yours here
  const [head, body, signature] = token.split(".").map((part) => Buffer.from(part, "base64url"));
  const [{ alg, kid }, { exp, nbf = 0 }] = [JSON.parse(head), JSON.parse(body)];
  const key = createPublicKey({ key: key_set.keys.find((jwk) => jwk.kid === kid), format: "jwk" });
  const signed = Buffer.from(token.slice(0, token.lastIndexOf(".")));
  const now = Date.now() / 1000;
  return alg === "RS256" && nbf <= now && now < exp && verify("sha256", signed, key, signature);
}
const decide = (token) => { try { return accepts(token); } catch { return false; } };

for (const { id, token, verdict } of tokens)
  if (verdict !== "either") test(id, () => assert.equal(decide(token), verdict === "accepted"));
