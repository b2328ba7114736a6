export const SECRET = 'zeta-secret-7f3a';
/** Numbers that only zeta's records have. */
export const ALERT = 71;
export const OPEN = 72;
export const CLOSED = 73;
export const DIGEST = '0123456789abcdef0123456789abcdef';

/**
 * What somebody of another tenant tries with each command: zeta's record numbers, ids, people and values, in every place where the
 * command takes a word. A command without a line here fails the first test: whoever adds one says how it could be misused.
 */
export const CASES: Record<string, string[]> = {
  ack: [`ack ${ALERT}`, `ack #${ALERT}`, `ack zeta/${ALERT}`],
  answer: ['answer', 'answer Q1 yes', 'answer Q1 no 123456', 'answer yes'],
  ask: [
    `ask ${OPEN}`,
    `ask ${OPEN} zcu`,
    `ask 1 zcu was it you`,
    'ask 1 <@Uzcu>',
    'ask Q1',
    'ask Q1 code',
    'ask Q1 withdraw',
  ],
  alert: [`alert ${OPEN}`, `alert zeta:${OPEN}`, `alert alert-${OPEN}`, 'alert {"$gt":0}'],
  alerts: ['alerts all', `alerts all ${SECRET}`, `alerts all host ${SECRET}`, 'alerts zeta', 'alerts all {"$ne":""}'],
  assign: [`assign ${OPEN} me`, `assign 1 zed`, `assign 1 <@UZED>`, `assign ${OPEN} ana`],
  close: [`close ${OPEN} benign`, `close ${OPEN} true_positive zeta`],
  compliance: ['compliance pci-dss last 3d', 'compliance hipaa 164.312(b)', 'compliance zeta'],
  deadletters: [
    'deadletters',
    'deadletters zeta-source',
    'deadletters replay zeta-source',
    'deadletters replay all',
    'deadletters LETTER',
    'deadletters replay LETTER',
  ],
  digest: ['digest', 'digest now'],
  dismiss: ['dismiss 1', `dismiss ${OPEN}`],
  form: [`form note ${OPEN}`, `form close:${ALERT}`, `form report:${ALERT} who`, 'form tune zeta'],
  help: ['help', 'help alert', 'help zeta', 'help MDR_FORBIDDEN'],
  investigate: [`investigate ${OPEN}`, `investigate ${ALERT} again`],
  menu: ['menu', 'menu alerts'],
  models: ['models', 'models beacons', 'models zeta', 'models off beacons because', 'models again beacons because'],
  note: [`note ${OPEN} words`, `note #${OPEN} words`],
  notify: [
    'notify',
    'notify history',
    'notify preview 24h',
    'notify set chain x 5 zed',
    `notify set high now in slack:CZETA`,
    'notify undo',
    'notify test',
  ],
  numbers: ['numbers', 'numbers last 90d', 'numbers post', 'numbers zeta'],
  oncall: ['oncall', 'oncall give zed 4h', `oncall give "${SECRET}" 4h`, 'oncall back'],
  people: [
    'people',
    'people history',
    'people grant zed viewer',
    'people revoke zed',
    'people link zed slack:U0EVE',
    'people unlink zed slack:Uzed',
    'people add zed viewer slack:U0EVE customer',
  ],
  publish: [`publish ${OPEN}`, `publish ${OPEN}:${DIGEST}`, 'publish ZETA-PREVIEW'],
  raise: [`raise ${OPEN}`],
  remind: ['remind', `remind ${OPEN} in 2h call zed`],
  reopen: [`reopen ${CLOSED}`, `reopen #${CLOSED}`],
  report: [
    `report ${ALERT}`,
    `report ${ALERT} pdf`,
    `report ${ALERT} versions`,
    `report ${ALERT} edit who words`,
    `report ${ALERT} restore who`,
    `report ${ALERT} publish`,
    `report ${ALERT} publish:1.1`,
  ],
  rules: ['rules', 'rules show r1', `rules ${SECRET}`, `rules disable zeta-rule because`],
  snooze: ['snooze 1 1h', `snooze ${OPEN} 1h`],
  status: ['status'],
  storm: ['storm', 'storm 1'],
  tenant: ['tenant', 'tenant zeta'],
  tune: [
    `tune ${CLOSED}`,
    'tune list all',
    'tune show E9',
    'tune accept E9 monitor',
    'tune accept E9 active',
    'tune E9 active',
    'tune extend E9 30 more',
    'tune revoke E9 because',
  ],
  unpublish: [`unpublish ${ALERT}`, `unpublish #${ALERT}`],
  yes: ['yes 0123456789abcdef', 'yes zeta'],
};
