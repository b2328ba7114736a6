/** Something that arrived: anything. */
type Raw = Record<string, unknown>;

class Invalid extends Error {}

function need(holds: boolean, where: string, what: string): asserts holds {
  if (!holds) throw new Invalid(`${where}: ${what}`);
}

function object(value: unknown, where: string): Raw {
  need(typeof value === 'object' && value !== null && !Array.isArray(value), where, 'must be an object');
  return value as Raw;
}

function array(value: unknown, where: string, least: number, most: number): unknown[] {
  need(Array.isArray(value), where, 'must be an array');
  need(value.length >= least && value.length <= most, where, `must be between ${least} and ${most} in length`);
  return value;
}

/** Discord trims what it gets: a text of spaces is no text. */
function text(value: unknown, where: string, most: number, least = 1): string {
  need(typeof value === 'string', where, 'this field is required');
  need(value.trim().length >= least, where, 'this field is required');
  need(value.length <= most, where, `must be ${most} or fewer in length, not ${value.length}`);
  return value;
}

function embed(value: unknown, where: string): number {
  const raw = object(value, where);
  let size = 0;
  const part = (name: string, most: number) => {
    if (raw[name] !== undefined) size += text(raw[name], `${where}.${name}`, most).length;
  };
  part('title', 256);
  part('description', 4096);
  if (raw.footer !== undefined) size += text(object(raw.footer, where).text, `${where}.footer.text`, 2048).length;
  if (raw.color !== undefined) {
    const color = raw.color as number;
    need(Number.isInteger(color) && color >= 0 && color <= 0xffffff, `${where}.color`, 'must be a colour');
  }
  for (const [index, each] of array(raw.fields ?? [], `${where}.fields`, 0, 25).entries()) {
    const at = `${where}.fields[${index}]`;
    const field = object(each, at);
    size += text(field.name, `${at}.name`, 256).length + text(field.value, `${at}.value`, 1024).length;
  }
  need(size > 0, where, 'this field is required');
  return size;
}

function component(value: unknown, where: string, ids: Set<string>): number {
  const raw = object(value, where);
  const id = text(raw.custom_id, `${where}.custom_id`, 100);
  need(!ids.has(id), `${where}.custom_id`, 'component custom id cannot be duplicated');
  ids.add(id);
  if (raw.type === 2) {
    text(raw.label, `${where}.label`, 80);
    need([1, 2, 3, 4].includes(raw.style as number), `${where}.style`, 'value must be one of (1, 2, 3, 4)');
    return 1;
  }
  need(raw.type === 3, `${where}.type`, 'value must be one of (2, 3)');
  if (raw.placeholder !== undefined) text(raw.placeholder, `${where}.placeholder`, 150);
  const values = new Set<string>();
  for (const [index, each] of array(raw.options, `${where}.options`, 1, 25).entries()) {
    const at = `${where}.options[${index}]`;
    const option = object(each, at);
    text(option.label, `${at}.label`, 100);
    const chosen = text(option.value, `${at}.value`, 100);
    need(!values.has(chosen), `${at}.value`, 'the specified option value is already used');
    values.add(chosen);
  }
  return 5;
}

function rows(value: unknown, where: string): void {
  const ids = new Set<string>();
  for (const [index, each] of array(value, where, 0, 5).entries()) {
    const at = `${where}[${index}]`;
    const row = object(each, at);
    need(row.type === 1, `${at}.type`, 'value must be one of (1,)');
    const cells = array(row.components, `${at}.components`, 1, 5);
    const width = cells.reduce((sum: number, cell, at2) => sum + component(cell, `${at}.components[${at2}]`, ids), 0);
    need(width <= 5, at, 'a row holds five buttons or one select');
  }
}

function fault(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Invalid) return error.message;
    throw error;
  }
}

/** What Discord would refuse about a message; null when it takes it. */
export function checkMessage(body: Raw): string | null {
  return fault(() => {
    text(body.content ?? '', 'content', 2000, 0);
    const sizes = array(body.embeds ?? [], 'embeds', 0, 10).map((each, index) => embed(each, `embeds[${index}]`));
    const together = sizes.reduce((sum, size) => sum + size, 0);
    need(together <= 6000, 'embeds', `embed size exceeds maximum size of 6000: ${together}`);
    rows(body.components ?? [], 'components');
    if (body.nonce !== undefined) text(body.nonce, 'nonce', 25);
  });
}

/** What Discord would refuse about a form. */
export function checkForm(body: Raw): string | null {
  return fault(() => {
    text(body.custom_id, 'custom_id', 100);
    text(body.title, 'title', 45);
    for (const [index, each] of array(body.components, 'components', 1, 5).entries()) {
      const at = `components[${index}]`;
      const input = object(array(object(each, at).components, at, 1, 1)[0], at);
      need(input.type === 4, at, 'a form holds text inputs');
      text(input.custom_id, `${at}.custom_id`, 100);
      text(input.label, `${at}.label`, 45);
      if (input.placeholder !== undefined) text(input.placeholder, `${at}.placeholder`, 100);
      if (input.max_length !== undefined) need(Number(input.max_length) <= 4000, `${at}.max_length`, 'at most 4000');
    }
  });
}

/** What Discord would refuse about suggestions. */
export function checkChoices(body: Raw): string | null {
  return fault(() => {
    for (const [index, each] of array(body.choices, 'choices', 0, 25).entries()) {
      const choice = object(each, `choices[${index}]`);
      text(choice.name, `choices[${index}].name`, 100);
      text(choice.value, `choices[${index}].value`, 100);
    }
  });
}

/** What Discord would refuse about an application command. */
export function checkCommand(body: Raw): string | null {
  return fault(() => {
    need(/^[-_\p{Ll}\p{N}]{1,32}$/u.test(String(body.name)), 'name', 'command name is invalid');
    text(body.description, 'description', 100);
    let optional = false;
    for (const [index, each] of array(body.options ?? [], 'options', 0, 25).entries()) {
      const at = `options[${index}]`;
      const option = object(each, at);
      need(/^[-_\p{Ll}\p{N}]{1,32}$/u.test(String(option.name)), `${at}.name`, 'option name is invalid');
      text(option.description, `${at}.description`, 100);
      need(!(option.required && optional), at, 'required options must be placed before non-required options');
      optional ||= !option.required;
    }
  });
}
