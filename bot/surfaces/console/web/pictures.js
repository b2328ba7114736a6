import { svg } from './dom.js';

const WIDTH = 96;
const HEIGHT = 24;

/** Numbers over time as a line, the latest at the right. It says nothing that the number beside it does not. @param {number[]} numbers */
export function spark(numbers) {
  const points = numbers.length > 1 ? numbers : [...numbers, ...numbers];
  const low = Math.min(...points);
  const span = Math.max(...points) - low;
  const x = (index) => (index / (points.length - 1)) * (WIDTH - 4) + 2;
  const y = (value) => (span === 0 ? HEIGHT - 4 : HEIGHT - 3 - ((value - low) / span) * (HEIGHT - 6));
  const line = points.map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
  const picture = {
    class: 'spark',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    'aria-hidden': true,
  };
  const last = { cx: x(points.length - 1), cy: y(points.at(-1)), r: 2 };
  return svg('svg', picture, svg('path', { d: line.join('') }), svg('circle', last));
}

/** A part of a whole as a bar. @param {number} part 0 to 1 */
export function bar(part) {
  const width = part > 0 ? Math.max(2, Math.round(part * 60)) : 0;
  return svg(
    'svg',
    { class: 'bar-picture', viewBox: '0 0 60 6', width: 60, height: 6, 'aria-hidden': true },
    svg('rect', { class: 'whole', width: 60, height: 6, rx: 3 }),
    svg('rect', { width, height: 6, rx: 3 }),
  );
}
