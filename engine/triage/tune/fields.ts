import type { Fields, Value } from '../../event.js';

const MAX_LEAVES = 300;
const MAX_DEPTH = 5;
const MAX_TEXT = 2000;

/** Who, where and what: fields that tell a harmless thing from others, with how much each tells. Lower case. */
const TELLING: [number, string][] = [
  [
    3,
    'user subjectusername targetusername username user.name user_name useridentity.arn useridentity.username actor.alternateid actor actor.email userprincipalname principalemail protopayload.authenticationinfo.principalemail user.username',
  ],
  [
    3,
    'computer hostname computername host host.name src_ip sourceip sourceipaddress source.ip id.orig_h ipaddress clientip c-ip callerip sourceaddress workstationname',
  ],
  [
    4,
    'commandline processcommandline command parentcommandline scriptblocktext proctitle a0 targetobject targetfilename taskname servicename imagepath servicefilename query queryname dns.question.name cs-uri-stem uri url requestparameters.bucketname requestparameters.rolename requestparameters.username objectname sharename relativetargetname',
  ],
  [
    3,
    'image parentimage originalfilename process exe comm sourceimage targetimage imageloaded useragent user_agent cs-user-agent c-useragent signature eventname operationname displaymessage verb',
  ],
  [
    2,
    'company product description details currentdirectory destinationip dst_ip id.resp_h destinationhostname recipientaccountid awsregion eventsource pipename grantedaccess',
  ],
  // The last three are often those of the logging service, or the same for all events of a source.
  [
    1,
    'destinationport dst_port id.resp_p logontype integritylevel parentuser protocol useridentity.principalid accountname userid eventtype',
  ],
];
const WEIGHTS = new Map(TELLING.flatMap(([weight, names]) => names.split(' ').map((name) => [name, weight] as const)));

/** What is different in every event, or the same in all: it tells nothing. */
const VOLATILE =
  /(^|[._-])(ts|uid|fuid|date|seq|sequence|level|task|opcode|keywords|version|channel|eventid|provider(_?name|guid)?|category|severity\w*|tags?|message|port)$|time|guid|timestamp|(process|thread|record|logon|session|request|event|activity|correlation|trace|message)_?(id|number)$|identifier$|^@|^rulename$|hash|checksum|opcode|sourceport|src_port|orig_p$/i;
const ID_VALUE =
  /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$|^\d{4}-\d\d-\d\d[T ]\d\d:|^0x[0-9a-f]+$|^[0-9a-f]{32,}$/i;

export type Leaf = string | number | boolean;

/** How much a field tells; 0: nothing. */
export function weightOf(name: string): number {
  const known = WEIGHTS.get(name.toLowerCase());
  if (known !== undefined) return known;
  return VOLATILE.test(name) ? 0 : 0.5;
}

/** Single values of an event by the name that a condition calls them, `userIdentity.arn`; lists are left out. */
export function leavesOf(fields: Fields): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const visit = (value: Value, path: string, depth: number): void => {
    if (leaves.size >= MAX_LEAVES) return;
    if (typeof value === 'string') {
      if (value === '' || value === '-' || value.length > MAX_TEXT || ID_VALUE.test(value)) return;
      leaves.set(path, value);
    } else if (typeof value === 'number' || typeof value === 'boolean') leaves.set(path, value);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < MAX_DEPTH)
      for (const key of Object.keys(value)) {
        // A name with a bar would read as a modifier.
        if (key.includes('|') || key.includes('\u0000')) continue;
        visit(value[key], path ? `${path}.${key}` : key, depth + 1);
      }
  };
  visit(fields, '', 0);
  for (const name of leaves.keys()) if (weightOf(name) === 0) leaves.delete(name);
  return leaves;
}

/** A text as a Sigma value that means just that text: its wildcards are escaped. */
export function escapeSigma(text: string): string {
  let escaped = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '*' || c === '?') escaped += `\\${c}`;
    else if (c === '\\' && '\\*?'.includes(text[i + 1] ?? ' ')) escaped += '\\\\';
    else escaped += c;
  }
  return escaped;
}
