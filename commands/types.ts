import type { Clock } from '../engine/clock.js';
import type { Queues } from '../engine/queues.js';
import type { Said } from '../engine/store/alerts.js';
import type { TenantStore } from '../engine/store/index.js';
import type { Person, Role } from '../engine/store/people.js';
import type { Card } from './cards/card.js';
import type { Field, Form } from './cards/form.js';
import type { Plain } from './plain/types.js';

/** What a command gets: a tenant already checked, a person already known. */
export interface Context {
  readonly tenant: TenantStore;
  readonly person: Person;
  readonly role: Role;
  readonly queues: Queues;
  readonly clock: Clock;
  /** Number of the alert in whose thread the command was given, when it was. */
  readonly alert: number | null;
  /** Number of the case in whose thread or room it was given, when it was. */
  readonly case?: number | null;
  /** What the surface calls this ask: the same ask again, delivered twice, has the same. Absent where a surface has no such name. */
  readonly request?: string;
  /** Where it was given; absent where a command is run by itself. */
  readonly place?: {
    readonly surface: string;
    readonly channel: string;
    readonly direct: boolean;
    /** The chat identity of the person, `slack:U0123`. */
    readonly identity: string;
  };
  /** Whether what is internal to the provider may be shown: one of its people asks, and not in a channel that the customer reads. */
  readonly internal: boolean;
  /** The message that it is about, when it was given for one. */
  readonly message?: Said;
  /** What was typed, as it was typed: for what words and quotes mean something else in. Absent where a button or a form said it. */
  readonly line?: string;
  /** All commands, for `help`. */
  readonly commands: readonly Command[];
  /** Everybody with a role for this tenant. */
  people(): Promise<Person[]>;
  /** Runs another command line as the same person in the same place, with every check. Absent where a command is run by itself. */
  run?(words: readonly string[]): Promise<Card>;
}

/** A `/mdr` command: one file in `commands/`. It knows no surface: it takes a context and returns a card. */
export interface Command {
  readonly name: string;
  /** One line for the list of `/mdr help`. */
  readonly summary: string;
  /** Arguments as shown in help, `<n> <reason>`. */
  readonly usage: string;
  /** What one would type, without `/mdr`. */
  readonly examples: readonly string[];
  /** Further lines for `/mdr help <command>`. */
  readonly details?: readonly string[];
  /** Commands that people need next or instead; the first is the obvious next one. */
  readonly related: readonly string[];
  /** What it needs to be told, for surfaces with dialogs (`/mdr form <command>`). */
  readonly form?: Form;
  /** Of a command with several verbs: the form of each, by its name (`/mdr form <command> <verb>`). */
  readonly forms?: Readonly<Record<string, Form>>;
  /** The fields of its form for one alert, where what is there already is to be changed. @param words what was said after the alert */
  fill?(context: Context, alert: number, words: readonly string[]): Promise<readonly Field[]>;
  /** Least role that may run it. */
  readonly role: Role;
  /** What people say for it in plain words. Without this it is reached by its name only. */
  readonly plain?: readonly Plain[];
  /** Whether words after its name are its own syntax; when false, they are tried as plain words first. Without it, they always are. */
  syntax?(args: readonly string[]): boolean;
  /** @throws MdrError which the surface shows as an error card */
  run(context: Context, args: readonly string[]): Promise<Card>;
}
