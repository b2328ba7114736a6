import { frameworkCalled, loadFrameworks } from '../engine/compliance/index.js';
import { readPeriod } from '../engine/compliance/period.js';
import { makeReport } from '../engine/compliance/report.js';
import { loadCoveringRules } from '../engine/compliance/rules.js';
import type { CoveringRule, Framework, Report } from '../engine/compliance/types.js';
import { readConfig } from '../engine/config.js';
import { ownRules } from '../engine/detect/index.js';
import type { Card } from './cards/card.js';
import { complianceCard, requirementCard } from './cards/compliance.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { periodWords } from './words/period.js';
import { shown } from './words/record.js';

/** What people call the frameworks. */
const FRAMEWORK_TERMS: Readonly<Record<string, string>> = {
  ...{ pci: 'pci-dss', 'pci dss': 'pci-dss', pcidss: 'pci-dss', hipaa: 'hipaa', hippa: 'hipaa' },
  ...{ 'iso 27001': 'iso-27001', iso27001: 'iso-27001', '27001': 'iso-27001', iso: 'iso-27001' },
  ...{ nist: 'nist-csf', 'nist csf': 'nist-csf', csf: 'nist-csf', 'soc 2': 'soc-2', soc2: 'soc-2' },
};

const compliance: Command = {
  name: 'compliance',
  summary: "An assessor's report: what covers each requirement, gaps in logs, what was found and done.",
  usage: 'compliance [framework] [requirement] [period]',
  examples: [
    'compliance',
    'compliance pci-dss last 90d',
    'compliance pci-dss 10.2.1.5 2026-11',
    'compliance hipaa 2026-10-01..2026-10-31',
  ],
  details: [
    'Without a period: the last 30 days. Days are those of UTC.',
    'The whole report as a file: `mdr compliance <tenant> <framework> --out report.html` on the server.',
  ],
  related: ['alerts', 'tenant'],
  role: 'viewer',
  plain: [
    {
      phrases: [
        'compliance report for {framework}',
        '{framework} report',
        '{framework} report for {period}',
        'show {framework} {period}',
        'are we compliant with {framework}',
        'how do we do on {framework}',
        'what covers {framework}',
        'where are the gaps in {framework}',
        'make a report for the auditor',
        'what can we show the auditor',
        'which frameworks are there',
        'evidence for {framework} {period}',
        '{framework} status',
        'report for the assessor on {framework}',
        'does our logging satisfy {framework}',
        'what is missing for {framework}',
        'audit report {period}',
        'list compliance frameworks',
        '{framework}',
        'we have an audit coming',
        'prepare a report for {framework}',
        'how much of {framework} do we cover',
        'report on {framework} from {period}',
        'an overview of {framework} please',
        'what do we need for {framework}',
      ],
      terms: { framework: FRAMEWORK_TERMS },
      reads: true,
      args: (said) => {
        const framework = said.one('framework');
        if (framework === null) return said.has('period') ? { missing: 'For which framework?' } : [];
        return [framework, ...periodWords(said.all('period'))];
      },
    },
  ],
  async run(context, args) {
    const [id, ...rest] = args;
    if (id === undefined) return listing(await loadFrameworks());
    const framework = await frameworkCalled(id);
    const [first = '', ...others] = rest;
    const wanted = framework.requirements.find(({ id: key, number }) =>
      [key, number].some((name) => name.toLowerCase() === first.toLowerCase()),
    );
    if (!wanted && /^[a-z]*[\d.]+[.(]/i.test(first) && !first.includes('..'))
      throw wrongUsage(compliance, `${framework.name} as we have it has no requirement "${clip(first, 40)}".`);
    const period = readPeriod(wanted ? others : rest, context.clock());
    const report = await reportFor(context, framework, period);
    if (!wanted) return complianceCard(report);
    return requirementCard(report, report.requirements.find(({ requirement }) => requirement === wanted)!);
  },
};
export default compliance;

let runningRules: Promise<CoveringRule[]> | undefined;

async function reportFor(context: Context, framework: Framework, period: Report['period']): Promise<Report> {
  const { tenant, queues, clock } = context;
  // Read once: the workers too read rules only when they start.
  runningRules ??= loadCoveringRules([ownRules, ...readConfig().MDR_RULES]);
  return makeReport({ tenant, queues, clock, rules: await runningRules, shown: shown(context) }, framework, period);
}

function listing(frameworks: readonly Framework[]): Card {
  return {
    title: 'Frameworks',
    tone: 'neutral',
    blocks: [
      {
        kind: 'table',
        columns: ['Name', 'Framework', 'Requirements'],
        rows: frameworks.map(({ id, name, version, requirements }) => [
          [{ code: id }],
          `${name} ${version}`,
          String(requirements.length),
        ]),
      },
      { kind: 'note', text: ['Next: ', { code: `/mdr compliance ${frameworks[0]!.id} last 30d` }, ' makes a report.'] },
    ],
  };
}
