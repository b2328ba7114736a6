import type { Ecs, Fields } from '../../../event.js';
import { integer, ip, port, set, setProcess, startEcs, text } from './values.js';

/** Reads one kind of message into the ECS view; false when the message is of another kind. */
type Reader = (message: string, ecs: Ecs) => boolean;

// Names in these messages are chosen by whoever connects and may hold blanks and words of the message itself. So every pattern
// takes the name greedily, however long, and is anchored at the end: the last ` from … port …` is the daemon's own.
const SSH_LOGIN =
  /^(Accepted|Failed) (\S{1,40}) for (?:(?:invalid|illegal) user )?(.*) from (\S{1,64}) port (\d{1,5})(?: ssh\d?)?(?:: .{0,256})?$/;
const SSH_INVALID = /^(?:Invalid|Illegal) user (.*) from (\S{1,64})(?: port (\d{1,5}))?$/;
const SSH_CLOSED =
  /^(?:Disconnected from|Connection (?:closed|reset) by)(?: (?:authenticating|invalid) user (.{0,256}))?(?: user (.{0,256}))? (\S{1,64}) port (\d{1,5})(?: \[preauth\])?$/;
const PAM_SESSION =
  /^pam_\w{1,32}\(([\w:-]{1,64})\): session (opened|closed) for user (.{1,256}?)(?:\(uid=\d{1,10}\))?(?: by (.{0,256}))?$/;
const PAM_FAILURE =
  /^pam_\w{1,32}\([\w:-]{1,64}\): authentication failure;.{0,512} rhost=(\S{0,64})(?: {1,2}user=(.{0,256}))?$/;
const NEW_USER = /^new user: name=([^,]{1,256}), /;
const DELETE_USER = /^delete user '(.{1,256})'$/;
const ADD_TO_GROUP = /^add '(.{1,256})' to (?:shadow )?group '(.{1,256})'$/;
const PASSWORD = /^pam_\w{1,32}\(\w{1,32}:chauthtok\): password changed for (.{1,256})$/;
const SU =
  /^(?:\(to (.{1,256})\) (.{1,256}) on \S{1,64}|(FAILED SU|Successful su) (?:\(to |for )(.{1,256}?)\)? (?:by )?(.{1,256}?)(?: on \S{1,64})?)$/;

function auth(ecs: Ecs, action: string, outcome: 'success' | 'failure' | undefined, category = 'authentication'): true {
  ecs['event.action'] = action;
  ecs['event.category'] = category;
  set(ecs, 'event.outcome', outcome);
  return true;
}

function ssh(message: string, ecs: Ecs): boolean {
  const login = SSH_LOGIN.exec(message);
  const invalid = login ? null : SSH_INVALID.exec(message);
  const closed = login || invalid ? null : SSH_CLOSED.exec(message);
  const found = login ?? invalid ?? closed;
  if (!found) return false;
  const [user, address, from] = login
    ? [login[3], login[4], login[5]]
    : invalid
      ? [invalid[1], invalid[2], invalid[3]]
      : [closed![1] ?? closed![2], closed![3], closed![4]];
  set(ecs, 'user.name', text(user));
  set(ecs, 'source.ip', ip(address));
  set(ecs, 'source.port', port(from));
  ecs['network.protocol'] = 'ssh';
  if (closed) return auth(ecs, 'ssh-disconnected', undefined);
  return auth(ecs, 'ssh-login', login?.[1] === 'Accepted' ? 'success' : 'failure');
}

function pam(message: string, ecs: Ecs): boolean {
  const session = PAM_SESSION.exec(message);
  if (session) {
    set(ecs, 'user.name', text(session[3]));
    return auth(ecs, `session-${session[2]}`, 'success');
  }
  const failure = PAM_FAILURE.exec(message);
  if (failure) {
    set(ecs, 'user.name', text(failure[2]));
    set(ecs, 'source.ip', ip(failure[1]));
    return auth(ecs, 'authentication-failure', 'failure');
  }
  const password = PASSWORD.exec(message);
  if (!password) return false;
  set(ecs, 'user.target.name', text(password[1]));
  return auth(ecs, 'password-change', 'success', 'iam');
}

function accounts(message: string, ecs: Ecs): boolean {
  const added = NEW_USER.exec(message);
  const removed = DELETE_USER.exec(message);
  const grouped = ADD_TO_GROUP.exec(message);
  set(ecs, 'user.target.name', text((added ?? removed ?? grouped)?.[1]));
  if (added) return auth(ecs, 'user-created', 'success', 'iam');
  if (removed) return auth(ecs, 'user-deleted', 'success', 'iam');
  return grouped ? auth(ecs, 'group-member-added', 'success', 'iam') : false;
}

function su(message: string, ecs: Ecs): boolean {
  const found = SU.exec(message);
  if (!found) return false;
  set(ecs, 'user.name', text(found[2] ?? found[5]));
  set(ecs, 'user.target.name', text(found[1] ?? found[4]));
  return auth(ecs, 'su', found[3] === 'FAILED SU' ? 'failure' : 'success');
}

const READERS: readonly Reader[] = [ssh, pam, accounts, su];
/** syslogd's word for a message that came several times on end. */
const REPEATED = /^message repeated \d{1,9} times: \[ ?(.*)\]$/;
/** Longest message that is read for what it says; longer ones are kept as they are. */
const LONGEST = 2048;

/** The ECS view of a syslog or journal line from the fields that rules see. */
export function linuxEcs(fields: Fields, service: string, time: number): Ecs {
  const ecs = startEcs(time, `linux.${service}`);
  set(ecs, 'host.name', text(fields.hostname));
  const image = text(fields.Image);
  if (image !== undefined) setProcess(ecs, image);
  else set(ecs, 'process.name', text(fields.program));
  set(ecs, 'process.pid', integer(fields.pid));
  set(ecs, 'process.command_line', text(fields.CommandLine));
  const message = text(fields.message);
  set(ecs, 'message', message);
  if (fields.Signature !== undefined) {
    auth(ecs, 'malware-found', undefined, 'malware');
    set(ecs, 'rule.name', text(fields.Signature));
    set(ecs, 'file.path', text(fields.Filename));
  } else if (fields.CommandLine !== undefined) {
    auth(ecs, 'command-executed', undefined, 'process');
    set(ecs, 'user.name', text(fields.User));
    set(ecs, 'user.target.name', text(fields.USER));
  } else if (fields.COMMAND !== undefined) {
    auth(ecs, 'command-refused', 'failure', 'process');
    set(ecs, 'user.name', text(fields.User));
    set(ecs, 'user.target.name', text(fields.USER));
  } else if (message !== undefined && message.length <= LONGEST) {
    const once = REPEATED.exec(message)?.[1] ?? message;
    READERS.some((read) => read(once, ecs));
  }
  return ecs;
}
