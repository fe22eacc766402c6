// Adapter for the official Node SDK, @workos-inc/node.
//
//   node workos_node.mjs FOLDER OPERATION
//
// FOLDER holds the node_modules with the release.  OPERATION is refreshAndSealSessionData, or refresh,
// which stands for loadSealedSession(…).refresh(), or auto for the first of them that the release has.
// It maps names and never repairs a result.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder, wanted] = process.argv.slice(2);

// Whatever the SDK prints, by console or not, must not get between the answers.
const send = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const sdk = createRequire(join(folder, 'x.js'))('@workos-inc/node');
const { version } = JSON.parse(
  readFileSync(join(folder, 'node_modules', '@workos-inc', 'node', 'package.json'), 'utf8'),
);
class NoSuchOperation extends Error {}
const missing = wanted === 'auto' ? 'refreshAndSealSessionData, nor loadSealedSession' : wanted;
const clients = new Map();
const operation = chosen();

const operations = {
  hello() {
    if (operation === undefined) throw new NoSuchOperation(`@workos-inc/node ${version} has no ${missing}`);
    return {
      name: `@workos-inc/node ${operation}`,
      version,
      language: 'javascript',
      seal: 'iron',
      capabilities: switchesOrganization() ? ['organization_id', 'concurrent'] : ['concurrent'],
      extra_reasons: declaredReasons(),
    };
  },

  async refresh(message) {
    const { userManagement } = client(message);
    const sessionData = message.session_data ?? undefined;
    const cookiePassword = message.cookie_password ?? undefined;
    const organizationId = message.organization_id ?? undefined;
    const result =
      operation === 'refresh'
        ? await userManagement.loadSealedSession({ sessionData, cookiePassword }).refresh({ organizationId })
        : await userManagement.refreshAndSealSessionData({ sessionData, cookiePassword, organizationId });
    return fields(result);
  },
};

function chosen() {
  const { userManagement } = new sdk.WorkOS('sk_test_probe', { clientId: 'client_probe' });
  const has = {
    refreshAndSealSessionData: userManagement?.refreshAndSealSessionData !== undefined,
    refresh: userManagement?.loadSealedSession !== undefined,
  };
  return Object.keys(has).find((name) => has[name] && (wanted === name || wanted === 'auto'));
}

// Until 7.21, refreshAndSealSessionData has no organizationId.
function switchesOrganization() {
  const [major, minor] = version.split('.').map(Number);
  return operation === 'refresh' || major > 7 || minor >= 22;
}

function declaredReasons() {
  const declared = sdk.RefreshSessionFailureReason ?? sdk.RefreshAndSealSessionDataFailureReason ?? {};
  return Object.values(declared);
}

function fields(result) {
  const found = {};
  for (const name of ['authenticated', 'sealedSession', 'reason']) {
    if (result?.[name] !== undefined) found[name] = result[name];
  }
  return found;
}

function client({ endpoint, timeout_s, max_retries }) {
  const key = JSON.stringify([endpoint, timeout_s, max_retries]);
  if (!clients.has(key)) {
    const url = new URL(endpoint.base_url);
    const options = {
      clientId: endpoint.client_id,
      apiHostname: url.hostname,
      port: Number(url.port),
      https: url.protocol === 'https:',
      timeout: timeout_s * 1000,
    };
    if (max_retries !== null) options.maxRetries = max_retries;
    clients.set(key, new sdk.WorkOS(endpoint.api_key, options));
  }
  return clients.get(key);
}

function raised(error) {
  const causes = [];
  for (let cause = error; cause != null && causes.length < 8; cause = cause.cause) {
    causes.push(String(cause?.stack ?? cause), safely(() => JSON.stringify(cause)));
  }
  return {
    type: error?.constructor?.name ?? typeof error,
    message: String(error?.message ?? error),
    text: causes.join('\n'),
  };
}

function safely(make) {
  try {
    return make();
  } catch {
    return '';
  }
}

async function answer(message) {
  let reply;
  try {
    reply = JSON.stringify({ id: message.id, ok: await operations[message.op](message) });
  } catch (error) {
    reply = JSON.stringify({ id: message.id, raised: raised(error) });
  }
  send(`${reply}\n`);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.op === 'bye') process.exit(0);
    answer(message);
  })
  .on('close', () => process.exit(0));
