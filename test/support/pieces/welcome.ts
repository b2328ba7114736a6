import type { Greeting } from './types.js';

const welcome: Greeting = { word: 'welcome' };
export default welcome;
