/** Every error code that a person or a client can see, with what it means. Documented here, asserted in tests. */
export const ERRORS = {
  MDR_CONFIG: 'a setting is missing or malformed',
  MDR_SERVICE_MISSING: 'MongoDB or Redis could not be found or fetched',
  MDR_SERVICE_DOWN: 'MongoDB, Redis or the engine does not answer',
  MDR_TENANT_UNKNOWN: 'no tenant has this exact id',
  MDR_TENANT_EXISTS: 'a tenant with this id exists already',
  MDR_TENANT_NEEDED: 'a tenant must be named here',
  MDR_TOKEN_BAD: 'the bearer token is missing, unknown or not for this source',
  MDR_SOURCE_BAD: 'a source name is malformed',
  MDR_FORMAT_UNKNOWN: 'no log format has this name, or no format recognises the record',
  MDR_LINE_JSON: 'a line is not valid JSON, or not a JSON object',
  MDR_LINE_UTF8: 'a line is not valid UTF-8',
  MDR_LINE_TOO_LONG: 'a line is longer than the limit',
  MDR_LINE_TOO_DEEP: 'a record is nested too deep or has too many fields',
  MDR_LINE_TIME: 'a record carries no time that can be read',
  MDR_BODY_TOO_LARGE: 'a request is larger than the limit once decompressed',
  MDR_BODY_ENCODING: 'a request body cannot be decompressed or decoded',
  MDR_BODY_TIMEOUT: 'a request body did not arrive in time',
  MDR_OVERLOADED: 'the queue is full: send the same again later',
  MDR_QUOTA: 'a token has sent as much as its quota allows: send the same again later',
  MDR_BULK_ITEM: 'an item of a bulk request is malformed or asks for something else than index or create',
  MDR_LETTER_UNKNOWN: 'no dead letter of this tenant has this id',
  MDR_ROUTE_UNKNOWN: 'the engine has no such address',
  MDR_RULE_SYNTAX: 'a rule file is not valid YAML or not a Sigma rule',
  MDR_RULE_UNSUPPORTED: 'a rule uses a feature that this engine does not run',
  MDR_RULE_UNKNOWN: 'no rule has this id, or several ids begin like it',
  MDR_STORM_UNKNOWN: 'no storm of this tenant has this number',
  MDR_REMINDER_UNKNOWN: 'no reminder of this tenant has this number',
  MDR_QUESTION_UNKNOWN: 'no question of this tenant, or to this person, has this number',
  MDR_QUESTION_BAD: 'a question cannot be put like this, or not to this person',
  MDR_QUESTION_STATE: 'the question is in a state that does not allow this',
  MDR_QUESTION_CODE: 'the one-time code is wrong, used, replaced or was tried too often',
  MDR_REPORT_UNKNOWN: 'this alert has no report, or not this version or section of it',
  MDR_REPORT_BAD: 'a report says something that no event shows, or cannot be edited like this',
  MDR_EXCEPTION_UNKNOWN: 'no exception of this tenant has this number',
  MDR_EXCEPTION_BAD: 'an exception is malformed, too broad or would hide a true positive',
  MDR_EXCEPTION_STATE: 'the exception is in a state that does not allow this',
  MDR_PROPOSAL_UNKNOWN: 'no tuning proposal of this tenant has this number',
  MDR_PROPOSAL_STATE: 'the tuning proposal is in a state that does not allow this',
  MDR_RULESET_UNKNOWN: 'no rule set has this name or this version',
  MDR_RULESET_BAD: 'a rule set cannot be fetched, is too large or holds no rule that runs',
  MDR_INTEL_BAD: 'intel, or sentences to learn from, cannot be read',
  MDR_INDICATOR_BAD: 'a value is no indicator, or an import has terms that cannot be used',
  MDR_COMMAND_UNKNOWN: 'no command has this name',
  MDR_COMMAND_USAGE: 'a command was given the wrong arguments',
  MDR_ALERT_UNKNOWN: 'no alert of this tenant has this number',
  MDR_ALERT_STATE: 'the alert is in a state that does not allow this',
  MDR_CASE_UNKNOWN: 'no case of this tenant has this number',
  MDR_CASE_STATE: 'the case is in a state that does not allow this',
  MDR_CASE_BAD: 'a case has no such task, entry or person, or has as many as it can have',
  MDR_CONFLICT: 'the record was changed by somebody else at the same moment, several times over',
  MDR_PERSON_UNKNOWN: 'this chat identity is not registered',
  MDR_PERSON_BAD: 'a person, an identity or a role is malformed or taken, or a file of people is not right',
  MDR_FORBIDDEN: 'this person may not do this here',
  MDR_CHANNEL_UNBOUND: 'this channel is not bound to a tenant',
  MDR_SIGN_IN: 'nobody is signed in: the session or the sign-in link is missing, used up or over',
  MDR_ORIGIN: 'a console request came under a host name or from a page that is not the console',
  MDR_REQUEST_BAD: 'a request is malformed or names something that is not there',
  MDR_POLICY: 'a notification policy is malformed, or names something that is not there',
  MDR_ROTA: 'a rota or its calendar is malformed or cannot be read, or nobody can be put on call like this',
  MDR_NOTIFY_URL: 'a notification policy sends to an address that this service does not send to',
  MDR_SECRET: 'a secret is missing, or cannot be kept or read with the key that is set',
  MDR_FILE_UNREADABLE: 'a file cannot be opened or read',
  MDR_EVTX_DAMAGED: 'a chunk or a record of a Windows event log file is damaged',
  MDR_PLAYBOOK_SYNTAX: 'a playbook file is not valid YAML or not a playbook',
  MDR_PLAYBOOK_BAD: 'a playbook names what is not there, cannot be walked to its end or lacks what it must say',
  MDR_PLAYBOOK_UNKNOWN: 'there is no playbook of this name, or none in this folder',
  MDR_PLAYBOOK_INPUT: 'a playbook was begun with an input that is missing, unknown or of another kind',
  MDR_PLAYBOOK_VERSION: 'a run goes by the version of its playbook that it began with, and was given another',
  MDR_PLAYBOOK_CACAO: 'a file is no CACAO 2.0 playbook, or says what a playbook here cannot',
  MDR_ACTION_UNKNOWN: 'there is no action of this name, or no request of this number',
  MDR_ACTION_BAD: 'an action cannot be asked for like this, or a connector is malformed',
  MDR_ACTION_STATE: 'the action is in a state that does not allow this',
  MDR_ACTION_FAILED: 'the system that was to carry out an action refused, or did not answer',
  MDR_MODEL_UNKNOWN: 'there is no hunting model of this name',
  MDR_HUNT_UNKNOWN: 'no hunt, run or saved hunt of this name or number',
  MDR_HUNT_BAD: 'a hunt cannot be understood, or is not possible like this',
  MDR_HUNT_STATE: 'the hunt or its run is in a state that does not allow this',
  MDR_HUNT_BUSY: 'too many hunts of this tenant wait or run',
  MDR_FRAMEWORK_UNKNOWN: 'there is no compliance framework of this name',
  MDR_PERIOD_BAD: 'a period cannot be read, is empty, in the future or too long',
  MDR_LAKE_QUERY: 'a query to the lake is not valid SQL or names what is not there',
  MDR_LAKE_REFUSED: 'a query to the lake is something else than one SELECT over its views',
  MDR_LAKE_TIMEOUT: 'a query to the lake took too long, or was cancelled',
  MDR_LAKE_MEMORY: 'a query to the lake needed more memory than it may have',
  MDR_LAKE_BUSY: 'too many queries to the lake run at once',
  MDR_LAKE_HELD: 'events are under legal hold and cannot be deleted, or there is no such hold',
  MDR_EVIDENCE_UNKNOWN: 'no evidence of this tenant has this number',
  MDR_EVIDENCE_BAD: 'evidence cannot be added, passed on or held like this',
  MDR_EVIDENCE_STATE: 'the evidence is in a state that does not allow this',
  MDR_EVIDENCE_HELD: 'evidence or the record of it cannot be deleted: it is kept, or under legal hold',
  MDR_EVIDENCE_DAMAGED: 'evidence, its custody record or an export is not what was kept',
  MDR_INTERNAL: 'something failed inside; it is logged with the same reference',
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** An error that tells the person what happened (`message`) and what to do (`hint`). */
export class MdrError extends Error {
  override readonly name = 'MdrError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
  /** One line for terminals and logs: `MDR_X: what happened. What to do.` */
  toLine(): string {
    return `${this.code}: ${this.message}${this.hint ? ` ${this.hint}` : ''}`;
  }
}

/** The code of any thrown value; `MDR_INTERNAL` for what is not ours. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof MdrError ? error.code : 'MDR_INTERNAL';
}
