import { createRequire } from 'node:module';
import { LEVELS, type Level } from '../../engine/detect/types.js';
import type { Day } from '../../engine/store/dispatches.js';

const WIDTH = 720;
const HEIGHT = 320;
const FONT = 'Inter';
const FILES = ['@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'];
const COLORS: Record<Level, string> = {
  informational: '#9aa5b1',
  low: '#4c9be8',
  medium: '#e6b422',
  high: '#e87d2c',
  critical: '#d63a3a',
};

/**
 * Alerts of each day by level, stacked, as a PNG. Colours are told apart by their order in the legend too; the numbers stand in the
 * card beside it. Drawn on the server without a browser; both packages load with the first picture.
 */
export async function weekPicture(days: readonly Day[]): Promise<Uint8Array> {
  const [{ init }, { Resvg }] = await Promise.all([import('echarts'), import('@resvg/resvg-js')]);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const present = LEVELS.filter((level) => days.some(({ opened }) => opened[level]));
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT },
    title: {
      text: 'Alerts a day',
      left: 12,
      top: 8,
      textStyle: { fontFamily: FONT, fontSize: 16, fontWeight: 'normal' },
    },
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
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  const require = createRequire(import.meta.url);
  const fontFiles = FILES.map((file) => require.resolve(file));
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: FONT };
  return new Resvg(svg, { font }).render().asPng();
}
