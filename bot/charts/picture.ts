import type { EChartsCoreOption } from 'echarts/core';

export { pngOf } from '../../engine/picture.js';

/** Ours for PNG; a browser that has it not takes its own. */
export const FONT = 'Inter, sans-serif';

/** What every chart has in common. */
export const BASE = { animation: false, backgroundColor: '#ffffff', textStyle: { fontFamily: FONT } } as const;
export const titled = (text: string, top = 8) => ({
  text,
  left: 12,
  top,
  textStyle: { fontFamily: FONT, fontSize: 16, fontWeight: 'normal' as const },
});

/** Drawn on the server without a browser; the package loads with the first picture. @param size in pixels @returns SVG */
export async function svgOf(option: EChartsCoreOption, size: { width: number; height: number }): Promise<string> {
  const { init } = await import('echarts');
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
