import type { Installation as Granted, InstallationQuery, InstallationStore } from '@slack/bolt';
import type { Clock } from '../../../engine/clock.js';
import type { Config } from '../../../engine/config.js';
import { MdrError } from '../../../engine/errors.js';
import type { Log } from '../../../engine/log.js';
import { seal, unseal } from '../../../engine/seal.js';
import type { Store } from '../../../engine/store/index.js';
import type { Installation } from '../../../engine/store/installations.js';
import { DeliveryError } from '../types.js';
import type { Caller } from './gateway.js';

/** What tokens are sealed for: not a tenant's id, so it meets no tenant's secrets. */
const SCOPE = '*slack';
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 5000;
const MOST_TEAMS = 200;

/** The token of an installation. @throws Error when it was sealed with another key */
export const tokenOf = (config: Config, { _id, sealed }: Pick<Installation, '_id' | 'sealed'>): string =>
  unseal(config.MDR_SECRET_KEY, SCOPE, _id.slice('slack:'.length), sealed);

const idOfTeam = (team: string): string => `slack:${team}`;

/** The workspaces that installed the app: which token is whose, and which channel is where. */
export class Installs {
  readonly #tokens = new Map<string, { token: string | null; until: number }>();
  readonly #teams = new Map<string, string>();

  constructor(
    private readonly config: Config,
    private readonly store: Pick<Store, 'installations' | 'channelTeams'>,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Whether a token sees a channel: asked for channels that nobody has spoken in yet. */
    private readonly sees: (channel: string, token: string) => Promise<boolean>,
  ) {}

  /** @throws MdrError MDR_CONFIG when something is missing for it */
  static isConfigured(config: Config): boolean {
    if (!config.SLACK_CLIENT_ID) return false;
    const missing = (['SLACK_CLIENT_SECRET', 'SLACK_STATE_SECRET', 'MDR_SECRET_KEY'] as const).filter(
      (name) => !config[name],
    );
    if (missing.length === 0) return true;
    throw new MdrError(
      'MDR_CONFIG',
      `SLACK_CLIENT_ID is set, but ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not.`,
      'Set all of them, see docs/slack.md, "Several workspaces"; or use SLACK_BOT_TOKEN alone.',
    );
  }

  /** The token to call with. @throws DeliveryError `unavailable` when no workspace fits */
  async tokenFor({ team, channel }: Caller): Promise<string> {
    const where = team ?? (channel === null ? null : await this.#teamOf(channel));
    const own = where === null ? null : await this.#tokenOf(where);
    const anywhere = team === null && channel === null;
    const token = own ?? this.config.SLACK_BOT_TOKEN ?? (anywhere ? await this.#first() : null);
    if (token) return token;
    throw new DeliveryError(
      'unavailable',
      `Slack: no workspace with ${team ?? channel} has the app: install it at /slack/install`,
    );
  }

  /** Remember where a channel is: somebody spoke there. */
  async seen(team: string | null, channel: string): Promise<void> {
    if (team === null || this.#teams.get(channel) === team) return;
    this.#remember(channel, team);
    await this.store.channelTeams.updateOne({ _id: idOfTeam(channel) }, { $set: { team } }, { upsert: true });
  }

  /** The app was taken out of a workspace, or its token withdrawn. */
  async gone(team: string): Promise<void> {
    // Once more afterwards: it may have been read again meanwhile.
    this.#tokens.delete(team);
    await this.store.installations.deleteOne({ _id: idOfTeam(team) });
    this.#tokens.delete(team);
    this.log.warn({ team }, 'slack: the app was uninstalled');
  }

  /** For Bolt, which does the exchange with Slack. */
  readonly installationStore: InstallationStore = {
    storeInstallation: async (granted: Granted) => {
      const { team, bot, user, isEnterpriseInstall } = granted;
      if (isEnterpriseInstall || !team || !bot)
        throw new MdrError(
          'MDR_CONFIG',
          'the app is installed to single workspaces.',
          'Install it to a workspace, not to the organisation.',
        );
      const sealed = seal(this.config.MDR_SECRET_KEY, SCOPE, team.id, bot.token);
      const record = { name: team.name ?? '', sealed, by: user.id, installed: this.clock() };
      await this.store.installations.updateOne({ _id: idOfTeam(team.id) }, { $set: record }, { upsert: true });
      this.#tokens.delete(team.id);
      this.log.info({ team: team.id, by: user.id }, 'slack: the app was installed');
    },
    fetchInstallation: async ({ teamId = '' }: InstallationQuery<boolean>) => {
      const token = await this.#tokenOf(teamId);
      if (!token)
        throw new MdrError('MDR_CONFIG', `the app is not installed in ${teamId}.`, 'Install it at /slack/install.');
      return {
        team: { id: teamId },
        enterprise: undefined,
        user: { id: '', token: undefined, scopes: undefined },
        bot: { token, scopes: [], id: '', userId: '' },
      };
    },
    deleteInstallation: async ({ teamId }: InstallationQuery<boolean>) => {
      if (teamId) await this.gone(teamId);
    },
  };

  async #tokenOf(team: string): Promise<string | null> {
    const known = this.#tokens.get(team);
    if (known && known.until > this.clock()) return known.token;
    const record = await this.store.installations.findById(idOfTeam(team)).lean();
    const token = record && this.#unsealed(record);
    if (this.#tokens.size >= MOST_REMEMBERED) this.#tokens.clear();
    this.#tokens.set(team, { token, until: this.clock() + REMEMBERED_MS });
    return token;
  }

  #unsealed(record: Installation): string | null {
    try {
      return tokenOf(this.config, record);
    } catch {
      this.log.error(
        { team: record._id },
        'slack: a token was kept with another MDR_SECRET_KEY: install the app there again',
      );
      return null;
    }
  }

  /** Where a channel is: as it was seen, or else asked for with each token there is. */
  async #teamOf(channel: string): Promise<string | null> {
    const known = this.#teams.get(channel) ?? (await this.store.channelTeams.findById(idOfTeam(channel)).lean())?.team;
    if (known) {
      this.#remember(channel, known);
      return known;
    }
    for (const team of await this.#all()) {
      const token = await this.#tokenOf(team);
      if (!token || !(await this.sees(channel, token))) continue;
      await this.seen(team, channel);
      return team;
    }
    return null;
  }

  async #all(): Promise<string[]> {
    const all = await this.store.installations.find({}, { _id: 1 }).sort({ _id: 1 }).limit(MOST_TEAMS).lean();
    return all.map(({ _id }) => _id.slice('slack:'.length));
  }

  /** Where it does not matter which. */
  async #first(): Promise<string | null> {
    const [team] = await this.#all();
    return team === undefined ? null : this.#tokenOf(team);
  }

  #remember(channel: string, team: string): void {
    if (this.#teams.size >= MOST_REMEMBERED) this.#teams.clear();
    this.#teams.set(channel, team);
  }
}
