/** What Discord's client makes of a text, in the order in which it looks, as far as it acts on anything. */
const RULES: [kind: string, pattern: RegExp][] = [
  ['escape', /^\\[^0-9A-Za-z\s]/],
  ['code', /^```[\s\S]*?```/],
  ['code', /^(`+)[\s\S]*?[^`]\1(?!`)/],
  ['link', /^\[[^\]]*\]\(<?https?:[^)]*\)/],
  ['link', /^<?(?:https?|discord|steam):\/\/\S+/],
  ['mention', /^@(?:everyone|here)\b/],
  ['mention', /^<(?:@[!&]?|#)\d+>/],
  ['mention', /^<\/[^:>]+:\d+>/],
  ['mention', /^<id:\w+>/],
  ['time', /^<t:-?\d+(?::\w)?>/],
  ['emoji', /^<a?:\w+:\d+>/],
  ['emoji', /^:\w+:/],
  ['format', /^(\*\*|__|~~|\|\||\*|_)(?=\S)[\s\S]*?\S\1/],
];
const BLOCK = /^ *(?:#{1,3} |-# |>{1,3} |[-*+] |\d+\. )/;

/** Everything in a text that Discord would not simply show: `kind: what`. */
export function active(text: string): string[] {
  const found: string[] = [];
  let isStart = true;
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const block = isStart ? BLOCK.exec(rest)?.[0] : undefined;
    if (block) {
      found.push(`block: ${block.trim()}`);
      at += block.length;
      isStart = false;
      continue;
    }
    const rule = RULES.map(([kind, pattern]) => [kind, pattern.exec(rest)?.[0]] as const).find(([, match]) => match);
    const [kind, match = rest[0]!] = rule ?? [];
    isStart = match.endsWith('\n');
    if (kind && kind !== 'escape') found.push(`${kind}: ${match}`);
    if (kind === 'format') {
      // What stands inside of bold text is looked at too.
      const mark = /^(?:\*\*|__|~~|\|\||\*|_)/.exec(match)![0];
      found.push(...active(match.slice(mark.length, -mark.length)));
    }
    at += match.length;
  }
  return found;
}
