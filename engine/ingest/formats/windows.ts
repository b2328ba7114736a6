import type { Ecs, Fields, LogSource, Parsed } from '../../event.js';
import { timeError } from './shared/time.js';
import type { Format } from './types.js';
import { complete } from './windows/aliases.js';
import { windowsEcs } from './windows/ecs.js';
import { type Kind, kindOf } from './windows/kinds.js';
import { samples } from './windows/samples.js';
import { evtx, flat, type Shape, winlogbeat } from './windows/shapes.js';

/** The commonest first; a record of one is not of the others. */
const SHAPES: readonly Shape[] = [flat, winlogbeat, evtx];

/** What completes an event with words of its own. */
export const TRANSLATING: ReadonlySet<Kind['extras']> = new Set([
  'process-audit',
  'registry-audit',
  'dns',
  'rpc-firewall',
]);

function shapeOf(record: Fields): Shape | undefined {
  if (flat.accepts(record)) return flat;
  for (let i = 1; i < SHAPES.length; i++) if (SHAPES[i]!.accepts(record)) return SHAPES[i];
  return undefined;
}

class WindowsEvent implements Parsed {
  text: string | null = null;
  constructor(
    readonly time: number,
    readonly logsource: LogSource,
    readonly fields: Fields,
    readonly verbatim: boolean,
    private readonly kind: Kind,
  ) {}
  ecs(): Ecs {
    return windowsEcs(this.fields, this.kind, this.logsource.service, this.time);
  }
}

const windows: Format = {
  name: 'windows',
  summary: 'Windows event log: Winlogbeat and Elastic Agent, NXLog and Security-Datasets, evtx_dump',
  kind: 'json',
  priority: 90,
  accepts: (record) => typeof record !== 'string' && shapeOf(record) !== undefined,
  parse(record) {
    const given = record as Fields;
    const shape = shapeOf(given) ?? flat;
    // Before the fields: those may be the record itself, completed.
    const time = shape.time(given);
    if (Number.isNaN(time)) throw timeError('Windows');
    const fields = shape.fields(given);
    const kind = kindOf(fields.Channel, fields.EventID);
    if (kind.extras !== undefined) complete(fields, kind.extras);
    const logsource = kind.by === undefined ? kind.logsource : (kind.byValue!.get(fields[kind.by]) ?? kind.logsource);
    // ECS fields beside the data are rewritten into Sysmon's words.
    const verbatim = !TRANSLATING.has(kind.extras) && (shape !== winlogbeat || given.process === undefined);
    return new WindowsEvent(time, logsource, fields, verbatim, kind);
  },
  samples,
};
export default windows;
