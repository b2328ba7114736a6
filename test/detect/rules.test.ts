import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TACTICS } from '../../engine/detect/types.js';
import { projectRoot } from '../../engine/root.js';
import { sharedData } from '../support/shared.js';
import { baseRule, ownRule, packFiles, readsOf } from './pack.js';

const TECHNIQUE = /^attack\.t\d{4}/;
const files = packFiles();
const techniquesOf = (tags: readonly string[]) =>
  tags.filter((tag) => TECHNIQUE.test(tag)).map((tag) => tag.slice('attack.'.length).toUpperCase());
const tacticsOf = (tags: readonly string[]) =>
  tags.filter((tag) => !TECHNIQUE.test(tag)).map((tag) => tag.slice('attack.'.length));

/** Names of playbooks, from the one place where they are listed. */
const playbooks = [
  ...readFileSync(join(projectRoot, 'docs/rule-writing.md'), 'utf8').matchAll(/^\| `([a-z-]+)`/gm),
].map(([, name]) => name);

const SOURCES = [
  ...['windows/security', 'windows/system', 'windows/windefend', 'windows/:process_creation', 'windows/:ps_script'],
  ...['windows/:file_event', 'windows/:dns_query', 'windows/:registry_set', 'windows/:driver_load'],
  ...['linux/auditd', 'linux/auth', 'linux/sshd', 'linux/sudo', 'linux/cron', 'linux/syslog', 'linux/clamav'],
  ...['linux/:process_creation', 'macos/:process_creation', 'zeek/conn', 'zeek/dns', 'zeek/http', 'zeek/ssl'],
  ...['zeek/smb_files', 'suricata/alert', '/:firewall', '/:proxy', '/:webserver', '/:dns', '/:antivirus'],
  ...['aws/cloudtrail', 'azure/signinlogs', 'azure/auditlogs', 'azure/activitylogs', 'm365/audit', 'gcp/gcp.audit'],
  ...['gcp/google_workspace.admin', 'gcp/google_workspace.drive', 'gcp/google_workspace.login', 'okta/okta'],
  ...['github/audit', 'kubernetes/audit'],
];

describe('the rule pack as content', () => {
  it('has at least 120 rules, a dozen of them correlations', () => {
    expect(files.length).toBeGreaterThanOrEqual(120);
    expect(files.filter(({ rule }) => rule.correlation).length).toBeGreaterThanOrEqual(12);
  });

  it('covers every tactic of ATT&CK', () => {
    const covered = new Set(files.flatMap(({ rule }) => tacticsOf(rule.tags)));
    expect(TACTICS.filter((tactic) => !covered.has(tactic))).toEqual([]);
  });

  it('covers every log source that we say it does', () => {
    const read = new Set(
      files.flatMap(readsOf).map(({ product = '', service = '', category }) => {
        return `${product}/${service}${category ? `:${category}` : ''}`;
      }),
    );
    expect(SOURCES.filter((source) => !read.has(source))).toEqual([]);
  });

  it('gives every rule an id and a title of its own', () => {
    for (const key of ['id', 'title'] as const) {
      const own = files.map(({ rule }) => rule[key]);
      const values = (key === 'id' ? [...own, ...files.flatMap(({ bases }) => bases.map(({ id }) => id))] : own).map(
        (value) => value.toLowerCase(),
      );
      expect(values.filter((value, i) => values.indexOf(value) !== i)).toEqual([]);
    }
    const names = files.flatMap(({ bases }) => bases.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it('names only playbooks that are listed, and lists only those that are named', () => {
    const named = new Set(files.map(({ rule }) => rule.mdr.response));
    expect([...named].sort()).toEqual([...playbooks].sort());
  });

  describe.each(files.map((each) => [each.file, each] as const))('%s', (file, each) => {
    it('is well formed and complete', () => {
      expect(file).toMatch(/^[a-z0-9-]+\.yml$/);
      const parsed = ownRule.safeParse(each.rule);
      expect(parsed.success ? [] : parsed.error.issues).toEqual([]);
      for (const base of each.bases) {
        const found = baseRule.safeParse(base);
        expect(found.success ? [] : found.error.issues).toEqual([]);
      }
      // A correlation is fed by its own file alone, so that no rule loses its detections to another.
      const names = new Set(each.bases.map(({ name }) => name));
      for (const { correlation } of [each.rule, ...each.bases])
        for (const name of correlation?.rules ?? []) expect(names).toContain(name);
      const [{ product, category } = {}] = readsOf(each);
      expect(file.startsWith(`${product ?? category}-`)).toBe(true);
    });

    it('names known tactics, and refers to exactly its techniques', () => {
      const { tags, references } = each.rule;
      expect(techniquesOf(tags).length).toBeGreaterThan(0);
      expect(tacticsOf(tags).length).toBeGreaterThan(0);
      expect(tacticsOf(tags).filter((tactic) => !TACTICS.includes(tactic))).toEqual([]);
      const pages = techniquesOf(tags).map((id) => `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`);
      expect(references).toEqual(pages);
    });
  });
});

const attack = sharedData('intel/attack-v18.1.json');
describe.skipIf(attack === null)('held against ATT&CK 18.1 (skipped without the shared data)', () => {
  it('every technique exists, and every tactic is one of a technique of the rule', () => {
    const { techniques } = JSON.parse(readFileSync(attack!, 'utf8')) as {
      techniques: [string, { tactics: string[] }][] | Record<string, { tactics: string[] }>;
    };
    const known = new Map(Array.isArray(techniques) ? techniques : Object.entries(techniques));
    const faults = files.flatMap(({ file, rule }) => {
      const own = techniquesOf(rule.tags);
      const possible = new Set(own.flatMap((id) => known.get(id)?.tactics ?? []));
      return [
        ...own.filter((id) => !known.has(id)).map((id) => `${file}: no technique ${id}`),
        ...tacticsOf(rule.tags).flatMap((tactic) =>
          possible.has(tactic) ? [] : [`${file}: no technique of ${tactic}`],
        ),
      ];
    });
    expect(faults).toEqual([]);
  });
});
