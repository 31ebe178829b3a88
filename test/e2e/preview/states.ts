/** Example states of the prompt view. Every figure in them is invented. */
import sharp from 'sharp';
import type { PromptEvent, PromptResult, Timings } from '../../../src/protocol/prompt';
import type { Card, PromptViewState } from '../../../src/protocol/promptView';
import { fileUri } from './previewPage';

export const choice = {
  bundleDir: '/models/autoneural-nano',
  precision: 'fp32',
  target: 'local-cpu',
} as const;

export function viewState(change: Partial<PromptViewState> = {}): PromptViewState {
  return {
    sessionId: 'preview',
    picture: { name: 'level-b6.png', src: fileUri('level-b6.png') },
    models: [
      {
        bundleDir: choice.bundleDir,
        name: 'autoneural-nano',
        sha256: '5f2d8c1e'.repeat(8),
        parameters: 11_400_000,
        imageSize: 128,
        imageTokens: 64,
        contextLength: 512,
        precisions: ['fp32'],
      },
    ],
    targets: [{ id: 'local-cpu', label: 'This machine · CPU', available: true }],
    choice,
    cards: [],
    runtime: { state: 'ready' },
    trusted: true,
    ...change,
  };
}

export const imageEvent = (reused: boolean): PromptEvent => ({
  type: 'image',
  width: 1024,
  height: 1024,
  inputWidth: 128,
  inputHeight: 128,
  imageTokens: 64,
  reused,
});

const timings: Timings = {
  decodeImageMs: 2.4,
  resizeMs: 1.6,
  encodeMs: 7.1,
  projectMs: 0.8,
  prefillMs: 5.0,
  overheadMs: 0.4,
  ttftMs: 17.3,
  decodeMs: 31.6,
  decodeTokensPerSecond: 411.7,
};

export function result(answer: string, change: Partial<PromptResult> = {}): PromptResult {
  return {
    answer,
    tokenIds: [],
    stopReason: 'end-of-text',
    unknownWords: [],
    precision: 'fp32',
    tokens: { image: 64, text: 21, generated: 14 },
    timings,
    model: { name: 'autoneural-nano', sha256: '5f2d8c1e'.repeat(8) },
    ...change,
  };
}

export function card(id: string, question: string, change: Partial<Card> = {}): Card {
  return { id, question, choice, state: 'running', answer: '', events: [], ...change };
}

export const finished = card('1', 'Where is the red car?', {
  state: 'done',
  answer: 'The red car is at the back on the left, in zone B 6.',
  events: [imageEvent(false)],
  result: result('The red car is at the back on the left, in zone B 6.'),
});

export const streaming = card('2', 'How many free spaces are there?', {
  region: { left: 78, top: 239, width: 239, height: 333 },
  answer: 'Three',
  events: [
    imageEvent(true),
    { type: 'stage', stage: 'prefill', ms: 4.4 },
    { type: 'token', text: 'Three', index: 0, atMs: 5.1 },
    { type: 'token', text: 'Three', index: 3, atMs: 12.9 },
  ],
});

export const failed = card('3', 'Is the blue car parked?', {
  state: 'failed',
  answer: 'The blue',
  events: [imageEvent(true), { type: 'stage', stage: 'prefill', ms: 4.4 }],
  failure: {
    kind: 'host-died',
    message: 'The model host ended by signal SIGKILL while it answered: restart it and ask again.',
  },
});

export const loading = card('4', 'Who is on the passenger seat?', {
  events: [
    { type: 'loading', message: 'Building the graphs of autoneural-nano (fp32), once for this model…' },
  ],
});

export const stopped = card('5', 'Describe the whole scene.', {
  state: 'stopped',
  answer: 'The picture shows a parking level with',
  events: [
    imageEvent(true),
    { type: 'stage', stage: 'prefill', ms: 4.4 },
    { type: 'token', text: 'The', index: 0, atMs: 5 },
    { type: 'token', text: 'The picture shows a parking level with', index: 6, atMs: 20 },
  ],
});

export const unknownWord = card('6', 'Is there a zeppelin?', {
  state: 'done',
  answer: "I can't tell.",
  events: [imageEvent(true)],
  result: result("I can't tell.", {
    unknownWords: ['zeppelin'],
    tokens: { image: 0, text: 17, generated: 6 },
    timings: {
      ...timings,
      decodeImageMs: null,
      resizeMs: null,
      encodeMs: null,
      projectMs: null,
      ttftMs: 4.6,
      decodeMs: 12.4,
    },
  }),
});

const attack =
  '<img src=x onerror="document.title=1"><script>document.title=1</script> \u202Egnp.lortnoc\u202C \u0007';

export const hostile = card('7', `${attack} ${'unbroken'.repeat(40)}`, {
  state: 'failed',
  pictureName: `"><b>${'very-long-name-'.repeat(12)}.png`,
  answer: `${attack}\n\n\tindented\n${'🙂'.repeat(200)}`,
  failure: { kind: 'not-an-image', message: `${attack} is not a picture: choose another file.` },
});

export const long = card(
  '8',
  'Tell me everything that you can see, from left to right, and leave nothing out. '.repeat(4).trim(),
  {
    state: 'done',
    answer: 'There is a red car at the back, two yellow cars in front of it, and a sign above them. '.repeat(
      30,
    ),
    events: [imageEvent(false)],
    result: result('', { stopReason: 'max-tokens', tokens: { image: 64, text: 80, generated: 540 } }),
  },
);

/** A parking level, drawn here; one half of its floor is transparent when asked for. */
export async function parkingLevel(transparent = false): Promise<Buffer> {
  const car = (x: number, y: number, fill: string) =>
    `<rect x="${x}" y="${y}" width="160" height="270" rx="40" fill="${fill}"/><rect x="${x + 24}" y="${y + 62}" width="112" height="42" fill="#1c2530"/>`;
  const line = (x: number) => `<rect x="${x}" y="240" width="8" height="770" fill="#eee"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1024" height="1024">
    <rect width="1024" height="1024" fill="#78797c" ${transparent ? 'opacity=".4"' : ''}/>
    <rect x="368" y="30" width="288" height="146" rx="16" fill="#23459b"/>
    <text x="512" y="142" font-family="DejaVu Sans" font-size="110" fill="#fff" text-anchor="middle">B6</text>
    ${[44, 348, 668, 974].map(line).join('')}
    ${car(112, 272, '#c44555')}${car(432, 656, '#e2c93e')}${car(744, 640, '#e2c93e')}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
