// Node's oidc-provider as a process: a server that nobody here wrote. Prints one JSON line when it listens.
//
// Clients, people and the format of access tokens come in as JSON on standard input. Its behaviour is left as it is by
// default; what has to be there for it to run at all (accounts, pages for login and consent, keys) is kept to the least.
// With "jwt", tokens are meant for one API, which is in this file, too, since the package is no resource server.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';

import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

const [line] = await once(createInterface({ input: process.stdin }), 'line');
const { clients, people, token_format: tokenFormat } = JSON.parse(line);

const server = createServer();
server.listen(0, 'localhost');
await once(server, 'listening');
const issuer = `http://localhost:${server.address().port}`;
const api = `${issuer}/api`;

const keys = await Promise.all(['RS256', 'ES256'].map(async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg };
}));
const publicKeys = createLocalJWKSet({ keys: keys.map(({ kty, n, e, crv, x, y, alg, use, kid }) => ({ kty, n, e, crv, x, y, alg, use, kid })) });

// Its own adapter in memory forgets the oldest of a thousand records, so a code could be gone before it is redeemed.
const stored = new Map();
class Memory {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload) { stored.set(this.key(id), payload); }
  async find(id) { return stored.get(this.key(id)); }
  async findByUid(uid) { return this.first((payload) => payload.uid === uid); }
  async findByUserCode(code) { return this.first((payload) => payload.userCode === code); }
  async consume(id) { stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { stored.delete(this.key(id)); }
  async revokeByGrantId(grantId) {
    for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key);
  }
  first(fits) {
    for (const [key, payload] of stored) if (key.startsWith(`${this.model}:`) && fits(payload)) return payload;
    return undefined;
  }
}

const provider = new Provider(issuer, {
  adapter: Memory,
  clients: clients.map(registered),
  jwks: { keys },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  scopes: ['openid', 'offline_access', 'read'],
  claims: { profile: ['name'], email: ['email'] },
  async findAccount(_, id) {
    if (!people.some(({ username }) => username === id)) return undefined;
    return { accountId: id, claims: () => ({ sub: id, name: id, email: `${id}@example.com` }) };
  },
  // It fetches no key set from addresses of special use, among them those of this machine, where the harness serves them.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_, __, oneOf) => oneOf ?? (tokenFormat === 'jwt' ? api : undefined),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'openid profile email offline_access read', audience: api, accessTokenFormat: 'jwt',
      }),
    },
  },
});

function registered({ id, secret, redirect_uri: redirectUri, post_logout_redirect_uri: logoutUri, auth_method: method, jwks, jwks_uri: jwksUri }) {
  return {
    client_id: id,
    ...(secret ? { client_secret: secret } : {}),
    ...(jwksUri ? { jwks_uri: jwksUri } : jwks ? { jwks } : {}),
    token_endpoint_auth_method: jwks ? 'private_key_jwt' : secret ? method : 'none',
    ...(logoutUri ? { post_logout_redirect_uris: [logoutUri] } : {}),
    ...(redirectUri
      ? { redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code', 'refresh_token', ...(secret ? ['client_credentials'] : [])] }
      : { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] }),
  };
}

const page = (res, body, status = 200) => {
  res.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  res.end(`<!doctype html><title>Sign in</title>${body}`);
};

async function interact(req, res) {
  const { uid, prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  const form = req.method === 'POST' ? new URLSearchParams(await text(req)) : undefined;
  if (form?.get('action') === 'deny') {
    await provider.interactionFinished(req, res, { error: 'access_denied' });
  } else if (prompt.name === 'login') {
    const person = form && people.find(({ username, password }) => username === form.get('login') && password === form.get('password'));
    if (person) {
      await provider.interactionFinished(req, res, { login: { accountId: person.username } });
      return;
    }
    page(res, `${form ? '<p>No such person, or another password.</p>' : ''}<form method="post" action="/interaction/${uid}">
      <input name="login"><input name="password" type="password"><button>Sign in</button></form>`);
  } else if (!form) {
    page(res, `<p>May it?</p><form method="post" action="/interaction/${uid}">
      <button name="action" value="deny">Deny</button><button name="action" value="allow">Allow</button></form>`);
  } else {
    const grant = (grantId && await provider.Grant.find(grantId))
      || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    const { missingOIDCScope = [], missingOIDCClaims = [], missingResourceScopes = {} } = prompt.details;
    grant.addOIDCScope(missingOIDCScope.join(' '));
    grant.addOIDCClaims(missingOIDCClaims);
    for (const [resource, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, scopes.join(' '));
    await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  }
}

// RFC 6750: the token in the header only; RFC 9068 section 4: type, issuer, audience, signature, expiry.
async function serveApi(req, res) {
  const refuse = (status, challenge) => {
    res.writeHead(status, { 'www-authenticate': challenge });
    res.end();
  };
  const [, token] = /^Bearer +([\w.~+/=-]+) *$/i.exec(req.headers.authorization ?? '') ?? [];
  if (!token) {
    refuse(401, 'Bearer realm="api"');
    return;
  }
  try {
    const { payload } = await jwtVerify(token, publicKeys, { issuer, audience: api, typ: 'at+jwt' });
    res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    res.end(JSON.stringify({ sub: payload.sub, scope: payload.scope }));
  } catch {
    refuse(401, 'Bearer realm="api", error="invalid_token"');
  }
}

const answer = provider.callback();
server.on('request', (req, res) => {
  const handle = req.url.startsWith('/interaction/') ? interact : req.url.split('?')[0] === '/api' ? serveApi : answer;
  Promise.resolve(handle(req, res)).catch((error) => {
    if (!res.headersSent) page(res, '<p>This sign-in is over.</p>', error.name === 'SessionNotFound' ? 400 : 500);
  });
});
console.log(JSON.stringify({ base_url: `${issuer}/`, api_url: api }));
