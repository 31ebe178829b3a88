import type { CompareResult, CompareStep, LikelyToken } from '../../src/protocol/compare';

/** What both builds expected at each token of the first answer. */
export function CompareSteps({ result }: { result: CompareResult }) {
  const { steps, stepsReason, firstDifference } = result;
  if (stepsReason !== null) return <p class="remark">{stepsReason}</p>;
  const largest = Math.max(...steps.map(({ klNats }) => klNats ?? 0), Number.MIN_VALUE);
  return (
    <section class="steps" aria-label="Steps">
      <p class="hint">
        Both read A’s answer token by token. KL(A‖B) is in nats, over the whole vocabulary: 0 where both
        expect exactly the same. ≠ marks the first token in which the answers differ.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <div class="steps-table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">token</th>
              <th scope="col">KL, nats</th>
              <th scope="col">A expected</th>
              <th scope="col">B expected</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step, index) => (
              <Step
                key={index}
                step={step}
                number={index + 1}
                parts={index === firstDifference}
                share={(step.klNats ?? largest) / largest}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface StepProps {
  step: CompareStep;
  /** From 1. */
  number: number;
  /** The answers differ from here. */
  parts: boolean;
  /** Of the largest KL. */
  share: number;
}

function Step({ step, number, parts, share }: StepProps) {
  const { token, klNats } = step;
  return (
    <tr class={parts ? 'parting-step' : ''}>
      <th scope="row">
        <span class="step-number">{number}</span>
        <TokenText text={token.text} />
        {parts && <span title="The answers differ from here"> ≠</span>}
      </th>
      <td class="kl">
        {formatNats(klNats)}
        <span class="kl-bar" style={{ width: `${Math.round(100 * share)}%` }} aria-hidden="true" />
      </td>
      <Likeliest tokens={step.a} taken={token.id} />
      <Likeliest tokens={step.b} taken={token.id} />
    </tr>
  );
}

function Likeliest({ tokens, taken }: { tokens: readonly LikelyToken[]; taken: number }) {
  return (
    <td>
      <ol>
        {tokens.map(({ id, text, probability }) => (
          <li key={id} class={id === taken ? 'taken' : ''}>
            <TokenText text={text} /> {formatShare(probability)}
          </li>
        ))}
      </ol>
    </td>
  );
}

/** A token's text with what is not seen made visible. */
function TokenText({ text }: { text: string }) {
  const shown = text.replaceAll(' ', '␣').replaceAll('\n', '⏎');
  return <code dir="auto">{shown === '' ? '∅' : shown}</code>;
}

/** Two significant digits: `0.021`, `3.1e-7`; exactly 0 and what is not finite in words of their own. */
function formatNats(nats: number | null): string {
  if (nats === null) return 'not finite';
  if (nats === 0) return '0';
  return nats < 1e-4 ? nats.toExponential(1) : String(Number(nats.toPrecision(2)));
}

/** A probability in percent: `98 %`, `0.3 %`, `< 0.1 %`. */
function formatShare(probability: number): string {
  const percent = 100 * probability;
  if (percent < 0.1) return '< 0.1 %';
  return percent < 9.95 ? `${percent.toFixed(1)} %` : `${percent.toFixed(0)} %`;
}
