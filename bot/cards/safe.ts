export { safe } from '../../engine/safe.js';
