import { terminalChat, terminalSurface } from '../../../../bot/surfaces/terminal/index.js';
import type { Answer, Ask } from '../../../../bot/surfaces/types.js';
import type { Kit } from './types.js';

const WIDTH = 80;

export async function terminalKit(): Promise<Kit> {
  const printed: string[] = [];
  const answers: string[] = [];
  const asks: Ask[] = [];
  let answer: Answer = async (ask) => ({ title: `you said: ${ask.text}`, tone: 'neutral', blocks: [] });
  return {
    surface: terminalSurface((text) => printed.push(text), { width: WIDTH }),
    channel: 'terminal',
    noChannel: 'another',
    noMessage: { channel: 'terminal', message: 'none' },
    person: { id: 'ana', name: 'ana' },
    trouble: null,
    async see() {
      const text = printed.at(-1) ?? '';
      const tooWide = text.split('\n').find((line) => line.length > WIDTH);
      return {
        text: text.replace(/\s+/g, ' '),
        thread: null,
        edits: 0,
        acting: text.match(/[\p{Cc}\p{Cf}]/gu)?.filter((character) => character !== '\n') ?? [],
        invalid: tooWide ? `a line of ${tooWide.length} characters` : null,
        file: null,
      };
    },
    count: async () => printed.length,
    asks,
    answerWith(next) {
      answer = next;
    },
    async type(text) {
      const ask: Answer = (asked) => {
        asks.push(asked);
        return answer(asked);
      };
      answers.push(
        (await terminalChat({ answer: ask, user: 'ana', tenant: null, text, colour: false, width: WIDTH })).text,
      );
    },
    click: null,
    again: null,
    answers: async () => answers.map((text) => ({ text, user: 'ana' })),
    async stop() {},
  };
}
