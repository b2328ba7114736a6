import { loadRules } from '../../engine/detect/index.js';

/** What `detect` starts as a process of its own: load rules through a cache, say how long it took, ms. Arguments: cache, rule folders. */
const [cache, ...folders] = process.argv.slice(2);
const started = performance.now();
const { matcher } = await loadRules(folders, cache ? { cache } : {});
if (matcher.rules.length === 0) throw new Error('no rules');
console.log(performance.now() - started);
