import { createHash } from 'node:crypto';
import { fromBufferPromise } from 'yauzl';

export interface MailAttachment {
  name: string;
  /** As the mail says. */
  type: string;
  bytes: number;
  sha256: string;
  /** What it is by its first bytes; empty: not known. */
  is: string;
  /** Why it is not to be opened. */
  warnings: string[];
}

const MOST_INSIDE = 200;
const MAGIC: readonly [string, string][] = [
  ['4d5a', 'Windows program'],
  ['7f454c46', 'Linux program'],
  ['cafebabe', 'Java class or macOS program'],
  ['cffaedfe', 'macOS program'],
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['52617221', 'rar'],
  ['377abcaf271c', '7-Zip'],
  ['1f8b', 'gzip'],
  ['25504446', 'PDF'],
  ['d0cf11e0a1b11ae1', 'old Office document'],
  ['4c0000000114020000000000c000000000000046', 'Windows shortcut'],
  ['7b5c727466', 'RTF'],
  ['4d534346', 'cabinet'],
  ['e4525c7b8cd8a74d', 'OneNote'],
];
const RUNS =
  /\.(?:exe|scr|com|pif|bat|cmd|ps1|psm1|vbs|vbe|js|jse|wsf|wsh|hta|msi|msix|appx|dll|cpl|jar|lnk|url|iso|img|vhdx?|reg|chm|one|xll|sh|app|pkg|dmg|apk|elf)$/i;
const MACROS = /\.(?:docm|dotm|xlsm|xltm|xlsb|pptm|ppam|xlam|sldm)$/i;
const DOUBLE = /\.(?:pdf|docx?|xlsx?|pptx?|txt|jpe?g|png|gif|html?|zip)\.[a-z0-9]{2,5}$/i;
const TURNED = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/;

const isOf = (data: Buffer): string => {
  const head = data.subarray(0, 24).toString('hex');
  const found = MAGIC.find(([magic]) => head.startsWith(magic))?.[1];
  if (found) return found;
  return /<(?:!doctype\s+html|html|script|svg)\b/i.test(data.subarray(0, 1000).toString('latin1')) ? 'HTML' : '';
};

const warningsOf = (name: string): string[] => [
  ...(RUNS.test(name) ? ['it can run or open what runs'] : []),
  ...(MACROS.test(name) ? ['it holds macros'] : []),
  ...(DOUBLE.test(name) ? ['it has two endings'] : []),
  ...(TURNED.test(name) ? ['its name is turned round'] : []),
];

/** What an attachment is, by its bytes. Archives are listed and never unpacked. */
export async function attachmentOf(name: string, type: string, data: Buffer): Promise<MailAttachment> {
  const is = isOf(data);
  const warnings = warningsOf(name);
  const isProgram = /program/.test(is) || is === 'Windows shortcut' || is === 'OneNote';
  if (isProgram && !RUNS.test(name)) warnings.push(`it is a ${is} under another ending`);
  if (is === 'HTML' && /<script|<form|atob\(|eval\(/i.test(data.subarray(0, 500_000).toString('latin1')))
    warnings.push('HTML with a script or a form');
  if (is === 'zip') warnings.push(...(await insideOf(data)));
  const sha256 = createHash('sha256').update(data).digest('hex');
  return { name, type, bytes: data.length, sha256, is, warnings: [...new Set(warnings)] };
}

/** What the list of an archive says of it. */
async function insideOf(data: Buffer): Promise<string[]> {
  const found = new Set<string>();
  let [packed, whole, seen] = [0, 0, 0];
  try {
    const zip = await fromBufferPromise(data, { lazyEntries: true });
    for await (const entry of zip.eachEntry()) {
      if (++seen > MOST_INSIDE) {
        found.add(`it holds more than ${MOST_INSIDE} files`);
        break;
      }
      packed += entry.compressedSize;
      whole += entry.uncompressedSize;
      if (entry.isEncrypted()) found.add('it is locked with a password');
      if (/(?:^|\/)vbaProject\.bin$/i.test(entry.fileName)) found.add('it holds macros');
      else if (RUNS.test(entry.fileName)) found.add(`in it: ${entry.fileName.slice(-100)}, which can run`);
      if (/\.(?:zip|rar|7z|iso|img)$/i.test(entry.fileName)) found.add('it holds a further archive');
    }
    if (whole > 1024 * 1024 * 1024 || (whole > 50_000_000 && whole > packed * 200))
      found.add('it grows beyond measure');
  } catch {
    found.add('its list of files is damaged');
  }
  return [...found].slice(0, 8);
}
