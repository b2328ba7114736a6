/** A block as it arrives: anything. */
type Raw = Record<string, unknown>;

/** Slack's limit on all blocks of a message together, as observed (it is not documented), in characters of JSON. */
const MOST_JSON = 13_200;

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
  need(
    value.length >= least && value.length <= most,
    where,
    `must hold ${least} to ${most} items, not ${value.length}`,
  );
  return value;
}

function string(value: unknown, where: string, most: number, least = 1): string {
  need(typeof value === 'string', where, 'must be a string');
  need(value.length >= least, where, `must be at least ${least} characters`);
  need(value.length <= most, where, `must be at most ${most} characters, not ${value.length}`);
  return value;
}

function only(value: Raw, where: string, keys: string[]): void {
  for (const key of Object.keys(value)) need(keys.includes(key), where, `unknown field ${key}`);
}

function text(value: unknown, where: string, most: number, types = ['plain_text', 'mrkdwn']): void {
  const raw = object(value, where);
  need(types.includes(String(raw.type)), where, `type must be ${types.join(' or ')}`);
  only(raw, where, raw.type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji']);
  string(raw.text, `${where}.text`, most);
}

const STYLES = ['bold', 'italic', 'strike', 'code', 'underline', 'highlight', 'client_highlight', 'unlink'];

function richElement(value: unknown, where: string, types: string[]): void {
  const raw = object(value, where);
  const type = String(raw.type);
  need(types.includes(type), where, `${type} is not allowed here`);
  if (raw.style !== undefined) only(object(raw.style, `${where}.style`), `${where}.style`, STYLES);
  if (type === 'text') string(raw.text, `${where}.text`, MOST_JSON);
  if (type === 'link') {
    need(/^(https?|mailto):/.test(string(raw.url, `${where}.url`, 3000)), where, 'url must be http, https or mailto');
  }
  if (type === 'date') {
    need(Number.isInteger(raw.timestamp), where, 'timestamp must be whole seconds');
    need(/\{\w+\}/.test(string(raw.format, `${where}.format`, 200)), where, 'format needs a token');
  }
}

const INLINE = ['text', 'link', 'date', 'emoji', 'user', 'channel', 'usergroup', 'broadcast', 'color', 'team'];

function richPart(value: unknown, where: string): void {
  const raw = object(value, where);
  const parts = array(raw.elements, `${where}.elements`, 1, 1000);
  if (raw.type === 'rich_text_list') {
    need(raw.style === 'bullet' || raw.style === 'ordered', where, 'style must be bullet or ordered');
    parts.forEach((part, index) => {
      need(object(part, where).type === 'rich_text_section', where, 'a list holds sections');
      richPart(part, `${where}.elements[${index}]`);
    });
    return;
  }
  const types = raw.type === 'rich_text_preformatted' ? ['text', 'link'] : INLINE;
  need(
    ['rich_text_section', 'rich_text_quote', 'rich_text_preformatted'].includes(String(raw.type)),
    where,
    `unknown rich text type ${raw.type}`,
  );
  parts.forEach((part, index) => {
    richElement(part, `${where}.elements[${index}]`, types);
  });
}

function actionElement(value: unknown, where: string, ids: Set<string>): void {
  const raw = object(value, where);
  const id = string(raw.action_id, `${where}.action_id`, 255);
  need(!ids.has(id), where, `action_id ${id} is not unique in its block`);
  ids.add(id);
  if (raw.type === 'button') {
    only(raw, where, ['type', 'text', 'action_id', 'url', 'value', 'style', 'confirm', 'accessibility_label']);
    text(raw.text, `${where}.text`, 75, ['plain_text']);
    if (raw.value !== undefined) string(raw.value, `${where}.value`, 2000);
    need(raw.style === undefined || raw.style === 'primary' || raw.style === 'danger', where, 'unknown style');
    return;
  }
  need(raw.type === 'static_select', where, `unknown element ${raw.type}`);
  if (raw.placeholder !== undefined) text(raw.placeholder, `${where}.placeholder`, 150, ['plain_text']);
  array(raw.options, `${where}.options`, 1, 100).forEach((option, index) => {
    const at = `${where}.options[${index}]`;
    const choice = object(option, at);
    text(choice.text, `${at}.text`, 75, ['plain_text']);
    string(choice.value, `${at}.value`, 150);
  });
}

function inputElement(value: unknown, where: string): void {
  const raw = object(value, where);
  if (raw.type === 'plain_text_input') {
    only(raw, where, ['type', 'action_id', 'multiline', 'max_length', 'min_length', 'initial_value', 'placeholder']);
    string(raw.action_id, `${where}.action_id`, 255);
    need(Number(raw.max_length ?? 3000) <= 3000, where, 'max_length is at most 3000');
    if (raw.initial_value !== undefined) string(raw.initial_value, `${where}.initial_value`, 3000);
    return;
  }
  if (raw.type === 'external_select') {
    only(raw, where, ['type', 'action_id', 'placeholder', 'min_query_length', 'initial_option']);
    string(raw.action_id, `${where}.action_id`, 255);
    if (raw.placeholder !== undefined) text(raw.placeholder, `${where}.placeholder`, 150, ['plain_text']);
    return;
  }
  actionElement(raw, where, new Set());
}

function block(value: unknown, where: string, blockIds: Set<string>, inputs: boolean): void {
  const raw = object(value, where);
  if (raw.block_id !== undefined) {
    const id = string(raw.block_id, `${where}.block_id`, 255);
    need(!blockIds.has(id), where, `block_id ${id} is not unique`);
    blockIds.add(id);
  }
  switch (raw.type) {
    case 'divider':
      return;
    case 'header':
      text(raw.text, `${where}.text`, 150, ['plain_text']);
      return;
    case 'section':
      need(raw.text !== undefined || raw.fields !== undefined, where, 'a section needs text or fields');
      if (raw.text !== undefined) text(raw.text, `${where}.text`, 3000);
      if (raw.fields !== undefined)
        array(raw.fields, `${where}.fields`, 1, 10).forEach((field, index) => {
          text(field, `${where}.fields[${index}]`, 2000);
        });
      return;
    case 'context':
      array(raw.elements, `${where}.elements`, 1, 10).forEach((element, index) => {
        text(element, `${where}.elements[${index}]`, 3000);
      });
      return;
    case 'input': {
      need(inputs, where, 'an input is for dialogs');
      only(raw, where, ['type', 'block_id', 'label', 'element', 'optional', 'hint', 'dispatch_action']);
      text(raw.label, `${where}.label`, 2000, ['plain_text']);
      if (raw.hint !== undefined) text(raw.hint, `${where}.hint`, 2000, ['plain_text']);
      inputElement(raw.element, `${where}.element`);
      return;
    }
    case 'actions': {
      const ids = new Set<string>();
      array(raw.elements, `${where}.elements`, 1, 25).forEach((element, index) => {
        actionElement(element, `${where}.elements[${index}]`, ids);
      });
      return;
    }
    case 'rich_text':
      array(raw.elements, `${where}.elements`, 1, 1000).forEach((part, index) => {
        richPart(part, `${where}.elements[${index}]`);
      });
      return;
    default:
      throw new Invalid(`${where}: unknown block type ${raw.type}`);
  }
}

/** What Slack would say of these blocks: null when it would take them. @param most 50 for a message, 100 for a view */
export function checkBlocks(blocks: unknown, most = 50, inputs = false): { error: string; detail: string } | null {
  try {
    const ids = new Set<string>();
    array(blocks, 'blocks', 0, most).forEach((value, index) => {
      block(value, `blocks[${index}]`, ids, inputs);
    });
  } catch (error) {
    if (error instanceof Invalid) return { error: 'invalid_blocks', detail: error.message };
    throw error;
  }
  const size = JSON.stringify(blocks).length;
  return size > MOST_JSON ? { error: 'msg_blocks_too_long', detail: `${size} characters of blocks` } : null;
}

/** What Slack would say of this dialog or home page: null when it would take it. */
export function checkView(view: Record<string, unknown>): { detail: string } | null {
  try {
    if (view.type === 'home') only(view, 'view', ['type', 'blocks', 'private_metadata', 'callback_id']);
    else {
      need(view.type === 'modal', 'view.type', 'must be modal or home');
      only(view, 'view', [
        'type',
        'title',
        'blocks',
        'close',
        'submit',
        'private_metadata',
        'callback_id',
        'notify_on_close',
      ]);
      text(view.title, 'view.title', 24, ['plain_text']);
      for (const name of ['close', 'submit'])
        if (view[name] !== undefined) text(view[name], `view.${name}`, 24, ['plain_text']);
      const hasInput = (view.blocks as Raw[] | undefined)?.some((one) => one.type === 'input');
      need(!hasInput || view.submit !== undefined, 'view.submit', 'a dialog with inputs needs it');
    }
    if (view.private_metadata !== undefined) string(view.private_metadata, 'view.private_metadata', 3000, 0);
  } catch (error) {
    if (error instanceof Invalid) return { detail: error.message };
    throw error;
  }
  const fault = checkBlocks(view.blocks, 100, view.type === 'modal');
  // Dialogs may be larger than messages.
  return fault && fault.error !== 'msg_blocks_too_long' ? fault : null;
}
