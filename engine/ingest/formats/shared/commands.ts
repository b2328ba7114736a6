import type { Fields } from '../../../event.js';

/** Add what process rules ask for to an event that spells out a command: `CommandLine`, and `Image` when it begins with a path. */
export function setCommand(fields: Fields, commandLine: string): void {
  fields.CommandLine = commandLine;
  const image = /^\/[^\s"'|&;<>]{1,1024}/.exec(commandLine)?.[0];
  if (image !== undefined) fields.Image = image;
}
