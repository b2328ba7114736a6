import { type Ask, type Reply, signedIn, token } from './http.world.js';

/** `machines`: those of the name ws01. `isSlow`: it says that it will, and does not yet. */
export function defender() {
  const mood = { isSlow: false, machines: ['m1'] };
  const did: { type: string; status: string; machineId: string; id: string }[] = [];
  const answer = (ask: Ask): Reply => {
    if (ask.path === '/d1/oauth2/v2.0/token')
      return new URLSearchParams(ask.body).get('client_secret') === 'secret-kept-value' ? token : { status: 401 };
    if (!signedIn(ask)) return { status: 401 };
    if (ask.path === '/api/machines')
      return {
        status: 200,
        json: {
          value: ask.query.get('$filter') === "computerDnsName eq 'ws01'" ? mood.machines.map((id) => ({ id })) : [],
        },
      };
    if (ask.path === '/api/machineactions') return { status: 200, json: { value: did.toReversed().slice(0, 1) } };
    const verb = /^\/api\/machines\/m1\/(isolate|unisolate|collectInvestigationPackage)$/.exec(ask.path)?.[1];
    if (!verb || ask.method !== 'POST' || !JSON.parse(ask.body).Comment) return { status: 404 };
    const type = verb[0]!.toUpperCase() + verb.slice(1);
    const last = did.at(-1)?.type;
    if (last !== type)
      did.push({ type, status: mood.isSlow ? 'Pending' : 'Succeeded', machineId: 'm1', id: `a${did.length}` });
    return { status: 201, json: did.at(-1) };
  };
  return { did, answer, mood };
}
export function graph() {
  const user = { id: 'u1', accountEnabled: true };
  const answer = (ask: Ask): Reply => {
    if (ask.path.endsWith('/token')) return token;
    if (!signedIn(ask)) return { status: 401 };
    if (decodeURIComponent(ask.path) === '/v1.0/users/jane@acme.com/revokeSignInSessions')
      return { status: 200, json: { value: true } };
    if (decodeURIComponent(ask.path) !== '/v1.0/users/jane@acme.com')
      return { status: 404, json: { error: { code: 'Request_ResourceNotFound' } } };
    if (ask.method === 'PATCH') Object.assign(user, JSON.parse(ask.body));
    return ask.method === 'PATCH' ? { status: 204 } : { status: 200, json: user };
  };
  return { user, answer };
}
export function falcon() {
  const device = { device_id: 'dev1', status: 'normal' };
  const mood = { isSlow: false, devices: ['dev1'] };
  const answer = (ask: Ask): Reply => {
    if (ask.path === '/oauth2/token') return { ...token, status: 201 };
    if (!signedIn(ask)) return { status: 401 };
    if (ask.path === '/devices/queries/devices/v1')
      return { status: 200, json: { resources: ask.query.get('filter') === "hostname:'ws01'" ? mood.devices : [] } };
    if (ask.path === '/devices/entities/devices/v2') return { status: 200, json: { resources: [device] } };
    const name = ask.query.get('action_name');
    if (ask.path !== '/devices/entities/devices-actions/v2' || JSON.parse(ask.body).ids[0] !== 'dev1')
      return { status: 404 };
    const [slow, done] =
      name === 'contain' ? ['containment_pending', 'contained'] : ['lift_containment_pending', 'normal'];
    device.status = mood.isSlow ? slow! : done!;
    return { status: 202, json: { resources: [{ id: 'dev1' }] } };
  };
  return { device, answer, mood };
}
export function okta() {
  const user = { id: '00u1', status: 'ACTIVE' };
  const next: Record<string, [string, string]> = {
    suspend: ['ACTIVE', 'SUSPENDED'],
    unsuspend: ['SUSPENDED', 'ACTIVE'],
    expire_password: ['ACTIVE', 'PASSWORD_EXPIRED'],
  };
  const answer = (ask: Ask): Reply => {
    if (ask.headers.authorization !== 'SSWS token-kept-value') return { status: 401 };
    const rest = /^\/api\/v1\/users\/jane(?:\/(.*))?$/.exec(ask.path);
    if (!rest) return { status: 404, json: { errorCode: 'E0000007' } };
    if (rest[1] === undefined) return { status: 200, json: user };
    if (rest[1] === 'sessions') return { status: ask.method === 'DELETE' ? 204 : 405 };
    const [from, to] = next[rest[1].replace('lifecycle/', '')] ?? ['', ''];
    if (user.status !== from) return { status: 400, json: { errorCode: 'E0000001' } };
    user.status = to;
    return { status: 200, json: {} };
  };
  return { user, answer };
}
export function google() {
  const user = { primaryEmail: 'jane@acme.com', suspended: false, changePasswordAtNextLogin: false };
  const answer = (ask: Ask): Reply => {
    if (ask.path === '/token')
      return new URLSearchParams(ask.body).get('refresh_token') === 'refresh-kept-value' ? token : { status: 400 };
    if (!signedIn(ask)) return { status: 401 };
    if (decodeURIComponent(ask.path) === '/admin/directory/v1/users/jane@acme.com/signOut') return { status: 204 };
    if (decodeURIComponent(ask.path) !== '/admin/directory/v1/users/jane@acme.com') return { status: 404 };
    if (ask.method === 'PUT') Object.assign(user, JSON.parse(ask.body));
    return { status: 200, json: user };
  };
  return { user, answer };
}
