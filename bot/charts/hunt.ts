import type { HuntChart } from '../../engine/store/huntruns.js';
import { BASE, FONT, pngOf, svgOf, titled } from './picture.js';

const SIZE = { width: 720, height: 360 };
const COLOR = '#4c9be8';
const MOST_LABEL = 18;

const clipped = (text: string): string => (text.length > MOST_LABEL ? `${text.slice(0, MOST_LABEL - 1)}…` : text);

/** Numbers that a hunt found, along time or side by side. Labels come from logs: they are drawn as text, cut short. @returns SVG */
export function huntSvg({ title, kind, labels, values }: HuntChart): Promise<string> {
  return svgOf(
    {
      ...BASE,
      title: titled(title.slice(0, 80)),
      grid: { left: 56, right: 16, top: 48, bottom: labels.length > 8 ? 88 : 40 },
      xAxis: {
        type: 'category',
        data: labels.map(clipped),
        axisLabel: { fontFamily: FONT, ...(labels.length > 8 && { rotate: 45 }) },
      },
      yAxis: { type: 'value' },
      series: [
        {
          ...{ name: title.slice(0, 80), type: kind, data: values, itemStyle: { color: COLOR } },
          ...(kind === 'bar' ? { barMaxWidth: 40 } : { symbol: 'none', lineStyle: { color: COLOR, width: 2 } }),
        },
      ],
    },
    SIZE,
  );
}

/** The same as a PNG, for surfaces that take files. */
export const huntPicture = async (chart: HuntChart): Promise<Uint8Array> => pngOf(await huntSvg(chart));
