import { beforeAll, describe, expect, it } from 'vitest';
import { loadModels, modelCalled } from '../../../engine/hunt/models/index.js';
import { MAX_EVIDENCE, MAX_RELATED, type Model, type Seen } from '../../../engine/hunt/models/types.js';
import { hunted } from '../../support/hunted.js';
import { DAYS, ordinaryMonth, PEOPLE, START, seen } from '../../support/month.js';
import { PLANTED, PLANTED_DAY } from '../../support/planted.js';

let models: Model[] = [];
let month: Seen[][] = [];
let other: Seen[][] = [];
beforeAll(async () => {
  models = await loadModels();
  month = [...ordinaryMonth()];
  other = [...ordinaryMonth(2)];
}, 60_000);

/** One finding a week per thousand users. */
const ALLOWED = Math.floor(2 * (DAYS / 7) * (PEOPLE / 1000));

describe('every hunting model', () => {
  it('says what it is, needs and compares with', () => {
    expect(models.length).toBeGreaterThanOrEqual(18);
    for (const model of models) {
      expect(model.name).toMatch(/^[a-z][a-z-]+$/);
      expect(model.needs.fields.length, model.name).toBeGreaterThan(0);
      for (const technique of model.techniques) expect(technique).toMatch(/^T\d{4}(\.\d{3})?$/);
      for (const text of [model.title, model.summary, model.baseline.words, model.needs.data])
        expect(text.length, model.name).toBeGreaterThan(3);
    }
    expect(new Set(models.map(({ name }) => name)).size).toBe(models.length);
  });

  it('has an intrusion of its kind here', () => {
    expect(Object.keys(PLANTED).sort()).toEqual(models.map(({ name }) => name));
  });

  it('is quiet over two ordinary months', () => {
    const loud = models.flatMap((model) => {
      const said = [month, other].flatMap((days) => hunted(model, days));
      return said.length > ALLOWED ? [`${model.name}:`, ...said.map(({ words }) => words)] : [];
    });
    expect(loud).toEqual([]);
  }, 120_000);

  it.each(Object.keys(PLANTED))('%s finds the intrusion of its kind, and explains it', async (name) => {
    const { entity, words, events } = PLANTED[name]!;
    const days = month.map((day, i) =>
      i === PLANTED_DAY ? [...day, ...events()].sort((a, b) => a.time - b.time) : day,
    );
    const found = hunted(await modelCalled(name), days).filter((finding) => finding.entity.name === entity);
    expect(found.map((each) => each.words).join('\n')).toMatch(words);
    for (const finding of found) {
      expect(finding.score).toBeLessThanOrEqual(1);
      expect(finding.evidence.length).toBeLessThanOrEqual(MAX_EVIDENCE);
      expect(finding.related.length).toBeLessThanOrEqual(MAX_RELATED);
      expect(finding.evidence.some((id) => id.startsWith('p'))).toBe(true);
      expect(finding.to).toBeGreaterThanOrEqual(finding.from);
      expect(finding.to).toBeGreaterThanOrEqual(START + PLANTED_DAY * 86_400_000);
    }
  });

  it('says the same again under the same keys, from a state that was written down', () => {
    for (const model of models) {
      const state = model.fold(model.start(), PLANTED[model.name]!.events());
      const now = START + (PLANTED_DAY + 1) * 86_400_000 - 1;
      const [first, second] = [state, JSON.parse(JSON.stringify(state))].map((each) =>
        model.judge(each, now, { floor: 0 }),
      );
      expect(second, model.name).toEqual(first);
    }
  });

  it('stands what attackers write, and keeps its state small', () => {
    const nasty = [
      '__proto__',
      'constructor',
      '',
      '\u0000',
      'x'.repeat(100_000),
      '<@U1> \u202e',
      '%'.repeat(3000),
      "'".repeat(5000),
      '.',
      '..',
      '-1',
      '::ffff:1.2.3.4',
    ];
    const events = nasty.flatMap((text, i) =>
      Array.from({ length: 40 }, (_, n) =>
        seen(`n${i}-${n}`, START + i * 1000 + n, {
          'user.name': text,
          'source.ip': n % 2 ? text : '10.0.0.1',
          'destination.ip': n % 3 ? text : '198.51.100.1',
          'destination.domain': text,
          'destination.port': 445,
          'source.bytes': 1e300,
          'event.duration': 1e15,
          'host.name': text,
          'event.category': 'authentication',
          'event.outcome': n % 2 ? 'failure' : 'success',
          'event.action': text,
          'cloud.provider': text,
          'process.name': text,
          'process.executable': text,
          'process.parent.executable': text,
          'process.command_line': text,
          'url.original': text,
          ...(n % 5 === 0 ? { 'dns.question.name': `${n}.${text}` } : {}),
        }),
      ),
    );
    for (const model of models) {
      const state = model.fold(model.start(), events);
      for (const finding of model.judge(state, START + 3_600_000, { floor: 0 }))
        expect(Number.isFinite(finding.score), model.name).toBe(true);
      expect(JSON.stringify(state).length, model.name).toBeLessThan(1_500_000);
    }
    expect(({} as Record<string, unknown>).last).toBeUndefined();
  });

  it('is found by its name, and an unknown one is told', async () => {
    expect((await modelCalled('Beacons')).name).toBe('beacons');
    await expect(modelCalled('nothing')).rejects.toMatchObject({
      code: 'MDR_MODEL_UNKNOWN',
      hint: expect.stringContaining('beacons'),
    });
  });
});
