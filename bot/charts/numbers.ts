import type { WeekRow } from '../../engine/triage/numbers/index.js';
import { BASE, FONT, pngOf, svgOf, titled } from './picture.js';

const SIZE = { width: 720, height: 560 };
/** More weeks are drawn closer; more than these not at all, the latest stay. */
const MOST_WEEKS = 53;
const HOUR_MS = 3_600_000;

export type ChartWeek = Pick<WeekRow, 'monday' | 'opened' | 'closed' | 'open' | 'mtta' | 'mttr'>;

/**
 * Week by week: alerts opened and closed, and how many were open at its end; below, the medians of the times to acknowledge and to
 * resolve, in hours. A week without any has a gap, not a zero. @returns SVG
 */
export function numbersSvg(all: readonly ChartWeek[]): Promise<string> {
  const weeks = all.slice(-MOST_WEEKS);
  const data = weeks.map(({ monday }) => new Date(monday).toISOString().slice(5, 10));
  const hours = (ms: number | null) => (ms === null ? null : Number((ms / HOUR_MS).toFixed(2)));
  const bar = (name: string, color: string, values: number[]) => ({
    ...{ name, type: 'bar' as const, barMaxWidth: 24, itemStyle: { color }, data: values },
  });
  const line = (name: string, color: string, symbol: string, values: (number | null)[], below = false) => ({
    ...{ name, type: 'line' as const, symbol, symbolSize: 7, data: values },
    ...{ itemStyle: { color }, lineStyle: { color, width: 2 } },
    ...(below && { xAxisIndex: 1, yAxisIndex: 1 }),
  });
  const legend = { right: 12, textStyle: { fontFamily: FONT } };
  return svgOf(
    {
      ...BASE,
      title: [
        titled('Alerts a week (UTC, from its Monday)'),
        titled('Median hours to acknowledge and to resolve', 288),
      ],
      legend: [
        { ...legend, top: 10, data: ['opened', 'closed', 'open at the end'] },
        { ...legend, top: 290, data: ['acknowledge', 'resolve'] },
      ],
      grid: [
        { left: 48, right: 16, top: 48, height: 200 },
        { left: 48, right: 16, top: 328, height: 200 },
      ],
      xAxis: [
        { type: 'category', data },
        { type: 'category', data, gridIndex: 1 },
      ],
      yAxis: [
        { type: 'value', minInterval: 1 },
        { type: 'value', gridIndex: 1 },
      ],
      series: [
        bar(
          'opened',
          '#4c9be8',
          weeks.map(({ opened }) => opened),
        ),
        bar(
          'closed',
          '#5aa469',
          weeks.map(({ closed }) => closed),
        ),
        line(
          'open at the end',
          '#d63a3a',
          'rect',
          weeks.map(({ open }) => open),
        ),
        line(
          'acknowledge',
          '#e87d2c',
          'circle',
          weeks.map(({ mtta }) => hours(mtta.median)),
          true,
        ),
        line(
          'resolve',
          '#7a5cc0',
          'triangle',
          weeks.map(({ mttr }) => hours(mttr.median)),
          true,
        ),
      ],
    },
    SIZE,
  );
}

/** The same as a PNG, for surfaces that take files. */
export const numbersPicture = async (weeks: readonly ChartWeek[]): Promise<Uint8Array> =>
  pngOf(await numbersSvg(weeks));
