/** @typedef {{ name: string, summary: string, usage: string, examples: string[] }} Command */
/** @typedef {{ text: string, line: string, usage: string, summary: string }} Offer `text` is what the box will hold */

/**
 * What could be typed next. While the command's name is being typed: the commands; after it: its examples.
 * @param {string} typed
 * @param {Command[]} commands
 * @returns {{ offers: Offer[], hint: string, choose: boolean }} `choose`: whether Enter takes the first offer
 */
export function complete(typed, commands) {
  const none = { offers: [], hint: '', choose: false };
  if (typed.includes('\n')) return none;
  if (/^\/(m|md|mdr)?$/.test(typed)) return { ...none, offers: commands.map(offerOf), choose: true };
  const match = /^\/mdr\s+(\S*)(\s.*)?$/.exec(typed);
  if (!match) {
    const named = commands.find(({ name }) => name === typed.trim().split(/\s/)[0].toLowerCase());
    return named ? { ...none, hint: `This is a note for people. To run it: /mdr ${typed.trim()}` } : none;
  }
  const [, name, rest] = match;
  if (rest === undefined) {
    const offers = commands.filter((command) => command.name.startsWith(name.toLowerCase())).map(offerOf);
    const exact = commands.find((command) => command.name === name);
    return { offers, hint: exact ? usageOf(exact) : '', choose: !exact };
  }
  const command = commands.find((known) => known.name === name);
  if (!command) return none;
  const offers = command.examples
    .map((example) => `/mdr ${example}`)
    .filter((example) => example.startsWith(typed) && example !== typed && example.startsWith(`/mdr ${name} `))
    .map((example) => ({ text: example, line: example, usage: '', summary: 'Example' }));
  return { offers, hint: usageOf(command), choose: false };
}

const usageOf = (command) => `${`/mdr ${command.name} ${command.usage}`.trim()}: ${command.summary}`;

function offerOf(command) {
  const line = `/mdr ${command.name}`;
  return { text: command.usage ? `${line} ` : line, line, usage: command.usage, summary: command.summary };
}
