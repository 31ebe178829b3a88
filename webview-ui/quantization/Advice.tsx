import type { UnitDetail } from '../../src/protocol/quantization';
import type { RecipeInfo } from '../../src/protocol/quantizationView';
import { Button } from '../shared/Button';
import { formatBytes } from '../shared/format';
import { shorten, visibleText } from '../shared/text';
import { formatDb } from './model/figures';
import { schemeName } from './model/names';
import { ruleText } from './model/ruleText';
import type { Post } from './post';

interface Props {
  detail: UnitDetail;
  recipe: RecipeInfo | null;
  readOnlyReason: string | null;
  post: Post;
}

/** The rule that helps, what it costs and what it was measured to bring; or that nothing would. */
export function Advice({ detail, recipe, readOnlyReason, post }: Props) {
  const { suggestion } = detail;
  if (!suggestion)
    return <p>Nothing: no single rule for this layer was found to improve the model's output.</p>;
  const { match, scheme } = suggestion;
  const there = recipe?.rules.some(rule => rule.match === match && rule.scheme === scheme) ?? false;
  return (
    <>
      <p>
        {match === detail.layer
          ? 'Give it '
          : `Its error comes in with its inputs: give ${shorten(visibleText(match), 120)} `}
        {schemeName(scheme)}. {cost(suggestion.extraBytes)} {effect(suggestion)}
      </p>
      <pre class="rule">
        <code>{ruleText(shorten(visibleText(match), 600), scheme)}</code>
      </pre>
      <div class="buttons">
        {there ? (
          <>
            <Button
              onClick={() => post({ type: 'removeRule', match, scheme })}
              disabledReason={readOnlyReason}
            >
              Remove Rule
            </Button>
            <Button onClick={() => post({ type: 'revealRule', match, scheme })}>Show in Recipe</Button>
          </>
        ) : (
          <>
            <Button
              kind="primary"
              disabledReason={readOnlyReason}
              onClick={() => post({ type: 'addRule', match, scheme })}
            >
              Add Rule
            </Button>
            <Button onClick={() => post({ type: 'copy', text: `${ruleText(match, scheme)}\n` })}>
              Copy Rule
            </Button>
          </>
        )}
      </div>
      {there && <p class="hint">The rule is in the recipe.</p>}
    </>
  );
}

function cost(extraBytes: number): string {
  if (extraBytes === 0) return 'Costs no weight bytes;';
  return extraBytes > 0
    ? `Costs ${formatBytes(extraBytes)} of weights;`
    : `Saves ${formatBytes(-extraBytes)} of weights;`;
}

function effect({ outputSqnrDbBefore, outputSqnrDbAfter }: NonNullable<UnitDetail['suggestion']>) {
  if (outputSqnrDbBefore === null || outputSqnrDbAfter === null)
    return 'its effect on the output has no figure in dB.';
  const gain = outputSqnrDbAfter - outputSqnrDbBefore;
  const words = gain >= 0 ? 'gains' : 'loses';
  return (
    <>
      the output {words} <strong>{Math.abs(gain).toFixed(1)} dB</strong> ({formatDb(outputSqnrDbBefore)} →{' '}
      {formatDb(outputSqnrDbAfter)} dB).
    </>
  );
}
