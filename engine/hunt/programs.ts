/** Programs by what they are used for, and paths by who may write there. */

/** The last part of a path. */
export const base = (path: string): string => path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);

/** A path without what differs from user to user and version to version. */
export const general = (path: string): string =>
  path
    .replace(/\\users\\[^\\]+\\/, '\\users\\*\\')
    .replace(/^\/home\/[^/]+\//, '/home/*/')
    .replace(/\{[0-9a-f-]{36}\}|[0-9a-f]{8,}|\d+(?:\.\d+)+/g, '*');

/** Programs that intruders have handed work to. */
export const TOOLS =
  /^(?:cmd|powershell|pwsh|wscript|cscript|mshta|rundll32|regsvr32|certutil|bitsadmin|msbuild|installutil|wmic|net1?|whoami|nltest|psexesvc|sh|bash|dash|python[\d.]*|perl|curl|wget|nc|ncat|xmrig)(?:\.exe)?$/;

/** Folders that everybody may write to. */
export const OPEN_FOLDERS =
  /\\(?:temp|tmp|downloads|public|appdata\\(?:local|roaming)\\[^\\]+|programdata|perflogs|recycle)[^\\]*\\[^\\]+$|^\/(?:tmp|dev\/shm|var\/tmp)\//;

/** Command lines that start something else, or hide what they do. */
export const INTERPRETED =
  /\b(?:cmd(?:\.exe)?"? \/[ck]|%comspec%|powershell|pwsh|wscript|cscript|mshta|rundll32|regsvr32|bash -[ci]|python[\d.]* -c|curl |wget )/i;
