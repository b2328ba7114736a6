import type { Ecs, LogSource } from '../../../engine/event.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import type { LakeEvent } from '../../../engine/lake/pack.js';
import { readLogs } from '../detect.js';

/** What of a text changes from copy to copy; the rest stays. */
type Piece =
  | string
  | { kind: 'time'; ms: number; between: string }
  | { kind: 'name' | 'ip' | 'guid' | 'number'; text: string };

interface Template {
  /** Ms since the beginning of its file. */
  since: number;
  /** The file's beginning, epoch ms. */
  start: number;
  logsource: LogSource;
  format: string;
  line: Piece[];
  /** Fields of the ECS view that stay, and those that change. */
  same: Ecs;
  changing: [keyof Ecs, Piece[]][];
}

export interface Copy {
  /** Names of this copy's machines and people end in it. */
  n: number;
  /** Beginning of its day, epoch ms. */
  day: number;
}

const TIME = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d`;
const IP = String.raw`\b(?:10|172|192)(?:\.\d{1,3}){3}\b`;
const GUID = String.raw`\{[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-)`;
const NUMBER = String.raw`(?<="RecordNumber":|"ThreadID":|"uid":"C)\d+`;
const DAY_MS = 24 * 3600_000;

/** Records of the shared data, taken apart so that copies of them with other machines, people, addresses and times are cheap. */
export async function readTemplates(folders: readonly string[]): Promise<Template[]> {
  const recogniser = (await loadFormats()).recogniser();
  const found: { line: string; ecs: Ecs; time: number; start: number; logsource: LogSource; format: string }[] = [];
  for (const folder of folders) {
    for await (const log of readLogs(folder)) {
      let start = Infinity;
      const first = found.length;
      for (const line of log.toString('utf8').split('\n')) {
        if (line === '') continue;
        const { parsed, format } = recogniser.read(line, null, 0);
        start = Math.min(start, parsed.time);
        found.push({
          line,
          ecs: parsed.ecs(),
          time: parsed.time,
          start: 0,
          logsource: parsed.logsource,
          format: format.name,
        });
      }
      for (const each of found.slice(first)) each.start = start;
    }
  }
  const names = new Set<string>();
  for (const { ecs } of found) {
    for (const name of [ecs['host.name']?.split('.')[0], ecs['user.name'], ecs['user.target.name']])
      if (
        name &&
        name.length >= 4 &&
        /^[\w$-]+$/.test(name) &&
        !/^(SYSTEM|LOCAL|NETWORK|ANONYMOUS|root|Window)/i.test(name)
      )
        names.add(name);
  }
  const longest = [...names].sort((a, b) => b.length - a.length).map((name) => name.replace('$', '\\$'));
  const pattern = new RegExp(`(${TIME})|(${IP})|(${GUID})|(${NUMBER})|\\b(?:${longest.join('|')})`, 'g');
  return found.map(({ line, ecs, time, start, logsource, format }) => {
    const same: Record<string, unknown> = {};
    const changing: Template['changing'] = [];
    for (const [field, value] of Object.entries(ecs)) {
      const pieces = typeof value === 'string' && field !== '@timestamp' ? takeApart(value, pattern) : [];
      if (pieces.length > 1) changing.push([field as keyof Ecs, pieces]);
      else same[field] = value;
    }
    return {
      since: (time - start) % DAY_MS,
      start,
      logsource,
      format,
      line: takeApart(line, pattern),
      same: same as unknown as Ecs,
      changing,
    };
  });
}

function takeApart(text: string, pattern: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    pieces.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const [whole, time, ip, guid, number] = match;
    if (time) pieces.push({ kind: 'time', ms: Date.parse(`${time.replace(' ', 'T')}Z`), between: time[10]! });
    else pieces.push({ kind: ip ? 'ip' : guid ? 'guid' : number ? 'number' : 'name', text: whole });
  }
  if (pieces.length === 0) return [text];
  pieces.push(text.slice(end));
  return pieces;
}

function build(pieces: readonly Piece[], n: number, shift: number): string {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else if (piece.kind === 'time') {
      const iso = new Date(piece.ms + shift).toISOString();
      text += piece.between === 'T' ? iso.slice(0, 19) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
    } else if (piece.kind === 'ip') {
      const [a, , , d] = piece.text.split('.');
      text += `${a}.${16 + (n % 16)}.${n % 251}.${d}`;
    } else if (piece.kind === 'guid') text += `{${((n * 2654435761) >>> 0).toString(16).padStart(8, '0')}`;
    else if (piece.kind === 'number') text += String(Number(piece.text) + n * 1_000_003);
    else text += `${piece.text}-${n}`;
  }
  return text;
}

/** One event of a copy. @param id its id */
export function eventOf(
  template: Template,
  { n, day }: Copy,
  id: string,
  change?: (ecs: Ecs) => void,
): LakeEvent & { time: number } {
  const { since, start, logsource, format, same, changing, line } = template;
  const time = day + since;
  const shift = time - since - start;
  return {
    id,
    time,
    source: 'bench',
    format,
    simulated: false,
    original: build(line, n, shift),
    parsed: {
      time,
      logsource,
      fields: {},
      ecs() {
        const ecs: Ecs = { ...same };
        for (const [field, pieces] of changing) Object.assign(ecs, { [field]: build(pieces, n, shift) });
        change?.(ecs);
        return ecs;
      },
    },
  };
}
