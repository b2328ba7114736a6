import type { Greeting } from './types.js';

const hello: Greeting = { word: 'hello' };
export default hello;
