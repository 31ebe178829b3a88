import { Template } from '@huggingface/jinja';
import { StudioError } from '../../protocol/failure';
import type { Turn } from '../../protocol/prompt';
import type { TextCodec } from './tokenizer';

/** How a bundle writes a conversation: its chat template and what processor_config.json says about pictures. */
export interface PromptStyle {
  /** Content of chat_template.jinja. */
  chatTemplate: string;
  /** Texts of the special tokens that the template may name. */
  bosToken: string;
  eosToken: string;
  /** What the template writes for a picture, and what stands around its tokens in its place. */
  imageToken: string;
  imageStart: string;
  imageEnd: string;
  imageTokens: number;
}

/** Turns a conversation into the token ids the decoder reads. */
export type PromptEncoder = (turns: readonly Turn[], question: string) => number[];

/** Marks the place of an answer in the rendered text: noncharacters, which no text may hold (Unicode 23.7). */
const [markStart, markEnd] = ['\uFDD0', '\uFDD1'];

/**
 * The picture stands before the first question. Questions and answers are plain text whatever they say; answers keep
 * the spelling in which the model wrote them, so that their tokens are those in the decoder's memory.
 * @throws {StudioError} `bundle-invalid` when the template cannot be parsed
 */
export function createPromptEncoder(style: PromptStyle, text: TextCodec): PromptEncoder {
  const template = orInvalid(() => new Template(style.chatTemplate));
  const plain = (words: string) =>
    text.asPlainText(words.replaceAll(markStart, ' ').replaceAll(markEnd, ' '));
  return (turns, question) => {
    const messages = conversation([...turns.map(turn => turn.question), question].map(plain));
    const rendered = orInvalid(() =>
      template.render({
        messages,
        bos_token: style.bosToken,
        eos_token: style.eosToken,
        add_generation_prompt: true,
      }),
    );
    const answers = turns.map(({ answer }) => text.asPlainText(answer));
    return encodeRendered(withPicture(rendered, style), answers, text);
  };
}

/** Messages as transformers' processors take them: the picture is a part of the first one. */
function conversation(questions: readonly string[]): object[] {
  return questions.flatMap((asked, index) => {
    const words = { type: 'text', text: asked };
    const content = index === 0 ? [{ type: 'image' }, words] : [words];
    const user = { role: 'user', content };
    if (index === questions.length - 1) return [user];
    return [user, { role: 'assistant', content: `${markStart}${index}${markEnd}` }];
  });
}

/** Replaces the template's picture by as many image tokens as the encoder makes, the way the processor does. */
function withPicture(rendered: string, style: PromptStyle): string {
  const pieces = rendered.split(style.imageToken);
  if (pieces.length !== 2) {
    const message = `chat_template.jinja writes ${style.imageToken} ${pieces.length - 1} times for one picture: fetch the model again.`;
    throw new StudioError('bundle-invalid', message);
  }
  return pieces.join(`${style.imageStart}${style.imageToken.repeat(style.imageTokens)}${style.imageEnd}`);
}

function encodeRendered(rendered: string, answers: readonly string[], text: TextCodec): number[] {
  const pieces = rendered.split(new RegExp(`${markStart}(\\d+)${markEnd}`));
  // split() puts what the group caught, the number of an answer, at every odd place.
  return pieces.flatMap((piece, place) =>
    place % 2 === 0 ? text.encode(piece) : text.encodeAnswer(answers[Number(piece)] ?? ''),
  );
}

function orInvalid<T>(render: () => T): T {
  try {
    return render();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `chat_template.jinja cannot be used (${reason}): fetch the model again.`;
    throw new StudioError('bundle-invalid', message, { cause: error });
  }
}
