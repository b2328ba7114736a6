import { describe, expect, it } from 'vitest';
import eventxml from '../../engine/ingest/formats/eventxml.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { parseEventXml } from '../../engine/ingest/formats/shared/event-xml.js';
import { spending } from '../support/spent.js';

const recogniser = (await loadFormats()).recogniser();
const RECEIVED = Date.UTC(2026, 2, 5);
const [created, connected] = eventxml.samples.map((sample) => sample.line) as [string, string];

describe('Sysmon for Linux', () => {
  it.each([
    ['syslog', `Mar  4 08:00:00 web-03 sysmon: ${created}`, 'linux'],
    ['RFC 5424', `<14>1 2026-03-04T08:00:00Z web-03 sysmon 811 - - ${created}`, 'linux'],
    [
      'the journal',
      JSON.stringify({ __REALTIME_TIMESTAMP: '1772611200000000', SYSLOG_IDENTIFIER: 'sysmon', MESSAGE: created }),
      'journald',
    ],
    ['a file', created, 'eventxml'],
  ])('is read from %s', (_where, line, format) => {
    const { parsed, ...read } = recogniser.read(line, null, RECEIVED);
    expect(read.format.name).toBe(format);
    expect(parsed.logsource).toEqual({ product: 'linux', service: 'sysmon', categories: ['process_creation'] });
    expect(parsed.fields).toMatchObject({ Image: '/usr/bin/curl', ParentImage: '/usr/bin/bash', User: 'www-data' });
    expect(new Date(parsed.time).toISOString()).toBe('2026-03-04T08:00:00.123Z');
    expect(parsed.ecs()).toMatchObject({ 'process.name': 'curl', 'event.category': 'process' });
  });

  it('hands out one log source for one kind of event', () => {
    const [a, b] = [created, `Mar  4 08:00:00 h sysmon: ${created}`].map((line) =>
      recogniser.read(line, null, RECEIVED),
    );
    expect(a!.parsed.logsource).toBe(b!.parsed.logsource);
    expect(recogniser.read(connected, null, RECEIVED).parsed.logsource.categories).toEqual(['network_connection']);
  });

  it('that wrote half an event is a line of its program', () => {
    const line = `Mar  4 08:00:00 web-03 sysmon: ${created.slice(0, 300)}`;
    const { parsed } = recogniser.read(line, null, RECEIVED);
    expect(parsed.logsource).toMatchObject({ product: 'linux', service: 'sysmon', categories: [] });
    expect(() => recogniser.read(created.slice(0, 300), null, RECEIVED)).toThrow(
      expect.objectContaining({ code: 'MDR_FORMAT_UNKNOWN' }),
    );
  });
});

describe('an event as XML', () => {
  const event = (inside: string) => parseEventXml(`<Event>${inside}</Event>`);

  it('keeps texts, entities, character data and attributes', () => {
    expect(event('<a x="1 &gt; 0" y=\'"\'>&lt;b&gt; &#228;&#x1f47e; <![CDATA[<&raw>]]></a><!-- no --><c/>')).toEqual({
      Event: { a: { '#attributes': { x: '1 > 0', y: '"' }, '#text': '<b> ä\u{1f47e} <&raw>' }, c: null },
    });
  });

  it.each([
    ['', '<Event'],
    ['not closed', '<Event><a></Event>'],
    ['another element', '<Events><a/></Events>'],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "aaaa">]><Event>&a;</Event>'],
    ['a comment without an end', '<Event><!-- x</Event>'],
    ['an attribute without quotes', '<Event><a x=1/></Event>'],
    ['nesting without end', '<Event>'.repeat(5000)],
    ['too many elements', `<Event>${'<a/>'.repeat(100_000)}</Event>`],
  ])('is refused: %s', (_case, text) => {
    expect(parseEventXml(text)).toBeNull();
  });

  it.each([
    ['attributes', `<Event><a ${'x="y" '.repeat(150_000)}/></Event>`],
    ['blanks in a tag', `<Event><a ${' '.repeat(1_000_000)}`],
    ['open brackets', `<Event>${'<'.repeat(1_000_000)}`],
    ['ampersands', `<Event><a>${'&'.repeat(1_000_000)}</a></Event>`],
    [
      'names of prototypes',
      '<Event><__proto__>x</__proto__><EventData><Data Name="__proto__">y</Data></EventData></Event>',
    ],
  ])('is not slowed down by %s', (_case, text) => {
    const spent = spending();
    parseEventXml(text);
    expect(spent()).toBeLessThan(2000);
    expect(Object.prototype).not.toHaveProperty('x');
  });
});
