const MAX_TEXT = 4096;
const MAX_TOKENS = 200;
/** Programs and files that look like names. */
const FILE_ENDINGS = new Set(
  'exe dll sys ps1 psm1 bat cmd vbs js jse hta lnk txt log tmp dat ini cfg xml json yml zip rar doc docx xls xlsx pdf png jpg gif html htm php asp aspx jar'.split(
    ' ',
  ),
);

/**
 * Words of a free text that look like something an indicator could be. Only the beginning is read.
 * @returns kind and value of each
 */
export function valuesIn(text: string): ['url' | 'hash' | 'email' | 'host', string][] {
  const found: ['url' | 'hash' | 'email' | 'host', string][] = [];
  for (const raw of text.slice(0, MAX_TEXT).split(/[\s"'`<>(){},;|^]+/, MAX_TOKENS)) {
    const token = raw.replace(/^[^A-Za-z0-9[]{1,8}/, '').replace(/[.:!?\]]{1,8}$/, '');
    if (token.length < 4) continue;
    const scheme = token.indexOf('://');
    if (scheme > 0) {
      // `-Uri=https://…`, `/i:http://…`: the scheme is the last letters before the colon.
      const word = /[A-Za-z][A-Za-z0-9+.-]{1,8}$/.exec(token.slice(Math.max(0, scheme - 9), scheme))?.[0] ?? '';
      found.push(['url', token.slice(scheme - word.length)]);
    } else if (/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i.test(token)) found.push(['hash', token]);
    else if (token.includes('@')) found.push(['email', token]);
    else if (!/[\\/]/.test(token) && !FILE_ENDINGS.has(token.slice(token.lastIndexOf('.') + 1).toLowerCase()))
      found.push(['host', token]);
  }
  return found;
}
