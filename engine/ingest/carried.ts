import type { Fields, Value } from '../event.js';
import { at, firstText, integer, text } from './formats/shared/values.js';

/** A log's own line within a shipper's document. */
export interface Carried {
  line: string;
  /** The machine that the document names. */
  host: string | undefined;
}

/**
 * Shippers wrap a log's own line into a JSON document of theirs: Filebeat and Logstash as `message` or `event.original`, Fluent Bit
 * as `log`; and take syslog apart into program, host and message (rsyslog, Vector, Fluent Bit, Logstash). A document that no
 * shipper has marked is an application's record, whatever its message says.
 * @param time epoch ms of the document
 * @param host where the document comes from, when it does not say so itself
 */
export function carried(document: Fields, time: number, host: string | undefined): Carried | null {
  const message = firstText(at(document, 'event', 'original'), document.log, document.message, document.msg);
  if (message === undefined) return null;
  const from = hostOf(document) ?? host;
  const program = programOf(document);
  if (program !== undefined && from !== undefined)
    return { line: syslogLine(document, time, from, program, message), host: from };
  return isWrapping(document) ? { line: message, host: from } : null;
}

const TAGGED = /^([^\s:[\]]{1,48})\[(\d{1,10})\]: (?=\S)/;

/**
 * A syslog line that has lost its time and host on the way, as syslog-ng and others send it to HEC: `sshd[21]: …`.
 * @returns it with both again; null when it is no such line
 */
export function retagged(line: string, time: number, host: string | undefined): string | null {
  const tag = host === undefined ? null : TAGGED.exec(line);
  if (!tag) return null;
  return syslogLine({ pid: tag[2]! }, time, host!, tag[1]!, line.slice(tag[0].length));
}

function hostOf(document: Fields): string | undefined {
  const { host } = document;
  const named = firstText(at(host, 'name'), at(host, 'hostname'), typeof host === 'string' ? host : undefined);
  return named ?? firstText(document.hostname, document.sysloghost, document.fromhost, document.logsource);
}

/** Whether a document has what shippers add to lines: where in which file it stood, or their own mark. */
function isWrapping(document: Fields): boolean {
  return (
    typeof document.log === 'string' ||
    document['@version'] !== undefined ||
    document.source_type !== undefined ||
    [at(document, 'log', 'offset'), at(document, 'log', 'file'), at(document, 'input', 'type')].some(
      (mark) => mark !== undefined,
    ) ||
    at(document, 'event', 'original') !== undefined
  );
}

/** Names under which shippers give the program of a syslog line. */
const PROGRAMS = ['programname', 'syslogtag', 'appname', 'app_name', 'app-name', 'ident', 'program'] as const;

function programOf(document: Fields): string | undefined {
  const found = firstText(...PROGRAMS.map((name): Value => document[name]), at(document, 'process', 'program'));
  return found?.replace(/:$/, '');
}

/** The syslog line (RFC 5424) that a shipper took apart. */
function syslogLine(document: Fields, time: number, host: string, program: string, message: string): string {
  const tagged = /^([^[\]]{1,128})\[([^\]]{1,32})\]$/.exec(program);
  const pid =
    tagged?.[2] ?? firstText(document.procid, document.pid, document.proc_id, at(document, 'process', 'pid')) ?? '-';
  const priority = integer(document.pri) ?? 13;
  const header = [new Date(time).toISOString(), word(host, 255), word(tagged?.[1] ?? program, 128), word(pid, 128)];
  return `<${Math.min(priority, 191)}>1 ${header.join(' ')} - - ${message.replace(/[\r\n]+/g, ' ')}`;
}

/** A value as one word of a header. */
const word = (value: string, length: number): string => text(value.replace(/\s+/g, '_').slice(0, length)) ?? '-';
