import type { Ecs, Fields, LogSource, Parsed } from '../../event.js';
import { logSource } from './shared/taxonomy.js';
import { readTime, timeError } from './shared/time.js';
import { at, baseName, firstText, ip, isFields, set, startEcs, text } from './shared/values.js';
import type { Format } from './types.js';

const AWS = logSource('aws', 'cloudtrail');

/** The API call inside an EventBridge message, or the record itself. */
function callOf(record: Fields): Fields {
  return isFields(record.detail) && record['detail-type'] !== undefined ? record.detail : record;
}

function outcome(call: Fields): 'success' | 'failure' {
  const login = at(call, 'responseElements', 'ConsoleLogin');
  return text(call.errorCode) !== undefined || text(call.errorMessage) !== undefined || login === 'Failure'
    ? 'failure'
    : 'success';
}

class CloudTrailEvent implements Parsed {
  readonly logsource: LogSource = AWS;
  constructor(
    readonly time: number,
    readonly fields: Fields,
  ) {}
  ecs(): Ecs {
    const call = this.fields;
    const identity = call.userIdentity;
    const ecs = startEcs(this.time, 'aws.cloudtrail');
    set(ecs, 'event.action', text(call.eventName));
    set(ecs, 'event.code', text(call.errorCode));
    ecs['event.outcome'] = outcome(call);
    const signIn = call.eventSource === 'signin.amazonaws.com' || call.eventSource === 'sts.amazonaws.com';
    ecs['event.category'] = signIn ? 'authentication' : call.eventSource === 'iam.amazonaws.com' ? 'iam' : 'api';
    ecs['cloud.provider'] = 'aws';
    set(ecs, 'cloud.account.id', firstText(call.recipientAccountId, at(identity, 'accountId')));
    set(ecs, 'cloud.region', text(call.awsRegion));
    set(ecs, 'cloud.service.name', text(call.eventSource));
    set(ecs, 'user.id', firstText(at(identity, 'arn'), at(identity, 'principalId')));
    const issuer = at(identity, 'sessionContext', 'sessionIssuer', 'userName');
    // The last part of an assumed role's ARN is the session: a person, where single sign-on names it so.
    const session = baseName(text(at(identity, 'arn')));
    const root = at(identity, 'type') === 'Root' ? 'root' : undefined;
    const name = at(identity, 'userName');
    set(
      ecs,
      'user.name',
      firstText(name, root, session, issuer, at(identity, 'principalId'), at(identity, 'invokedBy')),
    );
    set(ecs, 'user.target.name', text(at(call, 'requestParameters', 'userName')));
    set(ecs, 'source.ip', ip(call.sourceIPAddress));
    set(ecs, 'user_agent.original', text(call.userAgent));
    set(ecs, 'message', text(call.errorMessage));
    return ecs;
  }
}

const cloudtrail: Format = {
  name: 'cloudtrail',
  summary: 'AWS CloudTrail records, also as EventBridge sends them',
  kind: 'json',
  priority: 70,
  accepts(record) {
    if (typeof record === 'string') return false;
    const call = callOf(record);
    return (
      typeof call.eventSource === 'string' && typeof call.eventName === 'string' && call.eventVersion !== undefined
    );
  },
  parse(record) {
    const call = callOf(record as Fields);
    let time = readTime(call.eventTime);
    if (Number.isNaN(time)) time = readTime(call['@timestamp'] ?? (record as Fields).time);
    if (Number.isNaN(time)) throw timeError('CloudTrail');
    return new CloudTrailEvent(time, call);
  },
  samples: [
    {
      line: '{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLEMARTA01","arn":"arn:aws:iam::210987654321:user/marta","accountId":"210987654321","userName":"marta"},"eventTime":"2026-03-04T08:20:14Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"eu-central-1","sourceIPAddress":"203.0.113.77","userAgent":"aws-cli/2.15.0","requestParameters":{"name":"arn:aws:cloudtrail:eu-central-1:210987654321:trail/main"},"responseElements":null,"eventID":"5c0b2b0e-7d5a-4b52-9b3c-0b3f8f0c9a11","eventType":"AwsApiCall","recipientAccountId":"210987654321"}',
      logsource: { product: 'aws', service: 'cloudtrail' },
      ecs: {
        '@timestamp': '2026-03-04T08:20:14.000Z',
        'event.action': 'StopLogging',
        'event.outcome': 'success',
        'user.name': 'marta',
        'source.ip': '203.0.113.77',
        'cloud.account.id': '210987654321',
        'cloud.region': 'eu-central-1',
      },
      fields: { eventName: 'StopLogging' },
    },
    {
      line: '{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"210987654321","arn":"arn:aws:iam::210987654321:root","accountId":"210987654321"},"eventTime":"2026-03-04T08:25:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.3","userAgent":"Mozilla/5.0","errorMessage":"Failed authentication","requestParameters":null,"responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"MFAUsed":"No"},"eventType":"AwsConsoleSignIn","recipientAccountId":"210987654321"}',
      logsource: { product: 'aws', service: 'cloudtrail' },
      ecs: { 'user.name': 'root', 'event.outcome': 'failure', 'event.category': 'authentication' },
    },
    {
      line: '{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ci-run-88","arn":"arn:aws:sts::210987654321:assumed-role/deploy/ci-run-88","accountId":"210987654321","sessionContext":{"sessionIssuer":{"type":"Role","userName":"deploy"}}},"eventTime":"2026-03-04T08:26:31Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"cloudformation.amazonaws.com","userAgent":"cloudformation.amazonaws.com","errorCode":"AccessDenied","requestParameters":{"userName":"svc-report"},"eventType":"AwsApiCall","recipientAccountId":"210987654321"}',
      logsource: { product: 'aws', service: 'cloudtrail' },
      ecs: {
        'user.name': 'ci-run-88',
        'user.target.name': 'svc-report',
        'event.outcome': 'failure',
        'event.code': 'AccessDenied',
        'event.category': 'iam',
      },
    },
    {
      line: '{"version":"0","id":"0c6a","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"210987654321","time":"2026-03-04T08:30:00Z","region":"eu-central-1","detail":{"eventVersion":"1.09","userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"},"eventTime":"2026-03-04T08:29:58Z","eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl","awsRegion":"eu-central-1","sourceIPAddress":"10.2.3.4"}}',
      logsource: { product: 'aws', service: 'cloudtrail' },
      ecs: {
        '@timestamp': '2026-03-04T08:29:58.000Z',
        'event.action': 'GetBucketAcl',
        'user.name': 'config.amazonaws.com',
      },
    },
  ],
};
export default cloudtrail;
