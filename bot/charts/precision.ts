import type { RuleWeeks } from '../../engine/triage/numbers/index.js';
import { BASE, FONT, pngOf, svgOf, titled } from './picture.js';

const SIZE = { width: 720, height: 360 };
/** More weeks than these are not drawn, the latest stay. */
const MOST_WEEKS = 53;
const MAX_TITLE = 60;
/** Told apart by their shape too. */
const LOOKS = [
  ['#4c9be8', 'circle'],
  ['#e87d2c', 'triangle'],
  ['#5aa469', 'rect'],
  ['#7a5cc0', 'diamond'],
  ['#d63a3a', 'roundRect'],
] as const;

/** Week by week and rule by rule: the share of its judged alerts that was real. A week without a verdict has no point. @returns SVG */
export function precisionSvg(rules: readonly RuleWeeks[]): Promise<string> {
  const mondays = (rules[0]?.weeks ?? []).slice(-MOST_WEEKS).map(({ monday }) => monday);
  const drawn = rules.slice(0, LOOKS.length);
  return svgOf(
    {
      ...BASE,
      title: titled(
        drawn.length > 0 ? 'Share of verdicts that were real, by rule (%)' : 'No rule has enough verdicts yet',
      ),
      legend: { left: 12, bottom: 4, orient: 'vertical', itemGap: 4, textStyle: { fontFamily: FONT, fontSize: 11 } },
      grid: { left: 48, right: 16, top: 48, bottom: 40 + 18 * drawn.length },
      xAxis: { type: 'category', data: mondays.map((monday) => new Date(monday).toISOString().slice(5, 10)) },
      yAxis: { type: 'value', min: 0, max: 100 },
      series: drawn.map(({ title, id, weeks }, i) => {
        const [color, symbol] = LOOKS[i]!;
        return {
          // Names tell series apart: two rules may have the same title.
          name: `${title.slice(0, MAX_TITLE)} (${id.slice(0, 8)})`,
          ...{ type: 'line' as const, symbol, symbolSize: 8, connectNulls: true },
          ...{ itemStyle: { color }, lineStyle: { color, width: 2 } },
          data: weeks
            .slice(-MOST_WEEKS)
            .map(({ real, judged }) => (judged === 0 ? null : Math.round((100 * real) / judged))),
        };
      }),
    },
    SIZE,
  );
}

/** The same as a PNG, for surfaces that take files. */
export const precisionPicture = async (rules: readonly RuleWeeks[]): Promise<Uint8Array> =>
  pngOf(await precisionSvg(rules));
