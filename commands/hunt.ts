import { MdrError } from '../engine/errors.js';
import type { Card } from './cards/card.js';
import { coverage } from './hunt/coverage.js';
import { conclude, create, note, record, records } from './hunt/records.js';
import { oneRun, runs } from './hunt/runs.js';
import { list, schedule, show } from './hunt/saved.js';
import { schema } from './hunt/schema.js';
import { ask, indicator, runSaved, sigma, sql } from './hunt/start.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { inProviderLane, need } from './words/preconditions.js';
import { didYouMean } from './words/suggest.js';

const RUN = /^#?([1-9]\d{0,8})$/;

const VERBS: Readonly<Record<string, (context: Context, words: readonly string[]) => Promise<Card>>> = {
  ...{ ask, sigma, sql, indicator, schema, list, show, run: runSaved, schedule, runs },
  ...{ new: create, note, conclude, records, record, coverage },
};

const hunt: Command = {
  name: 'hunt',
  summary:
    'Look back in time: ask a question, run a rule or a saved hunt, look for values, query; keep what was found.',
  usage: 'hunt [ask | sigma | indicator | run | list | sql | new | n …]',
  examples: [
    'hunt ask failed logons on dc01 last night by source',
    'hunt indicator 203.0.113.9 evil[.]example last 30d',
    'hunt list kerberos',
    'hunt run kerberoasting least=5 last 7d',
    'hunt schedule kerberoasting daily',
    "hunt sql last 7d SELECT host_name, count(*) AS n FROM process WHERE process_name = 'psexec.exe' GROUP BY 1",
    'hunt new somebody roasts service tickets T1558.003',
  ],
  details: [
    'ask: what (failed logons, connections, dns queries, processes, cloud calls …), on which host, user, ip or domain, when, “by source”, “top 10”.',
    'sigma <rule>: any rule, by id, file or title: a query leaves out what cannot match, the rule itself decides on the rest.',
    'run: a saved hunt, with its parameters as name=value; its own period when you give none. schedule: daily, weekly or off.',
    'list, show <name>, schema, runs, coverage: what is saved, what can be asked, what was run, which techniques were hunted for.',
    'A number shows a run; then: files, alert [level], rule (a draft), cancel. What takes longer comes into the channel when it is done.',
    'new, note H1 …, conclude H1 found | not-found | inconclusive …: the record of a hunt. What you run meanwhile is written into it.',
    'Everything is about this tenant only, and for the provider’s people.',
  ],
  related: ['investigate', 'rules', 'raise'],
  role: 'analyst',
  async run(context, args) {
    need(here, context);
    const [word = 'runs', ...rest] = args;
    const number = RUN.exec(word)?.[1];
    if (number) return oneRun(context, Number(number), rest);
    const verb = word.toLowerCase();
    if (Object.hasOwn(VERBS, verb)) return VERBS[verb]!(context, rest);
    const names = Object.keys(VERBS);
    throw wrongUsage(
      hunt,
      `"${clip(word, 40)}" is nothing that hunt does: ${names.join(', ')}.${didYouMean(verb, names)}`,
    );
  },
};
export default hunt;

const here = inProviderLane<Context>(
  () =>
    new MdrError(
      'MDR_FORBIDDEN',
      "hunts are for the provider's people, in the provider's own channels.",
      'Ask your provider to hunt for it.',
    ),
);
