import { LEVELS, type Level } from '../../engine/detect/types.js';
import type { Day } from '../../engine/store/dispatches.js';
import { BASE, FONT, pngOf, svgOf, titled } from './picture.js';

const SIZE = { width: 720, height: 320 };
const COLORS: Record<Level, string> = {
  informational: '#9aa5b1',
  low: '#4c9be8',
  medium: '#e6b422',
  high: '#e87d2c',
  critical: '#d63a3a',
};

/**
 * Alerts of each day by level, stacked, as a PNG. Colours are told apart by their order in the legend too; the numbers stand in the
 * card beside it.
 */
export async function weekPicture(days: readonly Day[]): Promise<Uint8Array> {
  const present = LEVELS.filter((level) => days.some(({ opened }) => opened[level]));
  const svg = await svgOf(
    {
      ...BASE,
      title: titled('Alerts a day'),
      legend: { right: 12, top: 10, textStyle: { fontFamily: FONT } },
      grid: { left: 48, right: 16, top: 48, bottom: 32 },
      xAxis: { type: 'category', data: days.map(({ day }) => day.slice(5)) },
      yAxis: { type: 'value', minInterval: 1 },
      series: present.map((level) => ({
        name: level,
        type: 'bar' as const,
        stack: 'all',
        barMaxWidth: 48,
        itemStyle: { color: COLORS[level] },
        data: days.map(({ opened }) => opened[level] ?? 0),
      })),
    },
    SIZE,
  );
  return pngOf(svg);
}
