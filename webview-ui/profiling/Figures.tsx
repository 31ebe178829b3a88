import type { Figure } from './model/figures';

/** The five figures, each with the sentence that says what stands behind it, or why it is not there. */
export function Figures({ figures, others }: { figures: readonly Figure[]; others: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ id, name, value, sentence }) => {
        const other = others.find(figure => figure.id === id);
        return (
          <div key={id} class="figure">
            <dt>{name}</dt>
            <dd class={value === null ? 'figure-value none' : 'figure-value'}>{value ?? 'not measured'}</dd>
            <dd class="hint figure-sentence" title={sentence}>
              {sentence}
            </dd>
            {other && <dd class="hint figure-other">{`against ${other.value ?? 'not measured'}`}</dd>}
          </div>
        );
      })}
    </dl>
  );
}
