import type { Context } from '../types.js';

/** One thing that a form asks for. */
export interface Field {
  /** Unique within the form. */
  readonly name: string;
  readonly label: string;
  /** `person` and `alert` are found by search, among those of the tenant. */
  readonly kind: 'text' | 'select' | 'person' | 'alert';
  /** Of a `select`. */
  readonly choices?: readonly { value: string; label: string }[];
  readonly optional?: boolean;
  /** What to write, in a few words. */
  readonly hint?: string;
  /** Of a `text`: several lines. */
  readonly long?: boolean;
  /** Of a `text`: each of its lines is an argument by itself; otherwise all of it is one. */
  readonly lines?: boolean;
  /** Word of the command line that says what follows, such as `because`. */
  readonly after?: string;
  /** What it holds at first. */
  readonly value?: string;
}

/** What a command needs to be told, where a person clicks instead of typing. */
export interface Form {
  /** At most 24 characters. */
  readonly title: string;
  /** It is about one alert, whose number is the first argument. */
  readonly alert?: boolean;
  /** The same for a case. */
  readonly case?: boolean;
  /** Only where what is internal to the provider may be shown. */
  readonly internal?: boolean;
  /** In the order of the command's arguments. */
  readonly fields: readonly Field[];
  /** The same fields with what they hold at first, of the record that the words after the verb name. */
  filled?(context: Context, words: readonly string[]): Promise<readonly Field[]>;
}

/** A form to be filled in now. A surface with dialogs shows it instead of the card that it comes with. */
export interface FormRequest {
  /** With its verb, where it has several: `case note`. */
  readonly command: string;
  readonly tenant: string;
  /** Number of the alert or case, when it is known; otherwise a field asks for it. */
  readonly alert: number | null;
  readonly title: string;
  readonly fields: readonly Field[];
}

/** Name of the field that asks for the alert. */
export const ALERT_FIELD = 'alert';

/**
 * What was filled in, as the arguments of the command. Each value stays one argument, whatever it says: nothing typed into a form
 * can become a flag or another argument.
 * @param values by field name; those that the form does not have are left out
 */
export function argsOf(form: Form, values: Readonly<Record<string, string>>): string[] {
  const number = form.alert || form.case ? (values[ALERT_FIELD]?.replace(/^#/, '') ?? '') : '';
  const rest = form.fields.flatMap((field) => {
    const value = (values[field.name] ?? '').trim();
    if (value === '') return [];
    const words = field.lines ? value.split(/\r?\n/).map((line) => line.trim()) : [value];
    return [...(field.after ? [field.after] : []), ...words.filter(Boolean)];
  });
  return [...(number ? [`#${number}`] : []), ...rest];
}
