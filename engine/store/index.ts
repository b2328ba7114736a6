import { type Connection, createConnection, type Model, Schema } from 'mongoose';
import { MdrError } from '../errors.js';
import { type Alert, alertModel } from './alerts.js';
import { type DeadLetter, deadLetterModel } from './deadletters.js';
import { type Detection, detectionModel } from './detections.js';
import { type Dispatch, dispatchModel } from './dispatches.js';
import { type Escalation, escalationModel } from './escalations.js';
import { type Exception, exceptionModel } from './exceptions.js';
import { type IndicatorRecord, indicatorModel, PROVIDER } from './indicators.js';
import { type Message, messageModel } from './messages.js';
import { type Notification, notificationModel } from './notifications.js';
import { type Person, personModel } from './people.js';
import { type Post, postModel } from './posts.js';
import { type CatalogRule, catalogModel } from './rules.js';
import {
  type Ruleset,
  type RulesetPart,
  type RulesetVersion,
  rulesetModel,
  rulesetPartModel,
  rulesetVersionModel,
} from './rulesets.js';
import { type RuleTuning, ruleTuningModel } from './ruletunings.js';
import { Scoped } from './scoped.js';
import { type Secret, secretModel } from './secrets.js';
import { type Tenant, tenantModel } from './tenants.js';
import { type Token, tokenModel } from './tokens.js';

interface Counter {
  _id: string;
  value: number;
}
const counterSchema = new Schema<Counter>({ _id: String, value: Number }, { versionKey: false });

/** Everything of one tenant, and nothing of any other. */
export interface TenantStore {
  readonly id: string;
  readonly tenant: Tenant;
  readonly alerts: Scoped<Alert>;
  readonly detections: Scoped<Detection>;
  readonly deadletters: Scoped<DeadLetter>;
  readonly posts: Scoped<Post>;
  readonly messages: Scoped<Message>;
  readonly notifications: Scoped<Notification>;
  readonly escalations: Scoped<Escalation>;
  readonly dispatches: Scoped<Dispatch>;
  readonly secrets: Scoped<Secret>;
  readonly tokens: Scoped<Token>;
  readonly exceptions: Scoped<Exception>;
  readonly ruleTunings: Scoped<RuleTuning>;
  /** The tenant's own indicators, and the provider's, which every tenant's events are held against. */
  readonly indicators: Scoped<IndicatorRecord>;
  readonly providerIndicators: Pick<Scoped<IndicatorRecord>, 'find' | 'count'>;
  /** Rules that can be looked up: those of every tenant are the same. */
  readonly rules: Model<CatalogRule>;
  /** Replace the notification policy, unless it is another than when this store was opened. @returns false then */
  setNotify(notify: NonNullable<Tenant['notify']>): Promise<boolean>;
  /** Next number of a kind of record (1, 2, 3 …), never given twice. */
  nextNumber(kind: 'alert' | 'exception'): Promise<number>;
}

export interface Store {
  /** @throws MdrError MDR_TENANT_UNKNOWN */
  forTenant(id: string): Promise<TenantStore>;
  /** Records that are not one tenant's: only for sign-in, the doors and the operator. */
  readonly tenants: Model<Tenant>;
  readonly people: Model<Person>;
  readonly tokens: Model<Token>;
  /** Rules are the provider's: tenants only tune them. */
  readonly rules: Model<CatalogRule>;
  /** Indicators of the provider and of every tenant. */
  readonly indicators: Model<IndicatorRecord>;
  readonly rulesets: Model<Ruleset>;
  readonly rulesetVersions: Model<RulesetVersion>;
  readonly rulesetParts: Model<RulesetPart>;
  readonly connection: Connection;
  close(): Promise<void>;
}

/** @throws MdrError MDR_SERVICE_DOWN when MongoDB does not answer in time */
export async function openStore(uri: string, database: string): Promise<Store> {
  const connection = createConnection(uri, { dbName: database, serverSelectionTimeoutMS: 8000, autoIndex: false });
  try {
    await connection.asPromise();
  } catch (cause) {
    await connection.close().catch(() => {});
    throw new MdrError('MDR_SERVICE_DOWN', 'MongoDB does not answer.', 'Run `npx mdr doctor`, or check MONGODB_URI.', {
      cause,
    });
  }
  const models = {
    alerts: alertModel(connection),
    detections: detectionModel(connection),
    deadletters: deadLetterModel(connection),
    posts: postModel(connection),
    messages: messageModel(connection),
    notifications: notificationModel(connection),
    escalations: escalationModel(connection),
    dispatches: dispatchModel(connection),
    secrets: secretModel(connection),
    tokens: tokenModel(connection),
    tenants: tenantModel(connection),
    people: personModel(connection),
    exceptions: exceptionModel(connection),
    ruleTunings: ruleTuningModel(connection),
    rules: catalogModel(connection),
    indicators: indicatorModel(connection),
    rulesets: rulesetModel(connection),
    rulesetVersions: rulesetVersionModel(connection),
    rulesetParts: rulesetPartModel(connection),
  };
  const counters = connection.model<Counter>('Counter', counterSchema, 'counters');
  await Promise.all(Object.values(models).map((model) => model.createIndexes()));

  return {
    connection,
    tenants: models.tenants,
    people: models.people,
    tokens: models.tokens,
    rules: models.rules,
    indicators: models.indicators,
    rulesets: models.rulesets,
    rulesetVersions: models.rulesetVersions,
    rulesetParts: models.rulesetParts,
    async forTenant(id) {
      const tenant = await models.tenants.findById(id).lean<Tenant>();
      if (!tenant)
        throw new MdrError(
          'MDR_TENANT_UNKNOWN',
          `There is no tenant "${id}".`,
          'Tenants are matched exactly: see `mdr tenant list`.',
        );
      return {
        id,
        tenant,
        alerts: new Scoped(models.alerts, id),
        detections: new Scoped(models.detections, id),
        deadletters: new Scoped(models.deadletters, id),
        posts: new Scoped(models.posts, id),
        messages: new Scoped(models.messages, id),
        notifications: new Scoped(models.notifications, id),
        escalations: new Scoped(models.escalations, id),
        dispatches: new Scoped(models.dispatches, id),
        secrets: new Scoped(models.secrets, id),
        tokens: new Scoped(models.tokens, id),
        exceptions: new Scoped(models.exceptions, id),
        ruleTunings: new Scoped(models.ruleTunings, id),
        indicators: new Scoped(models.indicators, id),
        providerIndicators: new Scoped(models.indicators, PROVIDER),
        rules: models.rules,
        async setNotify(notify) {
          const before = tenant.notify ? { 'notify.changed': tenant.notify.changed } : { notify: { $exists: false } };
          const { matchedCount } = await models.tenants.updateOne({ _id: id, ...before }, { $set: { notify } });
          return matchedCount > 0;
        },
        async nextNumber(kind) {
          const counter = await counters.findOneAndUpdate(
            { _id: `${id}:${kind}` },
            { $inc: { value: 1 } },
            { upsert: true, returnDocument: 'after' },
          );
          return counter.value;
        },
      };
    },
    close: () => connection.close(),
  };
}
