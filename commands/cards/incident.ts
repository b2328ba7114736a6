import { SECTIONS } from '../../engine/investigate/report/document.js';
import type { Brief, Format } from '../../engine/investigate/report/formats.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import type { Action, Block, Card, Inline } from './card.js';
import { counted, LEVEL_NAMES } from './labels.js';

export const FORMAT_NAMES: Record<Format, string> = {
  pdf: 'PDF',
  html: 'HTML',
  markdown: 'Markdown',
  stix: 'STIX 2.1',
};

export interface IncidentOptions {
  /** What follows as files. */
  files?: readonly Format[];
  actions?: readonly Action[];
  /** The next step; otherwise to read the files. */
  next?: Inline;
  /** What stands above all. */
  above?: readonly Block[];
}

/** An incident report in short. Every sentence of the investigation names the events that show it, by their numbers in the report. */
export function incidentCard(brief: Brief, tenant: Tenant, options: IncidentOptions = {}): Card {
  const { files = [], actions = [], above = [], next } = options;
  const told = [
    ['Who', brief.who],
    ['What', brief.what],
    ['When', brief.when],
    ['How', brief.how],
  ] as const;
  const sentences = told.filter(([, text]) => text !== '');
  return {
    title: `Report on alert ${brief.alert}, version ${brief.version}: ${clip(brief.title, 150)}`,
    tone: brief.level === 'informational' ? 'neutral' : brief.level,
    blocks: [
      ...above,
      ...(brief.simulated ? [{ kind: 'note' as const, text: 'An exercise: these events are simulated.' }] : []),
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
          { name: 'Severity', value: `${LEVEL_NAMES[brief.level]}, score ${brief.score}` },
          ...(brief.alerts.length > 1 ? [{ name: 'Alerts', value: brief.alerts.join(', ') }] : []),
          { name: 'Investigated', value: [{ time: brief.made }] },
        ],
      },
      ...(sentences.length > 0
        ? [{ kind: 'list' as const, items: sentences.map(([name, text]): Inline => [{ bold: `${name}: ` }, text]) }]
        : []),
      { kind: 'text', text: countsLine(brief) },
      ...(brief.now ? [{ kind: 'text' as const, text: [{ bold: 'Do first: ' }, brief.now] as Inline }] : []),
      ...(brief.edited.length > 0
        ? [{ kind: 'note' as const, text: ['Written by hand: ', ...brief.edited.flatMap(editedWords)] }]
        : []),
      ...(actions.length > 0 ? [{ kind: 'actions' as const, actions: [...actions] }] : []),
      {
        kind: 'note',
        text: next ?? [
          files.length > 0 ? `Next: ${files.map((format) => FORMAT_NAMES[format]).join(', ')} below; ` : 'Next: ',
          { code: `/mdr report ${brief.alert}` },
          ' has the other formats.',
        ],
      },
    ],
  };
}

function countsLine({ counts, gaps, cut }: Brief): string {
  const { steps, hosts, events, observables, touched, reachable } = counts;
  return [
    `${counted(steps, 'step')} on ${counted(hosts, 'host')}`,
    `${counted(events, 'event')} as evidence`,
    counted(observables, 'observable'),
    `${touched} touched, ${reachable} in reach`,
    gaps > 0 ? `${counted(gaps, 'gap')} in the chain` : 'no gap in the chain',
    ...(cut > 0 ? [`${counted(cut, 'thing')} left out, named in the report`] : []),
  ].join(' · ');
}

export const sectionName = (section: string): string =>
  section === 'title' ? 'Title' : (SECTIONS[section as keyof typeof SECTIONS] ?? section);

const editedWords = ({ section, by, at }: Brief['edited'][number], i: number): Exclude<Inline, string> => [
  `${i > 0 ? '; ' : ''}${sectionName(section)} by ${by}, `,
  { time: at },
];
