import { type Connection, createConnection, type Model, Schema } from 'mongoose';
import { MdrError } from '../errors.js';
import { type ActionPlace, type ActionRecord, actionModel, actionPlaceModel } from './actions.js';
import { type Alert, alertModel } from './alerts.js';
import { type ApiToken, apiTokenModel } from './apitokens.js';
import { auditOf, type SpooledChange } from './audited.js';
import { type Blobs, openBlobs } from './blobs.js';
import { type BlockEntry, blockModel } from './blocks.js';
import { type Breach, breachModel } from './breaches.js';
import { type Case, caseModel } from './cases.js';
import { type ChainEntry, type ChainHead, chainEntryModel, chainHeadModel } from './chains.js';
import { type DeadLetter, deadLetterModel } from './deadletters.js';
import { type Detection, detectionModel } from './detections.js';
import { type Dispatch, dispatchModel } from './dispatches.js';
import { type Escalation, escalationModel } from './escalations.js';
import { type Evidence, evidenceModel } from './evidence.js';
import { type EvidenceItem, evidenceItemModel } from './evidenceitems.js';
import { type Exception, exceptionModel } from './exceptions.js';
import { fileModel, type StoredFile } from './files.js';
import { type HuntPlan, huntPlanModel } from './huntplans.js';
import { type HuntRun, huntRunModel } from './huntruns.js';
import { type Hunt, huntModel } from './hunts.js';
import { type IndicatorRecord, indicatorModel, PROVIDER } from './indicators.js';
import { type ChannelTeam, channelTeamModel, type Installation, installationModel } from './installations.js';
import { type Keeping, openKeeping, providerKeyModel } from './keeping.js';
import { type Lesson, lessonModel } from './lessons.js';
import { type Message, messageModel } from './messages.js';
import { type Notification, notificationModel } from './notifications.js';
import { type PeopleStore, type Person, peopleStore, personModel } from './people.js';
import { type PlaybookProgram, type PlaybookRun, playbookProgramModel, playbookRunModel } from './playbookruns.js';
import { type Post, postModel } from './posts.js';
import { type Proposal, proposalModel } from './proposals.js';
import { type Question, questionModel } from './questions.js';
import { type Quiet, quietModel } from './quiets.js';
import { type Reminder, reminderModel } from './reminders.js';
import { type ReportRecord, reportModel } from './reports.js';
import { type Rota, rotaModel } from './rotas.js';
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
import { type Schedule, scheduleModel } from './schedules.js';
import { Scoped } from './scoped.js';
import { type Secret, secretModel } from './secrets.js';
import { type Storm, stormModel } from './storms.js';
import { type BoundChannel, type Tenant, tenantModel } from './tenants.js';
import { type Token, tokenModel } from './tokens.js';
import { openVault, type Vault } from './vault.js';
import { type Webhook, type WebhookDelivery, webhookDeliveryModel, webhookModel } from './webhooks.js';

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
  readonly cases: Scoped<Case>;
  /** What is known and decided of a case's breach; its duties are computed (engine/breach). */
  readonly breaches: Scoped<Breach>;
  readonly detections: Scoped<Detection>;
  /** Related detections that are too quiet to be an alert. */
  readonly quiets: Scoped<Quiet>;
  readonly deadletters: Scoped<DeadLetter>;
  readonly posts: Scoped<Post>;
  readonly messages: Scoped<Message>;
  readonly files: Scoped<StoredFile>;
  readonly notifications: Scoped<Notification>;
  readonly escalations: Scoped<Escalation>;
  readonly dispatches: Scoped<Dispatch>;
  readonly storms: Scoped<Storm>;
  readonly schedules: Scoped<Schedule>;
  readonly reminders: Scoped<Reminder>;
  readonly questions: Scoped<Question>;
  /** Versions of incident reports, with what people changed in them. */
  readonly reports: Scoped<ReportRecord>;
  /** What cases suggest to write into playbooks. */
  readonly lessons: Scoped<Lesson>;
  readonly webhooks: Scoped<Webhook>;
  readonly webhookDeliveries: Scoped<WebhookDelivery>;
  /** Hunts as they are remembered, each question to the lake, and saved hunts that run by themselves. */
  readonly hunts: Scoped<Hunt>;
  readonly huntRuns: Scoped<HuntRun>;
  readonly huntPlans: Scoped<HuntPlan>;
  readonly actions: Scoped<ActionRecord>;
  readonly actionPlaces: Scoped<ActionPlace>;
  readonly blocks: Scoped<BlockEntry>;
  readonly playbookPrograms: Scoped<PlaybookProgram>;
  readonly playbookRuns: Scoped<PlaybookRun>;
  readonly secrets: Scoped<Secret>;
  readonly tokens: Scoped<Token>;
  readonly exceptions: Scoped<Exception>;
  /** What verdicts suggest, rule by rule. */
  readonly proposals: Scoped<Proposal>;
  /** Who is on call for this tenant; and the rota that all tenants without one share. */
  readonly rotas: Scoped<Rota>;
  readonly providerRotas: Scoped<Rota>;
  readonly evidence: Scoped<Evidence>;
  /** The bytes of evidence. */
  readonly blobs: Blobs;
  /** Evidence of cases, whose bytes are in the vault; and the hash chains of its custody and of the audit. Nothing of these is ever deleted. */
  readonly evidenceItems: Omit<Scoped<EvidenceItem>, 'deleteMany' | 'insertNew'>;
  readonly vault: Vault;
  /** Legal holds, and how long evidence stays. */
  readonly keeping: Keeping;
  readonly chainEntries: Omit<Scoped<ChainEntry>, 'deleteMany'>;
  readonly chainHeads: Omit<Scoped<ChainHead>, 'deleteMany'>;
  readonly ruleTunings: Scoped<RuleTuning>;
  /** The tenant's own indicators, and the provider's, which every tenant's events are held against. */
  readonly indicators: Scoped<IndicatorRecord>;
  readonly providerIndicators: Pick<Scoped<IndicatorRecord>, 'find' | 'count'>;
  /** Rules that can be looked up: those of every tenant are the same. */
  readonly rules: Model<CatalogRule>;
  /** People are not one tenant's: who may change whom is decided in engine/people. */
  readonly people: PeopleStore;
  /** Which tenants a channel of a surface is bound to now, this one or others, and in which lane. */
  boundTo(surface: string, channel: string): Promise<{ tenant: string; lane: BoundChannel['lane'] }[]>;
  /** Replace the notification policy, unless it is another than when this store was opened. @returns false then */
  setNotify(notify: NonNullable<Tenant['notify']>): Promise<boolean>;
  /** Next number of a kind of record (1, 2, 3 …), never given twice; of several, the first. */
  nextNumber(
    kind:
      | 'alert'
      | 'case'
      | 'exception'
      | 'proposal'
      | 'storm'
      | 'reminder'
      | 'question'
      | 'hunt'
      | 'huntrun'
      | 'action'
      | 'evidence'
      | 'playbookrun'
      | 'lesson',
    count?: number,
  ): Promise<number>;
}

export interface Store {
  /** @throws MdrError MDR_TENANT_UNKNOWN */
  forTenant(id: string): Promise<TenantStore>;
  /** Records that are not one tenant's: only for sign-in, the doors and the operator. */
  readonly tenants: Model<Tenant>;
  readonly people: Model<Person>;
  readonly tokens: Model<Token>;
  readonly apiTokens: Model<ApiToken>;
  /** Webhooks of every tenant: for their scheduler. */
  readonly webhooks: Model<Webhook>;
  /** Rules are the provider's: tenants only tune them. */
  readonly rules: Model<CatalogRule>;
  /** Indicators of the provider and of every tenant. */
  readonly indicators: Model<IndicatorRecord>;
  /** The rota that all tenants without one of their own share. */
  readonly rotas: Scoped<Rota>;
  /** Chat workspaces that installed the app, and which channel is in which: the bot's own, no tenant's. */
  readonly installations: Model<Installation>;
  readonly channelTeams: Model<ChannelTeam>;
  /** Saved hunts that run by themselves, and runs, of every tenant: for their scheduler. */
  readonly huntPlans: Model<HuntPlan>;
  readonly huntRuns: Model<HuntRun>;
  /** Files of every tenant: for whoever looks into them. */
  readonly evidence: Model<Evidence>;
  /** Requests for actions of every tenant: for their scheduler. */
  readonly actions: Model<ActionRecord>;
  /** Runs of playbooks of every tenant: for their scheduler. */
  readonly playbookRuns: Model<PlaybookRun>;
  readonly rulesets: Model<Ruleset>;
  readonly rulesetVersions: Model<RulesetVersion>;
  readonly rulesetParts: Model<RulesetPart>;
  /** Changes on their way into the audit log, and the log of what is no tenant's (engine/audit). */
  readonly auditSpool: Model<SpooledChange>;
  readonly provider: Pick<TenantStore, 'id' | 'chainEntries' | 'chainHeads'>;
  /** The tenant whose case has an open room there: only to find out whose a channel is. */
  tenantOfRoom(surface: string, channel: string): Promise<string | null>;
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
    actions: actionModel(connection),
    actionPlaces: actionPlaceModel(connection),
    blocks: blockModel(connection),
    breaches: breachModel(connection),
    playbookPrograms: playbookProgramModel(connection),
    playbookRuns: playbookRunModel(connection),
    cases: caseModel(connection),
    detections: detectionModel(connection),
    quiets: quietModel(connection),
    deadletters: deadLetterModel(connection),
    posts: postModel(connection),
    messages: messageModel(connection),
    files: fileModel(connection),
    notifications: notificationModel(connection),
    escalations: escalationModel(connection),
    dispatches: dispatchModel(connection),
    storms: stormModel(connection),
    schedules: scheduleModel(connection),
    reminders: reminderModel(connection),
    questions: questionModel(connection),
    reports: reportModel(connection),
    lessons: lessonModel(connection),
    webhooks: webhookModel(connection),
    webhookDeliveries: webhookDeliveryModel(connection),
    hunts: huntModel(connection),
    huntRuns: huntRunModel(connection),
    huntPlans: huntPlanModel(connection),
    secrets: secretModel(connection),
    tokens: tokenModel(connection),
    apiTokens: apiTokenModel(connection),
    tenants: tenantModel(connection),
    people: personModel(connection),
    exceptions: exceptionModel(connection),
    proposals: proposalModel(connection),
    evidence: evidenceModel(connection),
    evidenceItems: evidenceItemModel(connection),
    chainEntries: chainEntryModel(connection),
    chainHeads: chainHeadModel(connection),
    providerKeys: providerKeyModel(connection),
    auditSpool: auditOf(connection),
    ruleTunings: ruleTuningModel(connection),
    rules: catalogModel(connection),
    indicators: indicatorModel(connection),
    installations: installationModel(connection),
    channelTeams: channelTeamModel(connection),
    rulesets: rulesetModel(connection),
    rulesetVersions: rulesetVersionModel(connection),
    rulesetParts: rulesetPartModel(connection),
    rotas: rotaModel(connection),
  };
  const providerRotas = new Scoped(models.rotas, PROVIDER);
  const counters = connection.model<Counter>('Counter', counterSchema, 'counters');
  await Promise.all(Object.values(models).map((model) => model.createIndexes()));

  return {
    connection,
    tenants: models.tenants,
    people: models.people,
    tokens: models.tokens,
    apiTokens: models.apiTokens,
    webhooks: models.webhooks,
    rules: models.rules,
    indicators: models.indicators,
    rotas: providerRotas,
    installations: models.installations,
    channelTeams: models.channelTeams,
    actions: models.actions,
    playbookRuns: models.playbookRuns,
    evidence: models.evidence,
    huntPlans: models.huntPlans,
    huntRuns: models.huntRuns,
    rulesets: models.rulesets,
    rulesetVersions: models.rulesetVersions,
    rulesetParts: models.rulesetParts,
    auditSpool: models.auditSpool,
    provider: {
      id: PROVIDER,
      chainEntries: new Scoped(models.chainEntries, PROVIDER),
      chainHeads: new Scoped(models.chainHeads, PROVIDER),
    },
    async tenantOfRoom(surface, channel) {
      const here = { 'room.channel': channel, 'room.surface': surface, 'room.closed': null };
      return (await models.cases.findOne(here).select({ tenant: 1 }).lean<Pick<Case, 'tenant'>>())?.tenant ?? null;
    },
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
        actions: new Scoped(models.actions, id),
        actionPlaces: new Scoped(models.actionPlaces, id),
        blocks: new Scoped(models.blocks, id),
        breaches: new Scoped(models.breaches, id),
        playbookPrograms: new Scoped(models.playbookPrograms, id),
        playbookRuns: new Scoped(models.playbookRuns, id),
        cases: new Scoped(models.cases, id),
        detections: new Scoped(models.detections, id),
        quiets: new Scoped(models.quiets, id),
        deadletters: new Scoped(models.deadletters, id),
        posts: new Scoped(models.posts, id),
        messages: new Scoped(models.messages, id),
        files: new Scoped(models.files, id),
        notifications: new Scoped(models.notifications, id),
        escalations: new Scoped(models.escalations, id),
        dispatches: new Scoped(models.dispatches, id),
        storms: new Scoped(models.storms, id),
        schedules: new Scoped(models.schedules, id),
        reminders: new Scoped(models.reminders, id),
        questions: new Scoped(models.questions, id),
        reports: new Scoped(models.reports, id),
        lessons: new Scoped(models.lessons, id),
        webhooks: new Scoped(models.webhooks, id),
        webhookDeliveries: new Scoped(models.webhookDeliveries, id),
        hunts: new Scoped(models.hunts, id),
        huntRuns: new Scoped(models.huntRuns, id),
        huntPlans: new Scoped(models.huntPlans, id),
        secrets: new Scoped(models.secrets, id),
        tokens: new Scoped(models.tokens, id),
        exceptions: new Scoped(models.exceptions, id),
        proposals: new Scoped(models.proposals, id),
        evidence: new Scoped(models.evidence, id),
        blobs: openBlobs(connection, id),
        evidenceItems: new Scoped(models.evidenceItems, id),
        vault: openVault(connection, id),
        keeping: openKeeping(models.tenants, models.providerKeys, id),
        chainEntries: new Scoped(models.chainEntries, id),
        chainHeads: new Scoped(models.chainHeads, id),
        ruleTunings: new Scoped(models.ruleTunings, id),
        indicators: new Scoped(models.indicators, id),
        providerIndicators: new Scoped(models.indicators, PROVIDER),
        rotas: new Scoped(models.rotas, id),
        providerRotas,
        rules: models.rules,
        people: peopleStore(models.people),
        async boundTo(surface, channel) {
          const found = await models.tenants
            .find({ channels: { $elemMatch: { surface, channel } } })
            .select({ channels: 1 })
            .lean<Pick<Tenant, '_id' | 'channels'>[]>();
          return found.flatMap(({ _id, channels }) =>
            channels
              .filter((bound) => bound.surface === surface && bound.channel === channel)
              .map(({ lane }) => ({ tenant: _id, lane })),
          );
        },
        async setNotify(notify) {
          const before = tenant.notify ? { 'notify.changed': tenant.notify.changed } : { notify: { $exists: false } };
          const { matchedCount } = await models.tenants.updateOne({ _id: id, ...before }, { $set: { notify } });
          return matchedCount > 0;
        },
        async nextNumber(kind, count = 1) {
          const counter = await counters.findOneAndUpdate(
            { _id: `${id}:${kind}` },
            { $inc: { value: count } },
            { upsert: true, returnDocument: 'after' },
          );
          return counter.value - count + 1;
        },
      };
    },
    close: () => connection.close(),
  };
}
