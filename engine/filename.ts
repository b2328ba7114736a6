import { clip } from './say.js';

/** A file's name as others tell it, without folders, controls or what turns text round: only to be shown, never a path to anything. */
export function safeName(name: string): string {
  const base = name.slice(0, 2000).split(/[\\/]/).at(-1) ?? '';
  const clean = base.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return clean === '' || /^\.+$/.test(clean) ? 'unnamed' : clip(clean, 200);
}
