import type { Page } from 'playwright-core';
import { openSecrets } from '../../engine/notify/secrets.js';
import { createListToken } from '../../engine/respond/actions/blocks.js';
import { ldapSchema } from '../../engine/respond/actions/connectors.js';
import { loaded } from '../../engine/respond/playbook/drive/keep.js';
import { handleOf, linkKey, wanted } from '../../engine/respond/playbook/drive/steps.js';
import type { Loaded } from '../../engine/respond/playbook/drive/types.js';
import type { Effect } from '../../engine/respond/playbook/run/index.js';
import type { Kind } from '../../engine/respond/playbook/types.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { Ephemeral, SlackMessage } from '../doubles/slack.js';
import { ADMIN, Directory } from '../respond/actions/slapd.js';
import { CHANNEL, openRoad, type Road, TENANT, until } from './harness.js';

export const BOB = 'U0BOB';
/** The customer's: one agrees, another one does their tasks. */
export const CUS = 'U0CUS';
const DAN = 'U0DAN';
export const CUSTOMER = 'C0CUST';
const KEY = 'a key of at least thirty-two characters';

export const words = (value: unknown): string => JSON.stringify(value);

/** The road with a second analyst, the customer's responder, a real directory that is theirs, and block lists to be fetched. */
export async function ransomwareWorld() {
  const directory = new Directory();
  await directory.open();
  const road = await openRoad({ more: { MDR_SECRET_KEY: KEY } });
  const { store, slack } = road;
  const { base, url } = directory;
  const ldap = ldapSchema.parse({ url, bindDn: ADMIN.dn, secret: 'directory', base, kind: 'openldap' });
  const channels = [
    { surface: 'slack', channel: CHANNEL, lane: 'provider' },
    { surface: 'slack', channel: CUSTOMER, lane: 'customer' },
  ];
  await store.tenants.updateOne({ _id: TENANT }, { $set: { connectors: { ldap }, channels } });
  const people = [
    ['bob', 'Bob', 'provider', 'lead', BOB],
    ['cus', 'Cus Tomer', 'customer', 'responder', CUS],
    ['dan', 'Dan Desk', 'customer', 'responder', DAN],
  ] as const;
  for (const [_id, name, side, role, user] of people) {
    await store.people.create({ _id, name, side, identities: [`slack:${user}`], grants: [{ tenant: TENANT, role }] });
    slack.workspace.addUser(user, _id);
  }
  slack.workspace.addChannel(CUSTOMER);
  const acme = await store.forTenant(TENANT);
  await openSecrets(KEY).keep(acme, 'directory', ADMIN.password, Date.now);
  const token = await createListToken(store, TENANT, Date.now);
  return {
    ...{ road, acme, directory },
    jane: directory.dnOf('jane'),
    /** As a firewall fetches it. */
    async list(file: string): Promise<string> {
      const address = `${road.parts.engine.facts.engine}/lists/${TENANT}/${file}`;
      const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
      if (response.status !== 200) throw new Error(`${address}: ${response.status}`);
      return response.text();
    },
    async stop() {
      await road.stop();
      await directory.close();
    },
  };
}

export type World = Awaited<ReturnType<typeof ransomwareWorld>>;

/** Windows says that somebody deletes the shadow copies. */
export function shadowsDeleted(host: string): string {
  const at = new Date();
  return JSON.stringify({
    '@timestamp': at.toISOString(),
    host: { name: host },
    winlog: {
      ...{ channel: 'Microsoft-Windows-Sysmon/Operational', provider_name: 'Microsoft-Windows-Sysmon' },
      ...{ event_id: '1', computer_name: host },
      event_data: {
        UtcTime: at.toISOString().replace('T', ' ').replace('Z', ''),
        ...{ Image: 'C:\\Windows\\System32\\vssadmin.exe', OriginalFileName: 'VSSADMIN.EXE' },
        ...{ CommandLine: 'vssadmin.exe delete shadows /all /quiet', ParentImage: 'C:\\Windows\\System32\\cmd.exe' },
        User: 'ACME\\jane',
      },
    },
  });
}

/** The run as it is, and what it waits for that a person can answer. */
export async function present(acme: TenantStore): Promise<Loaded & { open: Effect[]; revision: number }> {
  const record = (await acme.playbookRuns.findOne({ number: 1 }))!;
  const run = await loaded(acme, record);
  const open: Effect[] = [];
  for (const effect of wanted(run.program, run.state)) {
    if (effect.kind === 'task' || effect.kind === 'stuck') open.push(effect);
    if (effect.kind !== 'approve') continue;
    // Its request is made by the worker first.
    const link = record.links.find(({ key }) => key === linkKey(run.state, effect.step));
    if (effect.action === undefined || link?.action !== undefined) open.push(effect);
  }
  return { ...run, open, revision: record.revision };
}

const EXAMPLES: Partial<Record<Kind, string>> = { 'yes-no': 'no', number: '1', host: 'fs01', user: 'jane' };

/** What people answer in this case, and which way they go. */
const ANSWERS: Record<string, string> = { running: 'yes', spreading: 'no' };
const CHOICES: Record<string, string> = { whose: 'person', job: 'isolate' };

/** Somebody answers one effect, in Slack; what has a button in the room's checklist is clicked. */
export async function answer(
  { road, acme }: World,
  run: Loaded,
  effect: Effect,
  room: string,
  card: () => SlackMessage,
): Promise<void> {
  const { slack } = road;
  const handle = handleOf(run.state, effect.step);
  const id = effect.step.split('/').at(-1)!;
  const say = async (text: string, user = 'U0ANA', channel = room) => {
    await slack.slash(`playbook ${text}`, { user, channel });
  };
  if (effect.kind === 'stuck') return say(`leave 1 ${handle} done by hand`);
  if (effect.kind === 'approve' && effect.action === undefined) {
    const isTheirs = effect.approver === 'customer-lead';
    return say(`agree 1 ${handle}`, isTheirs ? CUS : BOB, isTheirs ? CUSTOMER : room);
  }
  if (effect.kind === 'approve') {
    const { action } = run.record.links.find(({ key }) => key === linkKey(run.state, effect.step))!;
    const { digest } = (await acme.actions.findOne({ number: action! }))!;
    const button = `mdr:actions:approve-${handle}`;
    const isShown = () => words(card().blocks).includes(`"${button}"`);
    // A worker that died just before it said so leaves the checklist behind until the next one.
    await until('the button', async () => isShown(), 3000).catch(() => {});
    if (isShown()) await slack.click(card(), button, { user: BOB });
    else await slack.slash(`actions approve:${action}:${digest}`, { user: BOB, channel: room });
    return;
  }
  if (effect.kind !== 'task') return;
  if (effect.choices) {
    const ids = effect.choices.map((choice) => choice.id);
    return say(`choose 1 ${handle} ${ids.find((each) => each === CHOICES[id]) ?? ids.at(-1)}`);
  }
  const given = Object.entries(effect.answers ?? {}).map(([name, { kind }]) => {
    if (name === 'block-ips') return `${name}=203.0.113.66`;
    if (name === 'block-domains') return `${name}=evil.example`;
    return `${name}=${ANSWERS[name] ?? EXAMPLES[kind] ?? (kind.endsWith('s') ? 'none' : 'words')}`;
  });
  if (effect.lane === 'customer') return say(`done 1 ${handle} ${given.join(' ')}`.trim(), DAN, CUSTOMER);
  return say(`done 1 ${handle} ${given.join(' ')}`.trim());
}

/** The newest answer that only one person sees, once it says this. */
export const told = (road: Road, text: string): Promise<Ephemeral> =>
  until(`an answer with "${text}"`, async () =>
    road.slack.ephemerals.findLast(({ blocks }) => words(blocks).includes(text)),
  );

/** The action id of a button by the end of its name. */
export function buttonOf(blocks: unknown, part: string): string {
  const found = new RegExp(`"action_id":"(mdr:${part}[^"]*)"`).exec(words(blocks))?.[1];
  if (!found) throw new Error(`no button ${part} in ${words(blocks)}`);
  return found;
}

/** The case in a real browser, as ana sees it. */
export async function openCasePage(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.goto(`${new URL(link).origin}/#cases/${TENANT}/1`);
  await page.getByText('Playbook · Ransomware · run 1').first().waitFor();
}
